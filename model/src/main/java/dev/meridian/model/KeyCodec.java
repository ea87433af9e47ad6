package dev.meridian.model;

import java.nio.charset.StandardCharsets;

/** Key attribute values as bytes whose unsigned order is the order of the values. */
public final class KeyCodec {
    private KeyCodec() {}

    public static Bytes encode(AttributeValue value) {
        return switch (value.type()) {
            case S -> Bytes.wrap(((AttributeValue.S) value).value().getBytes(StandardCharsets.UTF_8));
            case N -> {
                ByteSink out = new ByteSink(24);
                DynamoNumber.encode(((AttributeValue.N) value).value(), out);
                yield out.toBytes();
            }
            case B -> ((AttributeValue.B) value).value();
            case BOOL, NULL, M, L, SS, NS, BS -> throw new IllegalArgumentException(value.type() + " in a key");
        };
    }

    public static AttributeValue decode(Bytes bytes, ScalarType type) {
        return switch (type) {
            case S ->
                new AttributeValue.S(
                        StandardCharsets.UTF_8.decode(bytes.asBuffer()).toString());
            case N -> new AttributeValue.N(DynamoNumber.decode(bytes.asBuffer()));
            case B -> new AttributeValue.B(bytes);
        };
    }
}
