package dev.meridian.node.api;

/**
 * The errors of global tables version 2017.11.29. DynamoDB makes no such table any more, and its operations do not see the
 * global tables of version 2019.11.21: replicas are added, changed and removed by UpdateTable alone.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_versions.html">Versions of
 *     global tables</a>
 */
final class LegacyGlobalTable {
    private LegacyGlobalTable() {}

    static ApiException isNotSupported() {
        return Keys.invalid(
                "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global"
                        + " tables version 2019.11.21, instead of version 2017.11.29 (Legacy).");
    }

    static ApiException notFound(String name) {
        return new ApiException(ErrorCode.GLOBAL_TABLE_NOT_FOUND, missing(name));
    }

    /** DescribeGlobalTable alone says it with a prefix. */
    static ApiException notFoundToDescribe(String name) {
        return new ApiException(ErrorCode.GLOBAL_TABLE_NOT_FOUND, "Global table not found: " + missing(name));
    }

    static String missing(String name) {
        return "Global table with name: '" + name + "' does not exist.";
    }
}
