package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Bytes;
import dev.meridian.model.TableId;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.WriteView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Whether a table asks for point in time recovery: each region's own, kept as a document beside the table. It is kept and
 * shown, because tools set it and read it back; no backup is taken, so no time is named that could be restored.
 */
final class ContinuousBackups {
    private static final String SPACE = WriteView.OF_TABLES + "continuous-backups";

    /** DynamoDB's own when none is asked for, and the most there is. */
    private static final long PERIOD_DAYS_DEFAULT = 35;

    private ContinuousBackups() {}

    static void enable(WriteView view, TableId table, RequestReader specification) {
        Long days = specification.number("RecoveryPeriodInDays");
        String text = String.valueOf(days == null ? PERIOD_DAYS_DEFAULT : days);
        view.document(SPACE, table.toString(), Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    static void disable(WriteView view, TableId table) {
        view.document(SPACE, table.toString(), null);
    }

    /** What is kept, as {@code ContinuousBackupsDescription}. */
    static Reply description(ReadView view, TableId table) {
        String days = view.document(SPACE, table.toString())
                .map(bytes -> new String(bytes.toArray(), StandardCharsets.UTF_8))
                .orElse("");
        return Reply.later(out -> write(days, out));
    }

    private static void write(String days, JsonGenerator out) throws IOException {
        String status = days.isEmpty() ? "DISABLED" : "ENABLED";
        out.writeObjectFieldStart("ContinuousBackupsDescription");
        out.writeStringField("ContinuousBackupsStatus", status);
        out.writeObjectFieldStart("PointInTimeRecoveryDescription");
        out.writeStringField("PointInTimeRecoveryStatus", status);
        if (!days.isEmpty()) {
            out.writeNumberField("RecoveryPeriodInDays", Long.parseLong(days));
        }
        out.writeEndObject();
        out.writeEndObject();
    }
}
