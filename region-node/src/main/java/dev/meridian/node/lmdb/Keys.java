package dev.meridian.node.lmdb;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.Position;
import dev.meridian.streams.Lane;
import dev.meridian.streams.TopicPartition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The small keys of the store, and the direct buffers that LMDB wants them in. */
final class Keys {
    private static final char SEPARATOR = '\u0000';

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

    static Position position(ByteBuffer key, long next) {
        String[] parts = text(key).split(String.valueOf(SEPARATOR), -1);
        return new Position(new RegionId(parts[0]), new TopicPartition(parts[1], Integer.parseInt(parts[2])), next);
    }

    static boolean startsWith(ByteBuffer key, ByteBuffer prefix) {
        int length = prefix.remaining();
        return key.remaining() >= length && key.slice(key.position(), length).equals(prefix);
    }
}
