package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/**
 * Capacity units that a request is charged.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html">Read and write
 *     operations</a>
 */
final class Capacity {
    private static final int READ_UNIT_BYTES = 4096;
    private static final int WRITE_UNIT_BYTES = 1024;

    private Capacity() {}

    static double read(long bytes, boolean consistent) {
        long units = Math.max(1, (bytes + READ_UNIT_BYTES - 1) / READ_UNIT_BYTES);
        return consistent ? units : units * 0.5;
    }

    /** @param bytes the larger of the item before and after */
    static double write(long bytes) {
        return Math.max(1, (bytes + WRITE_UNIT_BYTES - 1) / WRITE_UNIT_BYTES);
    }

    /** The field ConsumedCapacity of an answer about one table, if it was asked for. */
    static void writeField(JsonGenerator out, String asked, String table, double units) throws IOException {
        if (!asked.equals("NONE")) {
            out.writeFieldName("ConsumedCapacity");
            writeObject(out, asked, table, units);
        }
    }

    static void writeObject(JsonGenerator out, String asked, String table, double units) throws IOException {
        out.writeStartObject();
        out.writeStringField("TableName", table);
        out.writeNumberField("CapacityUnits", units);
        if (asked.equals("INDEXES")) {
            out.writeObjectFieldStart("Table");
            out.writeNumberField("CapacityUnits", units);
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    /** ReturnConsumedCapacity. */
    static String asked(RequestReader request) {
        return request.choice("ReturnConsumedCapacity", "NONE", "TOTAL", "INDEXES");
    }
}
