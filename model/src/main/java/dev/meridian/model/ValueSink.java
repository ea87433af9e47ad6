package dev.meridian.model;

import java.math.BigDecimal;
import java.nio.ByteBuffer;

/** What {@link ItemCodec#walk} tells of an item. Buffers hold UTF-8 or raw bytes and are valid during the call only. */
public interface ValueSink {
    void startItem();

    void endItem();

    /** The name of the attribute or map entry whose value follows. */
    void name(ByteBuffer utf8);

    void text(ByteBuffer utf8);

    void number(BigDecimal value);

    void binary(ByteBuffer value);

    void bool(boolean value);

    /** DynamoDB's NULL. */
    void nothing();

    void startMap();

    void endMap();

    void startList();

    void endList();

    /** @param type SS, NS or BS; its members follow */
    void startSet(AttributeValue.Type type);

    void textMember(ByteBuffer utf8);

    void numberMember(BigDecimal value);

    void binaryMember(ByteBuffer value);

    void endSet();
}
