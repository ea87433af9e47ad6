package dev.meridian.streams;

import dev.meridian.model.Bytes;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Tells records that Meridian wrote from junk that somebody else wrote into its topics. Each record carries a header that
 * names its kind, the format of the header, and a checksum of key and value.
 *
 * <p>Junk is passed over. What Meridian wrote and is no longer what was written, or is of a format that is not known, must
 * stop whoever reads it. Records of 0.1.0 have no such header; of those, records of changes have other headers, and the
 * others are known by their shape. This recognises; it does not authenticate: whoever may write to the topic can write the
 * header too.
 */
public final class Recognition {
    private static final String FORMAT = "1";

    /** Each record of a change has one of these, of whatever release it is. */
    private static final List<String> OF_CHANGES = List.of(Headers.TABLE_ID, Headers.LIFE, Headers.AFTER);

    private final RecordKind kind;
    private final Predicate<BusRecord> hasShape;

    /** @param hasShape whether a record without any header of Meridian's may be of an earlier release */
    public Recognition(RecordKind kind, Predicate<BusRecord> hasShape) {
        this.kind = kind;
        this.hasShape = hasShape;
    }

    /** Of the stream lane: every release has written headers there. */
    public static Recognition ofEvents() {
        return new Recognition(RecordKind.EVENT, unmarked -> unmarked.headers().containsKey(Headers.SEQUENCE));
    }

    /** Of the replication lane. */
    public static Recognition ofChanges() {
        return new Recognition(RecordKind.CHANGE, Recognition::isChange);
    }

    private static boolean isChange(BusRecord record) {
        Bytes value = record.value();
        if (value == null) {
            return false;
        }
        try {
            ChangeCodec.decode(value.asBuffer());
            return true;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    /** Adds the header by which a record of this kind is recognised. */
    public static void mark(
            RecordKind kind, @Nullable Bytes key, @Nullable Bytes value, SortedMap<String, String> headers) {
        headers.put(Headers.MERIDIAN, kind.wireName() + "/" + FORMAT + "/" + checksum(key, value));
    }

    private static String checksum(@Nullable Bytes key, @Nullable Bytes value) {
        CRC32C checksum = new CRC32C();
        update(checksum, key);
        update(checksum, value);
        return HexFormat.of().toHexDigits((int) checksum.getValue());
    }

    private static void update(CRC32C checksum, @Nullable Bytes bytes) {
        checksum.update(bytes == null ? 0 : 1);
        if (bytes != null) {
            checksum.update(bytes.asBuffer());
        }
    }

    /** Whether a record has a header that Meridian's records have, of any kind and release that writes headers. */
    public static boolean isMarked(BusRecord record) {
        SortedMap<String, String> headers = record.headers();
        return headers.containsKey(Headers.MERIDIAN) || OF_CHANGES.stream().anyMatch(headers::containsKey);
    }

    /**
     * Whether no Meridian wrote the record.
     *
     * @throws IllegalArgumentException if a Meridian wrote it, and it is not as it was written, is of a format that this
     *     release does not know, or does not belong here
     */
    public boolean isJunk(BusRecord record) {
        String mark = record.headers().get(Headers.MERIDIAN);
        if (mark == null) {
            return !isMarked(record) && !hasShape.test(record);
        }
        String[] parts = mark.split("/", -1);
        if (parts.length < 2 || !parts[1].equals(FORMAT)) {
            throw new IllegalArgumentException("the header meridian is of a format that this release does not know");
        }
        if (!parts[0].equals(kind.wireName())) {
            throw new IllegalArgumentException("a record of another kind than " + kind.wireName() + " in this topic");
        }
        if (parts.length != 3 || !parts[2].equals(checksum(record.key(), record.value()))) {
            throw new IllegalArgumentException("the record is damaged: its checksum differs");
        }
        return false;
    }
}
