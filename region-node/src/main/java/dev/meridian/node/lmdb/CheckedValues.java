package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The form of values with a checksum: a zero, the format number, CRC-32C over the LMDB key and the body, the body. With
 * the key, a value that lies under another one's key is found too. Release 0.1.0 wrote bodies alone; such values are read
 * until the scrubber has given each a checksum, and from then on a value without is damaged.
 *
 * <p>Every read compares: for a value of 1 KB that took 44 ns, of the more than 10 µs that a GetItem takes
 * (load/RESULTS.md).
 */
final class CheckedValues {
    /** What comes before the body. */
    static final int HEAD_BYTES = 2 + Integer.BYTES;

    /** No body of release 0.1.0 that is as long as a head begins with these two. */
    private static final byte MARK = 0;

    private static final byte FORMAT = 1;

    /** Keys may have 3 KB, which nobody wants in an alarm. */
    private static final int KEY_CHARACTERS_MAX = 200;

    private final DamagedValues damaged;
    private final IntFunction<@Nullable TableDescriptor> tables;
    private volatile boolean complete;

    /** @param tables by number, of tables and of their indexes; for messages */
    CheckedValues(DamagedValues damaged, IntFunction<@Nullable TableDescriptor> tables) {
        this.damaged = damaged;
        this.tables = tables;
    }

    /** Every value has a checksum: one without is damaged. */
    void setComplete() {
        complete = true;
    }

    boolean isComplete() {
        return complete;
    }

    DamagedValues damaged() {
        return damaged;
    }

    static boolean hasChecksum(ByteBuffer value) {
        int at = value.position();
        return value.remaining() >= HEAD_BYTES && value.get(at) == MARK && value.get(at + 1) == FORMAT;
    }

    /** @param value with the body behind room for the head; ready to be stored afterwards */
    static void seal(ByteBuffer lmdbKey, ByteBuffer value) {
        value.flip().position(HEAD_BYTES);
        int checksum = checksum(lmdbKey, value);
        value.position(0);
        value.put(0, MARK).put(1, FORMAT).putInt(2, checksum);
    }

    /** Moves the body to its end. */
    private static int checksum(ByteBuffer lmdbKey, ByteBuffer body) {
        CRC32C crc = new CRC32C();
        int start = lmdbKey.position();
        crc.update(lmdbKey);
        lmdbKey.position(start);
        crc.update(body);
        return (int) crc.getValue();
    }

    /** @return the body, as a view; null if the value is damaged */
    private @Nullable ByteBuffer intact(Kind kind, ByteBuffer lmdbKey, ByteBuffer value) {
        if (!hasChecksum(value)) {
            return complete || !isReadable(kind, value) ? null : value;
        }
        ByteBuffer body = value.slice(value.position() + HEAD_BYTES, value.remaining() - HEAD_BYTES);
        return checksum(lmdbKey, body) == value.getInt(value.position() + 2) ? body.rewind() : null;
    }

    /** Whether a value without a checksum can be taken apart, as far as that is soon told. */
    private static boolean isReadable(Kind kind, ByteBuffer value) {
        return switch (kind) {
            case ITEM, TOMBSTONE, INDEX_ENTRY -> Bucket.isReadable(value);
            case CHANGE_ROW, CONFLICT, DOCUMENT, TABLE, DROPPED_TABLE, STREAM -> true;
        };
    }

    /**
     * The body of a value, as a view.
     *
     * @throws DamagedValueException if its checksum does not match
     */
    ByteBuffer body(Kind kind, ByteBuffer lmdbKey, ByteBuffer value) {
        ByteBuffer body = intact(kind, lmdbKey, value);
        if (body == null) {
            throw damaged(kind, lmdbKey, value);
        }
        return body;
    }

    /** As {@link #body}, but what is damaged is noted and passed over. @return null then */
    @Nullable
    ByteBuffer bodyIfIntact(Kind kind, ByteBuffer lmdbKey, ByteBuffer value) {
        ByteBuffer body = intact(kind, lmdbKey, value);
        if (body == null) {
            var unused = damaged(kind, lmdbKey, value);
        }
        return body;
    }

