package dev.meridian.streams;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.DynamoNumber;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.JsonSink;
import java.io.IOException;
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
    /** What JSON adds to a small item. */
    private static final int ROOM = 64;

    private AttributeJson() {}

    /** An encoded item as one object, without white space. The buffer does not move. */
    public static String text(ByteBuffer encodedItem) {
        return new String(json(encodedItem), StandardCharsets.UTF_8);
    }

    public static String text(Item item) {
        return new String(json(item), StandardCharsets.UTF_8);
    }

    /** As UTF-8. */
    static byte[] json(Item item) {
        return json(ByteBuffer.wrap(ItemCodec.encode(item)));
    }

    public static String text(AttributeValue value) {
        return new String(json(value), StandardCharsets.UTF_8);
    }

    /**
     * Writes an encoded item as one object, and nothing around it. The buffer does not move.
     *
     * @return what DynamoDB counts for the item, in bytes
     */
    public static int write(ByteBuffer encodedItem, JsonGenerator out) throws IOException {
        ByteSink json = new ByteSink(encodedItem.remaining() + ROOM);
        int size = write(encodedItem, json);
        out.writeRawValue(new RawJson(json.toArray()));
        return size;
    }

    private static byte[] json(ByteBuffer encodedItem) {
        ByteSink json = new ByteSink(encodedItem.remaining() + ROOM);
        write(encodedItem, json);
        return json.toArray();
    }

    /** As UTF-8. @return what DynamoDB counts for the item, in bytes */
    public static int write(ByteBuffer encodedItem, ByteSink out) {
        JsonSink sink = new JsonSink(out);
        ItemCodec.walk(encodedItem, sink);
        return sink.sizeBytes();
    }

    public static void write(Item item, ByteSink out) {
        write(ByteBuffer.wrap(ItemCodec.encode(item)), out);
    }

    public static void write(Item item, JsonGenerator out) throws IOException {
        write(ByteBuffer.wrap(ItemCodec.encode(item)), out);
    }

    public static void writeValue(AttributeValue value, JsonGenerator out) throws IOException {
        out.writeRawValue(new RawJson(json(value)));
    }

    /** One way to write each type: over the bytes. */
    private static byte[] json(AttributeValue value) {
        ByteSink bytes = new ByteSink();
        ItemCodec.encodeValue(value, bytes);
        ByteSink json = new ByteSink(bytes.length() + ROOM);
        ItemCodec.walkValue(ByteBuffer.wrap(bytes.toArray()), new JsonSink(json));
        return json.toArray();
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
        if (!json.isObject() || json.size() != 1) {
            throw new IllegalArgumentException("not one typed value: " + json);
        }
        Map.Entry<String, JsonNode> only = json.properties().iterator().next();
        JsonNode value = only.getValue();
        return switch (AttributeValue.Type.valueOf(only.getKey())) {
            case S -> new AttributeValue.S(text(value));
            case N -> AttributeValue.N.of(text(value));
            case B -> new AttributeValue.B(bytes(value));
            case BOOL -> new AttributeValue.Bool(value.booleanValue());
            case NULL -> new AttributeValue.Null();
            case M -> new AttributeValue.M(members(value));
            case L -> new AttributeValue.L(list(value, AttributeJson::readValue));
            case SS -> AttributeValue.SS.of(list(value, AttributeJson::text));
            case NS -> AttributeValue.NS.of(list(value, member -> DynamoNumber.parse(text(member))));
            case BS -> AttributeValue.BS.of(list(value, AttributeJson::bytes));
        };
    }

    private static String text(JsonNode value) {
        if (!value.isTextual()) {
            throw new IllegalArgumentException("not a text: " + value.getNodeType());
        }
        return value.textValue();
    }

    private static Bytes bytes(JsonNode base64) {
        return Bytes.wrap(Base64.getDecoder().decode(text(base64)));
    }

    private static <T> List<T> list(JsonNode array, Function<JsonNode, T> member) {
        List<T> members = new ArrayList<>(array.size());
        array.forEach(each -> members.add(member.apply(each)));
        return members;
    }
}
