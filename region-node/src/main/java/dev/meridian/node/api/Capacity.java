package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexKeys;
import java.io.IOException;
import java.util.Collection;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

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

    /** ReturnConsumedCapacity. */
    enum Asked {
        NONE,
        TOTAL,
        INDEXES
    }

    static Asked asked(RequestReader request) {
        return Asked.valueOf(request.text("ReturnConsumedCapacity", "NONE"));
    }

    static double readUnits(long bytes, boolean consistent) {
        long units = Math.max(1, (bytes + READ_UNIT_BYTES - 1) / READ_UNIT_BYTES);
        return consistent ? units : units * 0.5;
    }

    static double writeUnits(long bytes) {
        return Math.max(1, (bytes + WRITE_UNIT_BYTES - 1) / WRITE_UNIT_BYTES);
    }

    /** How units are charged and told. */
    enum Price {
        STANDARD,
        /** Reads of a transaction: all is charged twice, and told as what it is. */
        TRANSACTED_READ,
        /** Writes of a transaction. */
        TRANSACTED_WRITE;

        double factor() {
            return this == STANDARD ? 1 : 2;
        }
    }

    /** The units of one table, of a request or of all its parts that concern the table. */
    static final class Consumed {
        private final String table;
        private final Price price;
        private double tableUnits;
        private final SortedMap<String, Double> local = new TreeMap<>();
        private final SortedMap<String, Double> global = new TreeMap<>();

        Consumed(String table) {
            this(table, Price.STANDARD);
        }

        Consumed(String table, Price price) {
            this.table = table;
            this.price = price;
        }

        void add(double units) {
            tableUnits += units;
        }

        void add(IndexDescriptor index, double units) {
            SortedMap<String, Double> byName = index.kind() == IndexDescriptor.Kind.LOCAL ? local : global;
            byName.merge(index.name(), units, Double::sum);
        }

        /** All that a write of one item costs, in the table and in its indexes. */
        void addWrite(Planned done) {
            double factor = price.factor();
            tableUnits += factor * Capacity.writeUnits(done.largestBytes());
            if (!done.action().writes()) {
                return;
            }
            for (IndexDescriptor index : done.table().indexes()) {
                double units = indexWrite(done, index);
                if (units > 0) {
                    add(index, factor * units);
                }
            }
        }

        double total() {
            return tableUnits
                    + local.values().stream().mapToDouble(Double::doubleValue).sum()
                    + global.values().stream().mapToDouble(Double::doubleValue).sum();
        }

        double ofTableAndLocal() {
            return tableUnits
                    + local.values().stream().mapToDouble(Double::doubleValue).sum();
        }

        double ofGlobal(String index) {
            return global.getOrDefault(index, 0.0);
        }

        void write(JsonGenerator out, Asked asked) throws IOException {
            out.writeStartObject();
            out.writeStringField("TableName", table);
            writeNumbers(out, total());
            if (asked == Asked.INDEXES) {
                out.writeObjectFieldStart("Table");
                writeNumbers(out, tableUnits);
                out.writeEndObject();
                writeIndexes(out, "LocalSecondaryIndexes", local);
                writeIndexes(out, "GlobalSecondaryIndexes", global);
            }
            out.writeEndObject();
        }

        private void writeIndexes(JsonGenerator out, String field, SortedMap<String, Double> units) throws IOException {
            if (units.isEmpty()) {
                return;
            }
            out.writeObjectFieldStart(field);
            for (SortedMap.Entry<String, Double> index : units.entrySet()) {
                out.writeObjectFieldStart(index.getKey());
                writeNumbers(out, index.getValue());
                out.writeEndObject();
            }
            out.writeEndObject();
        }

        private void writeNumbers(JsonGenerator out, double units) throws IOException {
            out.writeNumberField("CapacityUnits", units);
            switch (price) {
                case STANDARD -> {}
                case TRANSACTED_READ -> out.writeNumberField("ReadCapacityUnits", units);
                case TRANSACTED_WRITE -> out.writeNumberField("WriteCapacityUnits", units);
            }
        }
    }

    /** The field ConsumedCapacity of an answer about several tables, if it was asked for. */
    static void write(Collection<Consumed> tables, Asked asked, JsonGenerator out) throws IOException {
        if (asked == Asked.NONE) {
            return;
        }
        out.writeArrayFieldStart("ConsumedCapacity");
        for (Consumed table : tables) {
            table.write(out, asked);
        }
        out.writeEndArray();
    }

    static Consumed written(Planned done) {
        Consumed consumed = new Consumed(done.table().name());
        consumed.addWrite(done);
        return consumed;
    }

    /**
     * What a write costs in an index: one write to put or remove its entry or to change what it shows of the item, two
     * where its key changes, and nothing where it is as before.
     */
    private static double indexWrite(Planned done, IndexDescriptor index) {
        IndexKeys keys = new IndexKeys(done.table().schema(), index);
        Item before = done.before();
        Item after = done.outcome().after();
        ItemKey oldEntry = before == null ? null : keys.entry(before, done.key());
        ItemKey newEntry = after == null ? null : keys.entry(after, done.key());
        Item old = before == null || oldEntry == null
                ? null
                : index.project(done.table().schema(), before);
        Item next = after == null || newEntry == null
                ? null
                : index.project(done.table().schema(), after);
        if (old == null || next == null) {
            return old == next ? 0 : writeUnits(ItemAction.size(old == null ? next : old));
        }
        if (!Objects.equals(oldEntry, newEntry)) {
            return writeUnits(old.sizeBytes()) + writeUnits(next.sizeBytes());
        }
        return old.equals(next) ? 0 : writeUnits(Math.max(old.sizeBytes(), next.sizeBytes()));
    }
}
