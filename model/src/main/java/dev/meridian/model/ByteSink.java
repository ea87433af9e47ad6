package dev.meridian.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;

/** A growing array of bytes with the primitives that Meridian's encodings are made of. Not thread-safe. */
public final class ByteSink {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Times a byte: that byte, eight times. */
    private static final long ONES = 0x0101010101010101L;

    private static final long FILL = ONES * 'x';

    /** Of a number that is not negative. */
    private static final int VARINT_BITS = 63;

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

    /** Where the first byte from {@code from} on is that a text in JSON may not hold as it is; else {@link #length}. */
    int firstEscaped(int from) {
        room(Long.BYTES);
        for (int at = from; at < length; at += Long.BYTES) {
            long eight = (long) EIGHT.get(bytes, at);
            int behind = at + Long.BYTES - length;
            if (behind > 0) {
                // Nothing of what lies behind the end may count.
                eight = (eight << (behind * Byte.SIZE)) | (FILL >>> (Long.SIZE - behind * Byte.SIZE));
            }
            if (hasEscaped(eight)) {
                while (!isEscaped(bytes[at])) {
                    at++;
                }
                return at;
            }
        }
        return length;
    }

    /** Whether one of eight bytes is: each test leaves a highest bit where it holds. JsonBenchmark.out */
    private static boolean hasEscaped(long eight) {
        long quote = eight ^ (ONES * '"');
        long backslash = eight ^ (ONES * '\\');
        long found = ((eight - ONES * ' ') & ~eight) | ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash);
        return (found & (ONES << 7)) != 0;
    }

    /** Bytes of other characters than ASCII are negative. */
    static boolean isEscaped(byte each) {
        return (each >= 0 && each < ' ') || each == '"' || each == '\\';
    }

    /** Takes away, and answers, what stands from an index on. */
    byte[] cut(int from) {
        byte[] rest = Arrays.copyOfRange(bytes, from, length);
        length = from;
        return rest;
    }

    /** Empty again, with the room that it has. */
    public void clear() {
        length = 0;
    }

    public int capacity() {
        return bytes.length;
    }

    public void copyTo(ByteBuffer target) {
        target.put(bytes, 0, length);
    }

    public byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }

    public Bytes toBytes() {
        return Bytes.wrap(toArray());
    }

    /**
     * Reads fields that must all be there.
     *
     * @param what they are of, for the message
     * @throws IllegalArgumentException if the bytes end before them, or {@code fields} finds them to be none
     */
    public static <T> T whole(String what, ByteBuffer in, Function<ByteBuffer, T> fields) {
        try {
            return fields.apply(in);
        } catch (BufferUnderflowException cut) {
            throw new IllegalArgumentException(what + " cut short", cut);
        }
    }

    /** @throws IllegalArgumentException if it is longer than {@link #putVarint} writes any */
    public static long getVarint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < VARINT_BITS; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("varint of more than " + VARINT_BITS + " bits");
    }

    private static int size(ByteBuffer in) {
        long announced = getVarint(in);
        if (announced > in.remaining()) {
            throw new IllegalArgumentException(announced + " bytes announced, " + in.remaining() + " left");
        }
        return (int) announced;
    }

    /**
     * Narrows {@code in} to a sized run, without a view of its own: StoreBenchmark.scan.
     *
     * @return the limit to which {@link #leaveSized} brings it back
     */
    static int enterSized(ByteBuffer in) {
        int size = size(in);
        int limit = in.limit();
        in.limit(in.position() + size);
        return limit;
    }

    /** Behind the run that was entered, whatever has been read of it. */
    static void leaveSized(ByteBuffer in, int end, int limit) {
        in.limit(limit).position(end);
    }

    /** A view of a sized run, without a copy; {@code in} moves behind it. */
    public static ByteBuffer getSized(ByteBuffer in) {
        int size = size(in);
        ByteBuffer slice = in.slice(in.position(), size);
        in.position(in.position() + size);
        return slice;
    }

    static void skipSized(ByteBuffer in) {
        int size = size(in);
        in.position(in.position() + size);
    }

    public static byte[] getSizedArray(ByteBuffer in) {
        byte[] copy = new byte[size(in)];
        in.get(copy);
        return copy;
    }

    public static String getText(ByteBuffer in) {
        return new String(getSizedArray(in), StandardCharsets.UTF_8);
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
