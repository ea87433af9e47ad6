package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.Position;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;

/** The small keys of the store, and the direct buffers that LMDB wants them in. */
final class Keys {
    private static final char SEPARATOR = '\u0000';

    /** Beside the bits of the lanes, and 0. */
    private static final byte UNSWEPT = 64;

    private Keys() {}

    static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    static ByteBuffer text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > ItemLayout.MAX_KEY_BYTES) {
            throw new IllegalArgumentException("a key has 1 to 511 bytes, not " + bytes.length);
        }
        return direct(bytes);
    }

    static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    static ByteBuffer number(long value) {
        return ByteBuffer.allocateDirect(Long.BYTES).putLong(value).flip();
    }

    static ByteBuffer table(int number) {
        return table(ByteBuffer.allocateDirect(Integer.BYTES), number);
    }

    /** Made in {@code out}. */
    static ByteBuffer table(ByteBuffer out, int number) {
        return out.clear().putInt(number).flip();
    }

    /** Table number and partition: what the rows and cursors of one partition share. */
    static ByteBuffer rowsOf(int table, int partition) {
        return ByteBuffer.allocateDirect(Integer.BYTES + Short.BYTES)
                .putInt(table)
                .putShort((short) partition)
                .flip();
    }

    static ByteBuffer row(int table, int partition, long sequence) {
        return row(ByteBuffer.allocateDirect(Integer.BYTES + Short.BYTES + Long.BYTES), table, partition, sequence);
    }

    /** Made in {@code out}. */
    static ByteBuffer row(ByteBuffer out, int table, int partition, long sequence) {
        return out.clear()
                .putInt(table)
                .putShort((short) partition)
                .putLong(sequence)
                .flip();
    }

    static long sequenceOfRow(ByteBuffer key) {
        return key.getLong(key.position() + Integer.BYTES + Short.BYTES);
    }

    static ByteBuffer cursor(int table, int partition, Lane lane) {
        return ByteBuffer.allocateDirect(Integer.BYTES + Short.BYTES + 1)
                .putInt(table)
                .putShort((short) partition)
                .put((byte) lane.bit())
                .flip();
    }

    static ByteBuffer trimmed(int table, int partition) {
        return ByteBuffer.allocateDirect(Integer.BYTES + Short.BYTES + 1)
                .putInt(table)
                .putShort((short) partition)
                .put((byte) 0)
                .flip();
    }

    /** There while no change row of the partition has been deleted, and its topics began with the table. */
    static ByteBuffer unswept(int table, int partition) {
        return ByteBuffer.allocateDirect(Integer.BYTES + Short.BYTES + 1)
                .putInt(table)
                .putShort((short) partition)
                .put(UNSWEPT)
                .flip();
    }

    static ByteBuffer stream(String tableName, String label) {
        return text(tableName + SEPARATOR + label);
    }

    static ByteBuffer streamsOf(String tableName) {
        return text(tableName + SEPARATOR);
    }

    static ByteBuffer document(String space, String key) {
        return text(space + SEPARATOR + key);
    }

    static ByteBuffer documentsOf(String space) {
        return text(space + SEPARATOR);
    }

    static String documentKey(ByteBuffer key) {
        String text = text(key);
        return text.substring(text.indexOf(SEPARATOR) + 1);
    }

    static ByteBuffer position(Position position) {
        return text(position.origin().value()
                + SEPARATOR
                + position.at().topic()
                + SEPARATOR
                + position.at().partition());
    }

    /** @throws DamagedValueException if it cannot be read */
    static Position position(ByteBuffer key, ByteBuffer value) {
        String[] parts = text(key).split(String.valueOf(SEPARATOR), -1);
        if (parts.length != 3) {
            throw damaged("position", key);
        }
        try {
            return new Position(
                    new RegionId(parts[0]), new TopicPartition(parts[1], Integer.parseInt(parts[2])), place(value));
        } catch (IllegalArgumentException | BufferUnderflowException unreadable) {
            throw damaged("position", key);
        }
    }

    /** Of an entry without a checksum that cannot be read. */
    static DamagedValueException damaged(String what, ByteBuffer key) {
        return new DamagedValueException("a damaged value: the " + what + " under 0x"
                + HexFormat.of().formatHex(Bytes.copyOf(key).toArray()) + " cannot be read");
    }

    /** @throws DamagedValueException if it is none */
    static long number(String what, ByteBuffer key, ByteBuffer value) {
        if (value.remaining() != Long.BYTES) {
            throw damaged(what, key);
        }
        return value.getLong(value.position());
    }

    /** In a store of format 1 it is an offset alone, 8 bytes; what is written now is longer. */
    private static LogPosition place(ByteBuffer value) {
        return value.remaining() == Long.BYTES
                ? new LogPosition(value.getLong(0))
                : LogPosition.decode(value.duplicate());
    }

    static ByteBuffer place(LogPosition place) {
        ByteSink out = new ByteSink(64);
        place.encode(out);
        return direct(out.toArray());
    }

    /** As LMDB orders keys. */
    static int compare(ByteBuffer a, ByteBuffer b) {
        int differs = a.mismatch(b);
        if (differs < 0) {
            return 0;
        }
        return differs < Math.min(a.remaining(), b.remaining())
                ? Byte.compareUnsigned(a.get(a.position() + differs), b.get(b.position() + differs))
                : a.remaining() - b.remaining();
    }

    static boolean startsWith(ByteBuffer key, ByteBuffer prefix) {
        int length = prefix.remaining();
        return key.remaining() >= length && key.slice(key.position(), length).equals(prefix);
    }

    /**
     * Whether a walk over the entries under a prefix has come to its end. The entry that the cursor is at is not under
     * it; if the one behind that is, or if the order is broken, the key was changed on the disk and is no end.
     *
     * @param next the direction of the walk; the cursor stays where it is
     */
    static boolean isEnd(Cursor<ByteBuffer> cursor, ByteBuffer prefix, SeekOp next) {
        boolean forward = next == SeekOp.MDB_NEXT;
        if (compare(cursor.key(), prefix) > 0 != forward) {
            return false;
        }
        if (!cursor.seek(next)) {
            return true;
        }
        boolean isEnd = !startsWith(cursor.key(), prefix);
        cursor.seek(forward ? SeekOp.MDB_PREV : SeekOp.MDB_NEXT);
        return isEnd;
    }

    /** Whether a walk goes on, though perhaps over a key that was changed on the disk. */
    static boolean goesOn(Cursor<ByteBuffer> cursor, ByteBuffer prefix) {
        return startsWith(cursor.key(), prefix) || !isEnd(cursor, prefix, SeekOp.MDB_NEXT);
    }

    /**
     * To the first key from {@code from} on, as LMDB finds it.
     *
     * @return whether the keys before it are in order: a key that was changed on the disk misleads the search
     */
    static boolean isFoundInOrder(Cursor<ByteBuffer> cursor, ByteBuffer from) {
        boolean before =
                cursor.get(from, GetOp.MDB_SET_RANGE) ? cursor.seek(SeekOp.MDB_PREV) : cursor.seek(SeekOp.MDB_LAST);
        if (!before) {
            return true;
        }
        ByteBuffer last = direct(Bytes.copyOf(cursor.key()).toArray());
        return compare(last, from) < 0 && (!cursor.seek(SeekOp.MDB_PREV) || compare(cursor.key(), last) < 0);
    }
}
