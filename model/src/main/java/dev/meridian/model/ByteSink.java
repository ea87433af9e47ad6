package dev.meridian.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes with the primitives that Meridian's encodings are made of. Not thread-safe. */
public final class ByteSink {
    private byte[] bytes;
    private int length;

    public ByteSink() {
        this(64);
    }

    public ByteSink(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    public int length() {
        return length;
    }

    public ByteSink put(byte value) {
        room(1);
        bytes[length++] = value;
        return this;
    }

    public ByteSink put(byte[] values) {
        room(values.length);
        System.arraycopy(values, 0, bytes, length, values.length);
        length += values.length;
        return this;
    }

    public ByteSink put(ByteBuffer values) {
        int count = values.remaining();
        room(count);
        values.get(values.position(), bytes, length, count);
        length += count;
        return this;
    }

    public ByteSink put(Bytes values) {
        return put(values.asBuffer());
    }

    public ByteSink putShort(int value) {
        return put((byte) (value >>> 8)).put((byte) value);
    }

    public ByteSink putInt(int value) {
        return putShort(value >>> 16).putShort(value);
    }

    public ByteSink putLong(long value) {
        return putInt((int) (value >>> 32)).putInt((int) value);
    }

    /** Seven bits a byte, lowest first: one byte up to 127. Not negative. */
    public ByteSink putVarint(long value) {
        if (value < 0) {
            throw new AssertionError("negative varint " + value);
        }
        long rest = value;
        while (rest > 0x7F) {
            put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        return put((byte) rest);
    }

    /** Length as a varint, then the bytes. */
    public ByteSink putSized(byte[] values) {
        return putVarint(values.length).put(values);
    }

    public ByteSink putSized(Bytes values) {
        return putVarint(values.length()).put(values);
    }

    public ByteSink putText(String text) {
        return putSized(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }

    public Bytes toBytes() {
        return Bytes.wrap(toArray());
    }

    public static long getVarint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("varint of more than 64 bits");
    }

    /** A view of a sized run, without a copy; {@code in} moves behind it. */
    public static ByteBuffer getSized(ByteBuffer in) {
        long announced = getVarint(in);
        if (announced < 0 || announced > in.remaining()) {
            throw new IllegalArgumentException(announced + " bytes announced, " + in.remaining() + " left");
        }
        int size = (int) announced;
        ByteBuffer slice = in.slice(in.position(), size);
        in.position(in.position() + size);
        return slice;
    }

    public static byte[] getSizedArray(ByteBuffer in) {
        ByteBuffer slice = getSized(in);
        byte[] copy = new byte[slice.remaining()];
        slice.get(copy);
        return copy;
    }

    public static String getText(ByteBuffer in) {
        return StandardCharsets.UTF_8.decode(getSized(in)).toString();
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
