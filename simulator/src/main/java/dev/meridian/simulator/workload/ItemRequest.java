package dev.meridian.simulator.workload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.streams.AttributeJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One request of the API, in DynamoDB's terms. */
public sealed interface ItemRequest {
    /** The operation's name on the wire. */
    String operation();

    /** Whether it changes items. */
    boolean writes();

    void writeFields(JsonGenerator out) throws IOException;

    /** The request's body. */
    default byte[] body() {
        return Json.object(this::writeFields);
    }

    record PutItem(String table, Item item) implements ItemRequest {
        @Override
        public String operation() {
            return "PutItem";
        }

        @Override
        public boolean writes() {
            return true;
        }

        @Override
        public void writeFields(JsonGenerator out) throws IOException {
            out.writeStringField("TableName", table);
            out.writeFieldName("Item");
            AttributeJson.write(item, out);
        }
    }

    record GetItem(String table, Item key, boolean consistent) implements ItemRequest {
        @Override
        public String operation() {
            return "GetItem";
        }

        @Override
        public boolean writes() {
            return false;
        }

        @Override
        public void writeFields(JsonGenerator out) throws IOException {
            out.writeStringField("TableName", table);
            out.writeFieldName("Key");
            AttributeJson.write(key, out);
            out.writeBooleanField("ConsistentRead", consistent);
        }
    }

    record DeleteItem(String table, Item key) implements ItemRequest {
        @Override
        public String operation() {
            return "DeleteItem";
        }

        @Override
        public boolean writes() {
            return true;
        }

        @Override
        public void writeFields(JsonGenerator out) throws IOException {
            out.writeStringField("TableName", table);
            out.writeFieldName("Key");
            AttributeJson.write(key, out);
        }
    }

    /**
     * @param condition null for none
     * @param names by their placeholders
     * @param values by their placeholders
     */
    record UpdateItem(
            String table,
            Item key,
            String update,
            @Nullable String condition,
            SortedMap<String, String> names,
            SortedMap<String, AttributeValue> values)
            implements ItemRequest {
        public UpdateItem {
            names = Collections.unmodifiableSortedMap(new TreeMap<>(names));
            values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
        }

        public UpdateItem(
                String table,
                Item key,
                String update,
                @Nullable String condition,
                Map<String, String> names,
                Map<String, AttributeValue> values) {
            this(table, key, update, condition, new TreeMap<>(names), new TreeMap<>(values));
        }

        @Override
        public String operation() {
            return "UpdateItem";
        }

        @Override
        public boolean writes() {
            return true;
        }

        @Override
        public void writeFields(JsonGenerator out) throws IOException {
            out.writeStringField("TableName", table);
            out.writeFieldName("Key");
            AttributeJson.write(key, out);
            out.writeStringField("UpdateExpression", update);
            if (condition != null) {
                out.writeStringField("ConditionExpression", condition);
            }
            Json.writePlaceholders(names, values, out);
        }
    }

    /** @param index null for the table itself; @param limit most items in the answer */
    record Query(
            String table,
            @Nullable String index,
            String keyCondition,
            SortedMap<String, String> names,
            SortedMap<String, AttributeValue> values,
            boolean forward,
            int limit)
            implements ItemRequest {
        public Query {
            names = Collections.unmodifiableSortedMap(new TreeMap<>(names));
            values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
        }

        public Query(
                String table,
                @Nullable String index,
                String keyCondition,
                Map<String, String> names,
                Map<String, AttributeValue> values,
                boolean forward,
                int limit) {
            this(table, index, keyCondition, new TreeMap<>(names), new TreeMap<>(values), forward, limit);
        }

        @Override
        public String operation() {
            return "Query";
        }

        @Override
        public boolean writes() {
            return false;
        }

        @Override
        public void writeFields(JsonGenerator out) throws IOException {
            out.writeStringField("TableName", table);
            if (index != null) {
                out.writeStringField("IndexName", index);
            }
            out.writeStringField("KeyConditionExpression", keyCondition);
            out.writeBooleanField("ScanIndexForward", forward);
            out.writeNumberField("Limit", limit);
            Json.writePlaceholders(names, values, out);
        }
    }

    /** All or none. @param actions of PutItem, UpdateItem and DeleteItem */
    record TransactWriteItems(List<ItemRequest> actions) implements ItemRequest {
        public TransactWriteItems {
            actions = List.copyOf(actions);
            for (ItemRequest action : actions) {
                if (!action.writes() || action instanceof TransactWriteItems) {
                    throw new IllegalArgumentException("no action of a transaction: " + action);
                }
            }
        }

        @Override
        public String operation() {
            return "TransactWriteItems";
        }

        @Override
        public boolean writes() {
            return true;
        }

        @Override
        public void writeFields(JsonGenerator out) throws IOException {
            out.writeArrayFieldStart("TransactItems");
            for (ItemRequest action : actions) {
                out.writeStartObject();
                out.writeObjectFieldStart(action.operation().replace("Item", ""));
                action.writeFields(out);
                out.writeEndObject();
                out.writeEndObject();
            }
            out.writeEndArray();
        }
    }

    /** What the bodies have in common. */
    final class Json {
        private static final JsonFactory FACTORY = new JsonFactory();

        interface Fields {
            void write(JsonGenerator out) throws IOException;
        }

        private Json() {}

        static byte[] object(Fields fields) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
            try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
                out.writeStartObject();
                fields.write(out);
                out.writeEndObject();
            } catch (IOException inMemory) {
                throw new UncheckedIOException(inMemory);
            }
            return bytes.toByteArray();
        }

        static void writePlaceholders(
                SortedMap<String, String> names, SortedMap<String, AttributeValue> values, JsonGenerator out)
                throws IOException {
            if (!names.isEmpty()) {
                out.writeObjectFieldStart("ExpressionAttributeNames");
                for (Map.Entry<String, String> name : names.entrySet()) {
                    out.writeStringField(name.getKey(), name.getValue());
                }
                out.writeEndObject();
            }
            if (!values.isEmpty()) {
                out.writeObjectFieldStart("ExpressionAttributeValues");
                for (Map.Entry<String, AttributeValue> value : values.entrySet()) {
                    out.writeFieldName(value.getKey());
                    AttributeJson.writeValue(value.getValue(), out);
                }
                out.writeEndObject();
            }
        }
    }
}
