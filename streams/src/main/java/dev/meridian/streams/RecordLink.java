package dev.meridian.streams;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Tells a record from every other that was ever in its partition. Each record names the one before it, so that a reader
 * notices when what it goes on with is not the log that it has read: an older copy of it, or another's.
 *
 * @param sequence of the change
 * @param hash CRC-32C of what the record says, and so of all before it
 */
public record RecordLink(long sequence, int hash) {
    /** What the first record of a log follows. */
    public static final RecordLink NONE = new RecordLink(0, 0);

    private static final String[] HASHED = {Headers.LIFE, Headers.AFTER, Headers.SEQUENCE, Headers.VERSION};

    /** What identifies a record. @throws IllegalArgumentException if its sequence number cannot be read */
    public static RecordLink of(BusRecord record) {
        CRC32C hash = new CRC32C();
        for (String header : HASHED) {
            String value = record.headers().get(header);
            hash.update((value == null ? "" : value).getBytes(StandardCharsets.UTF_8));
            hash.update(0);
        }
        update(hash, record.key());
        update(hash, record.value());
        String sequence = record.headers().get(Headers.SEQUENCE);
        return new RecordLink(sequence == null ? 0 : Long.parseLong(sequence), (int) hash.getValue());
    }

    private static void update(CRC32C hash, @Nullable Bytes bytes) {
        if (bytes != null) {
            hash.update(bytes.asBuffer());
        }
        hash.update(0);
    }

    /** What a record says it follows; null if it was published by a release that did not say so. */
    public static @Nullable RecordLink before(BusRecord record) {
        String text = record.headers().get(Headers.AFTER);
        return text == null ? null : parse(text);
    }

    /** @throws IllegalArgumentException if it is not as {@link #toString} writes it */
    static RecordLink parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0 || text.length() - colon != 1 + 2 * Integer.BYTES) {
            throw new IllegalArgumentException("'" + text + "' names no record");
        }
        return new RecordLink(
                Long.parseLong(text.substring(0, colon)), HexFormat.fromHexDigits(text, colon + 1, text.length()));
    }

    void encode(ByteSink out) {
        out.putVarint(sequence).putLong(hash & 0xffffffffL);
    }

    static RecordLink decode(ByteBuffer in) {
        return new RecordLink(ByteSink.getVarint(in), (int) in.getLong());
    }

    /** As {@link Headers#AFTER} has it. */
    @Override
    public String toString() {
        return sequence + ":" + HexFormat.of().toHexDigits(hash);
    }
}
