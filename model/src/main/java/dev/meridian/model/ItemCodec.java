package dev.meridian.model;

import java.math.BigDecimal;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Items and values as compact, canonical bytes. A value is its type code and then: text and binary sized by a varint;
 * a number in its ordered form; a map as count and (sized name, value) pairs in name order; a list as count and values;
 * a set as count and members in order. An item is a map without the type code.
 */
public final class ItemCodec {
    private static final int ROOM_DEFAULT = 256;

    /** Far more than the 32 levels that DynamoDB allows, and far less than a thread's stack holds. */
    private static final int NESTING_MAX = 100;

    /** Room for a list before its elements are there: each list in a list may announce as many as there are bytes left. */
    private static final int LIST_ROOM_MAX = 64;

    private ItemCodec() {}

    public static byte[] encode(Item item) {
        return encode(item, ROOM_DEFAULT);
    }

    /** @param room expected to be enough, in bytes: a sink that grows is copied: ItemCodecBenchmark.encode */
    public static byte[] encode(Item item, int room) {
        ByteSink out = new ByteSink(room);
        putMembers(item.attributes(), out);
        return out.toArray();
    }

    /** @throws IllegalArgumentException if the bytes are no item */
    public static Item decode(ByteBuffer in) {
        try {
            return new Item(getMembers(in, 0));
        } catch (BufferUnderflowException cut) {
            throw cutShort(cut);
        }
    }

    private static IllegalArgumentException cutShort(BufferUnderflowException cut) {
        return new IllegalArgumentException("item cut short", cut);
    }

    private static int deeper(int nesting) {
        if (nesting == NESTING_MAX) {
            throw new IllegalArgumentException("values nested deeper than " + NESTING_MAX + " levels");
        }
        return nesting + 1;
    }

    public static Item decode(byte[] bytes) {
        return decode(ByteBuffer.wrap(bytes));
    }

    public static void encodeValue(AttributeValue value, ByteSink out) {
        out.put(value.type().code());
        switch (value.type()) {
            case S -> out.putText(((AttributeValue.S) value).value());
            case N -> DynamoNumber.encode(((AttributeValue.N) value).value(), out);
            case B -> out.putSized(((AttributeValue.B) value).value());
            case BOOL -> out.put((byte) (((AttributeValue.Bool) value).value() ? 1 : 0));
            case NULL -> {}
            case M -> putMembers(((AttributeValue.M) value).value(), out);
            case L -> {
                List<AttributeValue> elements = ((AttributeValue.L) value).value();
                out.putVarint(elements.size());
                elements.forEach(element -> encodeValue(element, out));
            }
            case SS -> {
                AttributeValue.SS set = (AttributeValue.SS) value;
                out.putVarint(set.value().size());
                set.value().forEach(out::putText);
            }
            case NS -> {
                AttributeValue.NS set = (AttributeValue.NS) value;
                out.putVarint(set.value().size());
                set.value().forEach(member -> DynamoNumber.encode(member, out));
            }
            case BS -> {
                AttributeValue.BS set = (AttributeValue.BS) value;
                out.putVarint(set.value().size());
                set.value().forEach(out::putSized);
            }
        }
    }

    public static AttributeValue decodeValue(ByteBuffer in) {
        return decodeValue(in, 0);
    }

