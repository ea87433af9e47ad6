package dev.meridian.streams;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import java.util.HexFormat;

/** The headers of change records. Published: add, never rename. */
public final class Headers {
    /** The region where the write was made. */
    public static final String ORIGIN = "origin";

    /** The write's version: clock bits in hexadecimal, {@code @}, region. */
    public static final String VERSION = "version";

    /** The change's sequence number in the region whose topic this is, decimal. */
    public static final String SEQUENCE = "sequence";

    /** {@link Cause#wireName}. */
    public static final String CAUSE = "cause";

    /** The table's id: tells a table from an earlier one of the same name. */
    public static final String TABLE_ID = "table-id";

    /** Of a conflict: the version that won, as {@link #VERSION}. */
    public static final String WINNER = "winner";

    /** Of a conflict: the version that lost, as {@link #VERSION}. */
    public static final String LOSER = "loser";

    /** On the replication lane: the origin's wall clock when the publisher took the change, milliseconds since 1970. */
    public static final String PUBLISHED = "published";

    /** Of a write that was part of a DynamoDB transaction: the same on all its changes, in every region's topic. */
    public static final String TRANSACTION_ID = "transaction-id";

    /** The life of the store that published the record: {@link dev.meridian.model.Life}, 16 hexadecimal digits. */
    public static final String LIFE = "life";

    /**
     * The record before in the partition: its sequence number, {@code :}, and a CRC-32C of it in 8 hexadecimal digits;
     * {@code 0:00000000} if there is none. See {@link RecordLink}.
     */
    public static final String AFTER = "after";

    /**
     * On every record: its kind, {@code /}, the format of this header, {@code /}, and a CRC-32C of key and value in 8
     * hexadecimal digits. See {@link Recognition}.
     */
    public static final String MERIDIAN = "meridian";

    private Headers() {}

    /** A version as {@link #VERSION} has it. */
    public static String text(Version version) {
        return HexFormat.of().toHexDigits(version.time().bits()) + "@" + version.region();
    }

    /** @throws IllegalArgumentException if it is not as {@link #VERSION} writes it */
    public static Version version(String text) {
        int at = text.indexOf('@');
        if (at < 0) {
            throw new IllegalArgumentException("'" + text + "' is not a version");
        }
        return new Version(
                new HybridTimestamp(Long.parseUnsignedLong(text.substring(0, at), 16)),
                new RegionId(text.substring(at + 1)));
    }

    static java.util.TreeMap<String, String> of(Change change, Life life, RecordLink after) {
        java.util.TreeMap<String, String> headers = of(change);
        headers.put(LIFE, life.toString());
        headers.put(AFTER, after.toString());
        return headers;
    }

    static java.util.TreeMap<String, String> of(Change change) {
        java.util.TreeMap<String, String> headers = new java.util.TreeMap<>();
        headers.put(ORIGIN, change.stamp().version().region().value());
        headers.put(VERSION, text(change.stamp().version()));
        headers.put(SEQUENCE, change.sequence().toString());
        headers.put(CAUSE, change.cause().wireName());
        headers.put(TABLE_ID, change.tableId().toString());
        if (change.transactionId() != null) {
            headers.put(TRANSACTION_ID, change.transactionId().toString());
        }
        return headers;
    }
}