    boolean isIntact(Kind kind, ByteBuffer lmdbKey, ByteBuffer value) {
        return intact(kind, lmdbKey, value) != null;
    }

    /** Whether a number is one of a table or an index that are here. */
    boolean isTable(int number) {
        return tables.apply(number) != null;
    }

    /**
     * Notes an entry that lies under a damaged key.
     *
     * @param number of the table or index in whose range it was met; 0 if that is not known
     * @param isFound whether it is found by its key; if not, nobody can tell whether it is still there, and it is damaged
     *     until the store is opened again
     */
    DamagedValueException damagedKey(Kind kind, int number, boolean isFound, ByteBuffer lmdbKey, ByteBuffer value) {
        if (isFound && !isIntact(kind, lmdbKey, value)) {
            return damaged(kind, lmdbKey, value);
        }
        TableDescriptor table = tables.apply(number);
        String text =
                "a damaged key: " + (table == null ? "" : "table " + table.name() + ", ") + "not every " + kind.text()
                        + " of the store can be reached: 0x"
                        + HexFormat.of().formatHex(Bytes.copyOf(lmdbKey).toArray())
                        + " is not where it should be";
        damaged.found(new DamagedValues.Place(kind, 0, Bytes.EMPTY), text);
        return new DamagedValueException(text);
    }

    private DamagedValueException damaged(Kind kind, ByteBuffer lmdbKey, ByteBuffer value) {
        DamagedValues.Place place = place(kind, lmdbKey);
        String text = text(place, value);
        damaged.found(place, text);
        return new DamagedValueException(text);
    }

    static DamagedValues.Place place(Kind kind, ByteBuffer lmdbKey) {
        return new DamagedValues.Place(kind, number(kind, lmdbKey), Bytes.copyOf(lmdbKey));
    }

    private static int number(Kind kind, ByteBuffer lmdbKey) {
        return switch (kind) {
            case ITEM, TOMBSTONE, INDEX_ENTRY, CHANGE_ROW, DROPPED_TABLE ->
                lmdbKey.remaining() < Integer.BYTES ? 0 : lmdbKey.getInt(lmdbKey.position());
            case CONFLICT, DOCUMENT, TABLE, STREAM -> 0;
        };
    }

    private String text(DamagedValues.Place place, ByteBuffer value) {
        TableDescriptor table = place.number() == 0 ? null : tables.apply(place.number());
        return "a damaged value: " + (table == null ? "" : "table " + table.name() + ", ")
                + place.kind().text() + " under " + key(place, table, value)
                + ": its checksum does not match what is on the disk";
    }

    /** The key as clients write it, if the value tells; else as the store has it. */
    private static String key(DamagedValues.Place place, @Nullable TableDescriptor table, ByteBuffer value) {
        ByteBuffer lmdbKey = place.lmdbKey().asBuffer();
        switch (place.kind()) {
            case DOCUMENT, TABLE, STREAM -> {
                return Keys.text(lmdbKey).replace('\u0000', '/');
            }
            case CONFLICT -> {
                return String.valueOf(lmdbKey.getLong(0));
            }
            case ITEM, TOMBSTONE -> {
                ItemKey key =
                        table == null ? null : Bucket.firstKeyIfReadable(value, lmdbKey, new ItemLayout(KeyHash::of));
                if (key != null && table != null) {
                    return shortened(AttributeJson.text(key.toItem(table.schema())));
                }
            }
            case INDEX_ENTRY, CHANGE_ROW, DROPPED_TABLE -> {}
        }
        return shortened("0x" + HexFormat.of().formatHex(place.lmdbKey().toArray()));
    }

    private static String shortened(String text) {
        return text.length() <= KEY_CHARACTERS_MAX ? text : text.substring(0, KEY_CHARACTERS_MAX) + "…";
    }
}