    private static AttributeValue decodeValue(ByteBuffer in, int nesting) {
        return switch (AttributeValue.Type.of(in.get())) {
            case S -> new AttributeValue.S(ByteSink.getText(in));
            case N -> new AttributeValue.N(DynamoNumber.decode(in));
            case B -> new AttributeValue.B(Bytes.wrap(ByteSink.getSizedArray(in)));
            case BOOL -> new AttributeValue.Bool(in.get() != 0);
            case NULL -> new AttributeValue.Null();
            case M -> new AttributeValue.M(getMembers(in, deeper(nesting)));
            case L -> {
                int count = count(in);
                List<AttributeValue> elements = new ArrayList<>(Math.min(count, LIST_ROOM_MAX));
                for (int i = 0; i < count; i++) {
                    elements.add(decodeValue(in, deeper(nesting)));
                }
                yield new AttributeValue.L(elements);
            }
            case SS -> {
                TreeSet<String> members = new TreeSet<>();
                for (int rest = count(in); rest > 0; rest--) {
                    members.add(ByteSink.getText(in));
                }
                yield new AttributeValue.SS(members);
            }
            case NS -> {
                TreeSet<BigDecimal> members = new TreeSet<>();
                for (int rest = count(in); rest > 0; rest--) {
                    members.add(DynamoNumber.decode(in));
                }
                yield new AttributeValue.NS(members);
            }
            case BS -> {
                TreeSet<Bytes> members = new TreeSet<>();
                for (int rest = count(in); rest > 0; rest--) {
                    members.add(Bytes.wrap(ByteSink.getSizedArray(in)));
                }
                yield new AttributeValue.BS(members);
            }
        };
    }

    /**
     * Tells {@code sink} what an encoded item holds, in order, without building a tree.
     *
     * @throws IllegalArgumentException if the bytes are no item
     */
    public static void walk(ByteBuffer item, ValueSink sink) {
        ByteBuffer in = item.duplicate();
        sink.startItem();
        try {
            walkMembers(in, sink, 0);
        } catch (BufferUnderflowException cut) {
            throw cutShort(cut);
        }
        sink.endItem();
    }

    private static void walkMembers(ByteBuffer in, ValueSink sink, int nesting) {
        for (int rest = count(in); rest > 0; rest--) {
            int limit = ByteSink.enterSized(in);
            int end = in.limit();
            sink.name(in);
            ByteSink.leaveSized(in, end, limit);
            walkValue(in, sink, nesting);
        }
    }

    /** As {@link #walk}, for one value as {@link #encodeValue} wrote it; {@code in} moves behind it. */
    public static void walkValue(ByteBuffer in, ValueSink sink) {
        walkValue(in, sink, 0);
    }

    private static void walkValue(ByteBuffer in, ValueSink sink, int nesting) {
        AttributeValue.Type type = AttributeValue.Type.of(in.get());
        switch (type) {
            case S, B -> {
                int limit = ByteSink.enterSized(in);
                int end = in.limit();
                if (type == AttributeValue.Type.S) {
                    sink.text(in);
                } else {
                    sink.binary(in);
                }
                ByteSink.leaveSized(in, end, limit);
            }
            case N -> sink.number(DynamoNumber.decode(in));
            case BOOL -> sink.bool(in.get() != 0);
            case NULL -> sink.nothing();
            case M -> {
                sink.startMap();
                walkMembers(in, sink, deeper(nesting));
                sink.endMap();
            }
            case L -> {
                sink.startList();
                for (int rest = count(in); rest > 0; rest--) {
                    walkValue(in, sink, deeper(nesting));
                }
                sink.endList();
            }
            case SS, NS, BS -> {
                sink.startSet(type);
                for (int rest = count(in); rest > 0; rest--) {
                    switch (type) {
                        case SS -> sink.textMember(ByteSink.getSized(in));
                        case NS -> sink.numberMember(DynamoNumber.decode(in));
                        default -> sink.binaryMember(ByteSink.getSized(in));
                    }
                }
                sink.endSet();
            }
        }
    }

    private static void putMembers(Map<String, AttributeValue> members, ByteSink out) {
        out.putVarint(members.size());
        members.forEach((name, value) -> {
            out.putSized(name.getBytes(StandardCharsets.UTF_8));
            encodeValue(value, out);
        });
    }

    private static SortedMap<String, AttributeValue> getMembers(ByteBuffer in, int nesting) {
        TreeMap<String, AttributeValue> members = new TreeMap<>();
        for (int rest = count(in); rest > 0; rest--) {
            String name = ByteSink.getText(in);
            members.put(name, decodeValue(in, nesting));
        }
        return members;
    }

    private static int count(ByteBuffer in) {
        long count = ByteSink.getVarint(in);
        if (count > in.remaining()) {
            throw new IllegalArgumentException(count + " members announced, " + in.remaining() + " bytes left");
        }
        return (int) count;
    }
}
