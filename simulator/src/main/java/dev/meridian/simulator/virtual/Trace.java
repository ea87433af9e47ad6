package dev.meridian.simulator.virtual;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Everything that happened, as one hash; and, if somebody listens, as lines to read. */
final class Trace {
    private static final int HASH_DIGITS = 16;

    private final MessageDigest digest;
    private final ByteBuffer numbers = ByteBuffer.allocate(2 * Long.BYTES);
    private final Consumer<String> reader;
    private final boolean read;
    private boolean listening;

    private Trace(Consumer<String> reader, boolean read) {
        this.reader = reader;
        this.read = read;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static Trace unread() {
        return new Trace(line -> {}, false);
    }

    static Trace readBy(Consumer<String> reader) {
        return new Trace(reader, true);
    }

    /** What was before, the filling of tables, nobody wants to read. */
    void listen() {
        listening = true;
    }

    /** Something that matters to people too. */
    void note(long atMicros, String text) {
        add(atMicros, text, 0);
        if (read && listening) {
            reader.accept(line(atMicros, text));
        }
    }

    /** Something that matters to people if they look closely. */
    void note(long atMicros, String what, long number, Supplier<String> text) {
        add(atMicros, what, number);
        if (read && listening) {
            reader.accept(line(atMicros, text.get()));
        }
    }

    /** Something of which there is too much to read. */
    void add(long atMicros, String what, long number) {
        numbers.clear();
        digest.update(numbers.putLong(atMicros).putLong(number).flip());
        digest.update(what.getBytes(StandardCharsets.UTF_8));
    }

    private static String line(long atMicros, String text) {
        return String.format(java.util.Locale.ROOT, "%12.6f  %s", atMicros / 1e6, text);
    }

    /** Of all so far. */
    String hash() {
        try {
            byte[] hash = ((MessageDigest) digest.clone()).digest();
            return HexFormat.of().formatHex(hash).substring(0, HASH_DIGITS);
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
