package dev.meridian.model;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/** An immutable run of bytes, ordered as unsigned bytes, as DynamoDB orders binary keys. */
public final class Bytes implements Comparable<Bytes> {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    /** Compared at once, by the processor's widest instructions. */
    private static final int RUN = 64;

    private final byte[] bytes;

    private Bytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The bytes themselves: the caller gives the array away. */
    public static Bytes wrap(byte[] bytes) {
        return new Bytes(bytes);
    }

    /** A copy of what remains in {@code buffer}, whose position does not move. */
    public static Bytes copyOf(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(buffer.position(), copy);
        return new Bytes(copy);
    }

    public int length() {
        return bytes.length;
    }

    public byte at(int index) {
        return bytes[index];
    }

    public byte[] toArray() {
        return bytes.clone();
    }

    /** A read-only view without a copy. */
    public ByteBuffer asBuffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    public void putInto(ByteBuffer target) {
        target.put(bytes);
    }

    public boolean startsWith(Bytes prefix) {
        return bytes.length >= prefix.bytes.length
                && Arrays.equals(bytes, 0, prefix.bytes.length, prefix.bytes, 0, prefix.bytes.length);
    }

    /** How many bytes are the same from the beginning on. */
    public int sameAtStart(Bytes other) {
        int different = Arrays.mismatch(bytes, other.bytes);
        return different < 0 ? bytes.length : different;
    }

    /** How many bytes are the same up to the end, without the first {@code start} of either. */
    public int sameAtEnd(Bytes other, int start) {
        int most = Math.min(bytes.length, other.bytes.length) - start;
        int same = 0;
        while (same + RUN <= most
                && Arrays.equals(
                        bytes,
                        bytes.length - same - RUN,
                        bytes.length - same,
                        other.bytes,
                        other.bytes.length - same - RUN,
                        other.bytes.length - same)) {
            same += RUN;
        }
        while (same < most && bytes[bytes.length - same - 1] == other.bytes[other.bytes.length - same - 1]) {
            same++;
        }
        return same;
    }

    /** What is behind the first {@code start} and in front of the last {@code end}. */
    public Bytes middle(int start, int end) {
        return new Bytes(Arrays.copyOfRange(bytes, start, bytes.length - end));
    }

    /**
     * These bytes with another {@link #middle}.
     *
     * @throws IndexOutOfBoundsException if there are not as many at both ends
     */
    public Bytes withMiddle(int start, Bytes middle, int end) {
        Objects.checkFromToIndex(start, bytes.length - end, bytes.length);
        byte[] made = Arrays.copyOf(bytes, start + middle.length() + end);
        System.arraycopy(middle.bytes, 0, made, start, middle.length());
        System.arraycopy(bytes, bytes.length - end, made, start + middle.length(), end);
        return new Bytes(made);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Hexadecimal, for traces and messages. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
