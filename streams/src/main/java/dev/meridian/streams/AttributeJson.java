package dev.meridian.streams;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.DynamoNumber;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ValueSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Items and values as DynamoDB's JSON: written from their bytes without a tree between, and read. */
public final class AttributeJson {
    private AttributeJson() {}

    /** An encoded item as one object, without white space. The buffer does not move. */
    public static String text(ByteBuffer encodedItem) {
        return JsonBytes.text(out -> write(encodedItem, out));
    }

    public static String text(Item item) {
        return JsonBytes.text(out -> write(item, out));
    }

    public static String text(AttributeValue value) {
        return JsonBytes.text(out -> writeValue(value, out));
    }

    /** Writes an encoded item as one object, and nothing around it. The buffer does not move. */
    public static void write(ByteBuffer encodedItem, JsonGenerator out) throws IOException {
        try {
            ItemCodec.walk(encodedItem, new Sink(out));
        } catch (UncheckedIOException wrapped) {
            throw wrapped.getCause();
        }
    }

    public static void write(Item item, JsonGenerator out) throws IOException {
        out.writeStartObject();
        for (var attribute : item.attributes().entrySet()) {
            out.writeFieldName(attribute.getKey());
            writeValue(attribute.getValue(), out);
        }
        out.writeEndObject();
    }

    public static void writeValue(AttributeValue value, JsonGenerator out) throws IOException {
        // One way to write each type: over the bytes.
        ByteSink bytes = new ByteSink();
        ItemCodec.encodeValue(value, bytes);
        try {
            ItemCodec.walkValue(ByteBuffer.wrap(bytes.toArray()), new Sink(out));
        } catch (UncheckedIOException wrapped) {
            throw wrapped.getCause();
        }
    }

    /** @throws IllegalArgumentException if it is no object of DynamoDB's typed values */
    public static Item readItem(JsonNode json) {
        if (!json.isObject()) {
            throw new IllegalArgumentException("not an item: " + json.getNodeType());
        }
        return new Item(members(json));
    }

    private static TreeMap<String, AttributeValue> members(JsonNode json) {
        TreeMap<String, AttributeValue> members = new TreeMap<>();
        json.properties().forEach(member -> members.put(member.getKey(), readValue(member.getValue())));
        return members;
    }

    /** @throws IllegalArgumentException if it is no typed value */
    public static AttributeValue readValue(JsonNode json) {
        if (json.size() != 1) {
            throw new IllegalArgumentException("not one typed value: " + json);
        }
        Map.Entry<String, JsonNode> only = json.properties().iterator().next();
        JsonNode value = only.getValue();
        return switch (AttributeValue.Type.valueOf(only.getKey())) {
            case S -> new AttributeValue.S(value.textValue());
            case N -> AttributeValue.N.of(value.textValue());
            case B -> new AttributeValue.B(bytes(value));
            case BOOL -> new AttributeValue.Bool(value.booleanValue());
            case NULL -> new AttributeValue.Null();
            case M -> new AttributeValue.M(members(value));
            case L -> new AttributeValue.L(list(value, AttributeJson::readValue));
            case SS -> AttributeValue.SS.of(list(value, JsonNode::textValue));
            case NS -> AttributeValue.NS.of(list(value, member -> DynamoNumber.parse(member.textValue())));
            case BS -> AttributeValue.BS.of(list(value, AttributeJson::bytes));
        };
    }

    private static Bytes bytes(JsonNode base64) {
        return Bytes.wrap(Base64.getDecoder().decode(base64.textValue()));
    }

    private static <T> List<T> list(JsonNode array, Function<JsonNode, T> member) {
        List<T> members = new ArrayList<>(array.size());
        array.forEach(each -> members.add(member.apply(each)));
        return members;
    }

    private interface Step {
        void write() throws IOException;
    }

    /** Turns what {@link ItemCodec#walk} tells into JSON. */
    private static final class Sink implements ValueSink {
        private final JsonGenerator out;

        Sink(JsonGenerator out) {
            this.out = out;
        }

        private static void run(Step step) {
            try {
                step.write();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        /** One value: an object with its type as the only field. */
        private void typed(AttributeValue.Type type, Step content) {
            run(() -> {
                out.writeStartObject();
                out.writeFieldName(type.name());
                content.write();
                out.writeEndObject();
            });
        }

        private void open(AttributeValue.Type type, Step start) {
            run(() -> {
                out.writeStartObject();
                out.writeFieldName(type.name());
                start.write();
            });
        }

        private void close(Step end) {
            run(() -> {
                end.write();
                out.writeEndObject();
            });
        }

        private void writeText(ByteBuffer utf8) throws IOException {
            out.writeString(StandardCharsets.UTF_8.decode(utf8).toString());
        }

        private void writeBase64(ByteBuffer bytes) throws IOException {
            out.writeString(StandardCharsets.ISO_8859_1
                    .decode(Base64.getEncoder().encode(bytes))
                    .toString());
        }

        @Override
        public void startItem() {
            run(out::writeStartObject);
        }

        @Override
        public void endItem() {
            run(out::writeEndObject);
        }

        @Override
        public void name(ByteBuffer utf8) {
            run(() -> out.writeFieldName(StandardCharsets.UTF_8.decode(utf8).toString()));
        }

        @Override
        public void text(ByteBuffer utf8) {
            typed(AttributeValue.Type.S, () -> writeText(utf8));
        }

        @Override
        public void number(BigDecimal value) {
            typed(AttributeValue.Type.N, () -> out.writeString(DynamoNumber.format(value)));
        }

        @Override
        public void binary(ByteBuffer value) {
            typed(AttributeValue.Type.B, () -> writeBase64(value));
        }

        @Override
        public void bool(boolean value) {
            typed(AttributeValue.Type.BOOL, () -> out.writeBoolean(value));
        }

        @Override
        public void nothing() {
            typed(AttributeValue.Type.NULL, () -> out.writeBoolean(true));
        }

        @Override
        public void startMap() {
            open(AttributeValue.Type.M, out::writeStartObject);
        }

        @Override
        public void endMap() {
            close(out::writeEndObject);
        }

        @Override
        public void startList() {
            open(AttributeValue.Type.L, out::writeStartArray);
        }

        @Override
        public void endList() {
            close(out::writeEndArray);
        }

        @Override
        public void startSet(AttributeValue.Type type) {
            open(type, out::writeStartArray);
        }

        @Override
        public void textMember(ByteBuffer utf8) {
            run(() -> writeText(utf8));
        }

        @Override
        public void numberMember(BigDecimal value) {
            run(() -> out.writeString(DynamoNumber.format(value)));
        }

        @Override
        public void binaryMember(ByteBuffer value) {
            run(() -> writeBase64(value));
        }

        @Override
        public void endSet() {
            close(out::writeEndArray);
        }
    }
}
