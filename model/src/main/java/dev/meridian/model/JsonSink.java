package dev.meridian.model;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Turns what {@link ItemCodec#walk} tells into DynamoDB's JSON, bytes to bytes: text is UTF-8 in both, so that only what
 * JSON escapes is looked at. It counts by DynamoDB's rules too, so that a page of items is walked once. JsonBenchmark.out
 * measures it.
 */
public final class JsonSink implements ValueSink {
    /** How a value of each type begins. */
    private static final Map<AttributeValue.Type, byte[]> BEGINNINGS = new EnumMap<>(AttributeValue.Type.class);

    static {
        for (AttributeValue.Type type : AttributeValue.Type.values()) {
            BEGINNINGS.put(type, ("{\"" + type + "\":").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);

    private final ByteSink out;
    private final SizeSink size = new SizeSink();

    /** Whether a member or an element stands before the next one. */
    private boolean comma;

    public JsonSink(ByteSink out) {
        this.out = out;
    }

    /** What has been told so far, in bytes by DynamoDB's rules. */
    public int sizeBytes() {
        return size.size();
    }

    private void separate() {
        if (comma) {
            out.put((byte) ',');
        }
        comma = true;
    }

    private void open(char bracket) {
        out.put((byte) bracket);
        comma = false;
    }

    private void close(char bracket) {
        out.put((byte) bracket);
        comma = true;
    }

    /** One value: an object with its type as the only field. */
    private void type(AttributeValue.Type type) {
        separate();
        out.put(Objects.requireNonNull(BEGINNINGS.get(type)));
    }

    private void end() {
        close('}');
    }

    private void ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            out.put((byte) text.charAt(i));
        }
    }

    private void quoted(ByteBuffer utf8) {
        out.put((byte) '"');
        int from = out.length();
        out.put(utf8);
        int escaped = out.firstEscaped(from);
        if (escaped < out.length()) {
            for (byte each : out.cut(escaped)) {
                escaped(each);
            }
        }
        out.put((byte) '"');
    }

    private void escaped(byte each) {
        switch (each) {
            case '"', '\\' -> out.put((byte) '\\').put(each);
            case '\b' -> out.put((byte) '\\').put((byte) 'b');
            case '\t' -> out.put((byte) '\\').put((byte) 't');
            case '\n' -> out.put((byte) '\\').put((byte) 'n');
            case '\f' -> out.put((byte) '\\').put((byte) 'f');
            case '\r' -> out.put((byte) '\\').put((byte) 'r');
            default -> {
                if (ByteSink.isEscaped(each)) {
                    ascii("\\u00");
                    out.put(HEX[each >> 4]).put(HEX[each & 0xF]);
                } else {
                    out.put(each);
                }
            }
        }
    }

    private void digits(BigDecimal value) {
        out.put((byte) '"');
        ascii(DynamoNumber.format(value));
        out.put((byte) '"');
    }

    private void base64(ByteBuffer bytes) {
        out.put((byte) '"').put(Base64.getEncoder().encode(bytes)).put((byte) '"');
    }

    @Override
    public void startItem() {
        open('{');
    }

    @Override
    public void endItem() {
        close('}');
    }

    @Override
    public void name(ByteBuffer utf8) {
        size.name(utf8);
        separate();
        quoted(utf8);
        out.put((byte) ':');
        comma = false;
    }

    @Override
    public void text(ByteBuffer utf8) {
        size.text(utf8);
        type(AttributeValue.Type.S);
        quoted(utf8);
        end();
    }

    @Override
    public void number(BigDecimal value) {
        size.number(value);
        type(AttributeValue.Type.N);
        digits(value);
        end();
    }

    @Override
    public void binary(ByteBuffer value) {
        size.binary(value);
        type(AttributeValue.Type.B);
        base64(value);
        end();
    }

    @Override
    public void bool(boolean value) {
        size.bool(value);
        type(AttributeValue.Type.BOOL);
        out.put(value ? TRUE : FALSE);
        end();
    }

    @Override
    public void nothing() {
        size.nothing();
        type(AttributeValue.Type.NULL);
        out.put(TRUE);
        end();
    }

    @Override
    public void startMap() {
        size.startMap();
        type(AttributeValue.Type.M);
        open('{');
    }

    @Override
    public void endMap() {
        size.endMap();
        close('}');
        end();
    }

    @Override
    public void startList() {
        size.startList();
        type(AttributeValue.Type.L);
        open('[');
    }

    @Override
    public void endList() {
        size.endList();
        close(']');
        end();
    }

    @Override
    public void startSet(AttributeValue.Type type) {
        size.startSet(type);
        type(type);
        open('[');
    }

    @Override
    public void textMember(ByteBuffer utf8) {
        size.textMember(utf8);
        separate();
        quoted(utf8);
    }

    @Override
    public void numberMember(BigDecimal value) {
        size.numberMember(value);
        separate();
        digits(value);
    }

    @Override
    public void binaryMember(ByteBuffer value) {
        size.binaryMember(value);
        separate();
        base64(value);
    }

    @Override
    public void endSet() {
        close(']');
        end();
    }
}
