package dev.meridian.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Several key values in one run of bytes, whose unsigned order is the order of the first values, then of the second
 * ones, and so on. Numbers end where their own encoding ends. Text and binary are escaped and terminated: 0x00 becomes
 * 0x00 0xFF, the end is 0x00 0x01. So no encoded value is the beginning of another.
 */
public final class CompositeKey {
    private static final byte ESCAPE = 0;
    private static final byte ESCAPED_ZERO = (byte) 0xFF;
    private static final byte END = 1;

    private CompositeKey() {}

    public static void put(AttributeValue value, ByteSink out) {
        Bytes encoded = KeyCodec.encode(value);
        if (value.type() == AttributeValue.Type.N) {
            out.put(encoded);
        } else {
            putTerminated(encoded, out);
        }
    }

    public static void putTerminated(Bytes value, ByteSink out) {
        putBeginning(value, out);
        out.put(ESCAPE).put(END);
    }

    /** What all text or binary values that begin with {@code prefix} begin with. */
    public static void putBeginning(Bytes prefix, ByteSink out) {
        for (int i = 0; i < prefix.length(); i++) {
            out.put(prefix.at(i));
            if (prefix.at(i) == ESCAPE) {
                out.put(ESCAPED_ZERO);
            }
        }
    }

    /** The lowest bytes above all that begin with {@code prefix}; null if there are none. */
    public static @Nullable Bytes above(Bytes prefix) {
        int length = prefix.length();
        while (length > 0 && prefix.at(length - 1) == (byte) 0xFF) {
            length--;
        }
        if (length == 0) {
            return null;
        }
        byte[] above = Arrays.copyOf(prefix.toArray(), length);
        above[length - 1]++;
        return Bytes.wrap(above);
    }
}
