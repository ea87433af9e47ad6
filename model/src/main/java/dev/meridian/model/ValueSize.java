package dev.meridian.model;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * How many bytes DynamoDB counts for a value.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html">Item
 *     sizes and formats</a>
 */
public final class ValueSize {
    static final int CONTAINER_OVERHEAD_BYTES = 3;
    static final int ELEMENT_OVERHEAD_BYTES = 1;

    private ValueSize() {}

    public static int of(AttributeValue value) {
        return switch (value.type()) {
            case S -> utf8Length(((AttributeValue.S) value).value());
            case N -> ofNumber(((AttributeValue.N) value).value());
            case B -> ((AttributeValue.B) value).value().length();
            case BOOL, NULL -> 1;
            case M -> {
                Map<String, AttributeValue> members = ((AttributeValue.M) value).value();
                yield CONTAINER_OVERHEAD_BYTES + members.size() * ELEMENT_OVERHEAD_BYTES + ofMembers(members);
            }
            case L -> {
                int size = CONTAINER_OVERHEAD_BYTES;
                for (AttributeValue element : ((AttributeValue.L) value).value()) {
                    size += ELEMENT_OVERHEAD_BYTES + of(element);
                }
                yield size;
            }
            case SS ->
                ((AttributeValue.SS) value)
                        .value().stream().mapToInt(ValueSize::utf8Length).sum();
            case NS ->
                ((AttributeValue.NS) value)
                        .value().stream().mapToInt(ValueSize::ofNumber).sum();
            case BS ->
                ((AttributeValue.BS) value)
                        .value().stream().mapToInt(Bytes::length).sum();
        };
    }

    /** Of an encoded item. The buffer does not move. */
    public static int ofItem(ByteBuffer encoded) {
        SizeSink sink = new SizeSink();
        ItemCodec.walk(encoded, sink);
        return sink.size();
    }

    static int ofMembers(Map<String, AttributeValue> members) {
        int size = 0;
        for (Map.Entry<String, AttributeValue> member : members.entrySet()) {
            size += utf8Length(member.getKey()) + of(member.getValue());
        }
        return size;
    }

    /** One byte for two digits, one more, and one for a minus sign. */
    static int ofNumber(BigDecimal value) {
        if (value.signum() == 0) {
            return 1;
        }
        // Digits pair up at even exponents, so that 10 and 1E+1 take the same room.
        int leading = value.precision() - value.scale();
        int before = Math.floorMod(leading, 2);
        int pairs = (value.precision() + before + 1) / 2;
        return pairs + 1 + (value.signum() < 0 ? 1 : 0);
    }

    /** Length in UTF-8, without encoding. */
    public static int utf8Length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                length++;
            } else if (c < 0x800) {
                length += 2;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                length += 4;
                i++;
            } else {
                length += 3;
            }
        }
        return length;
    }
}
