package dev.meridian.node.lmdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.StreamDestination;
import dev.meridian.node.store.TableDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Txn;

/** Table descriptors as they are stored: JSON with a format number. */
final class TableRecords {
    private static final int FORMAT = 1;

    /** With indexes, which a release that does not know them must not leave behind. */
    private static final int FORMAT_WITH_INDEXES = 2;

    /** With a destination that was asked about: a release that does not know it would publish what is not to be. */
    private static final int FORMAT_WITH_DESTINATION = 3;

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private TableRecords() {}

    private record Stored(int format, TableDescriptor table) {}

    static ByteBuffer encode(TableDescriptor table) {
        try {
            return Keys.direct(JSON.writeValueAsBytes(new Stored(format(table), table)));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static int format(TableDescriptor table) {
        if (!table.destination().equals(StreamDestination.DEFAULT)) {
            return FORMAT_WITH_DESTINATION;
        }
        return table.indexes().isEmpty() ? FORMAT : FORMAT_WITH_INDEXES;
    }

    static TableDescriptor decode(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        try {
            int format = JSON.readTree(copy).path("format").asInt();
            if (format < FORMAT || format > FORMAT_WITH_DESTINATION) {
                throw new IllegalStateException("table descriptor of format " + format + "; this release reads up to "
                        + FORMAT_WITH_DESTINATION);
            }
            return JSON.readValue(copy, Stored.class).table();
        } catch (IOException unreadable) {
            throw new IllegalStateException("table descriptor cannot be read", unreadable);
        }
    }

    /** @param kind tables or dropped ones */
    static java.util.List<TableDescriptor> all(Txn<ByteBuffer> txn, Databases databases, Kind kind) {
        java.util.List<TableDescriptor> tables = new java.util.ArrayList<>();
        try (CursorIterable<ByteBuffer> entries = databases.of(kind).iterate(txn)) {
            for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
                tables.add(decode(databases.values().body(kind, entry.key(), entry.val())));
            }
        }
        return tables;
    }
}
