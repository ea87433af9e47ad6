package dev.meridian.model;

import java.math.BigDecimal;
import java.nio.ByteBuffer;

/** Adds up what {@link ValueSize} counts of an encoded item. */
final class SizeSink implements ValueSink {
    private int size;

    /** Of the containers that are open: what they hold costs more than what the item holds itself. */
    private int depth;

    int size() {
        return size;
    }

    private void add(int bytes) {
        size += bytes + (depth > 0 ? ValueSize.ELEMENT_OVERHEAD_BYTES : 0);
    }

    private void open() {
        add(ValueSize.CONTAINER_OVERHEAD_BYTES);
        depth++;
    }

    @Override
    public void startItem() {}

    @Override
    public void endItem() {}

    @Override
    public void name(ByteBuffer utf8) {
        size += utf8.remaining();
    }

    @Override
    public void text(ByteBuffer utf8) {
        add(utf8.remaining());
    }

    @Override
    public void number(BigDecimal value) {
        add(ValueSize.ofNumber(value));
    }

    @Override
    public void binary(ByteBuffer value) {
        add(value.remaining());
    }

    @Override
    public void bool(boolean value) {
        add(1);
    }

    @Override
    public void nothing() {
        add(1);
    }

    @Override
    public void startMap() {
        open();
    }

    @Override
    public void endMap() {
        depth--;
    }

    @Override
    public void startList() {
        open();
    }

    @Override
    public void endList() {
        depth--;
    }

    @Override
    public void startSet(AttributeValue.Type type) {
        add(0);
    }

    @Override
    public void textMember(ByteBuffer utf8) {
        size += utf8.remaining();
    }

    @Override
    public void numberMember(BigDecimal value) {
        size += ValueSize.ofNumber(value);
    }

    @Override
    public void binaryMember(ByteBuffer value) {
        size += value.remaining();
    }

    @Override
    public void endSet() {}
}
