package dev.meridian.node.api;

import dev.meridian.model.TableId;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;

/**
 * What is told of continuous backups: there are none. A table that said otherwise would seem to be protected and could not
 * be restored.
 */
final class ContinuousBackups {
    /** Where earlier builds kept that point in time recovery was asked for. It is shown no more. */
    private static final String SPACE = WriteView.OF_TABLES + "continuous-backups";

    private ContinuousBackups() {}

    /** @throws ApiException in the words of these operations */
    static TableDescriptor table(ApiContext context, RequestReader request) {
        String name = request.tableName("TableName", context.region());
        TableDescriptor table = context.store().catalog().table(name);
        if (table == null) {
            throw new ApiException(ErrorCode.TABLE_NOT_FOUND, "Table not found: " + name);
        }
        return table;
    }

    /** @throws ApiException if the request asks for what there is not */
    static void check(RequestReader specification) {
        if (specification.flag("PointInTimeRecoveryEnabled")) {
            throw ApiException.validation(
                    "Point in time recovery cannot be enabled: Meridian has no backups of tables yet."
                            + " Back up the store's files instead, as Meridian's operations guide describes");
        }
        if (specification.has("RecoveryPeriodInDays")) {
            throw ApiException.validation(
                    "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.");
        }
    }

    static void forget(WriteView view, TableId table) {
        view.document(SPACE, table.toString(), null);
    }

    /** As {@code ContinuousBackupsDescription}. */
    static Reply description() {
        return Reply.later(out -> {
            out.writeObjectFieldStart("ContinuousBackupsDescription");
            out.writeStringField("ContinuousBackupsStatus", "DISABLED");
            out.writeObjectFieldStart("PointInTimeRecoveryDescription");
            out.writeStringField("PointInTimeRecoveryStatus", "DISABLED");
            out.writeEndObject();
            out.writeEndObject();
        });
    }
}
