package dev.meridian.node.api;

/**
 * The service checks attribute values in one of two layers, and which one an operation runs through decides the words of
 * some errors, and where they come in the order of checks.
 */
enum ValueLayer {
    /** PutItem, UpdateItem, DeleteItem: whatever is refused before the table is looked at is told as a validation error. */
    ENVELOPED,
    /** GetItem, BatchGetItem, Query. */
    CURRENT,
    /** All others. */
    OLDER;

    private static final String ENVELOPE = "1 validation error detected: ";

    boolean isOlder() {
        return this == OLDER;
    }

    /** What to throw for an error found before the table was looked at. */
    ApiException before(ApiException refused) {
        boolean bare = this == ENVELOPED
                && refused.code() == ErrorCode.VALIDATION
                && !refused.getMessage().contains(" detected: ");
        return bare ? ApiException.validation(ENVELOPE + refused.getMessage()) : refused;
    }
}
