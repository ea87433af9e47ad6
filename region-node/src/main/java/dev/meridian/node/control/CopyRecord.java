package dev.meridian.node.control;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.streams.TopicPartition;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a copy of a table to a new replica is made of, as published: {@code begin}, chunks, {@code end}. An attempt that
 * breaks off is followed by another with a higher number; loading an entry twice does no harm.
 */
sealed interface CopyRecord {
    byte FORMAT = 1;
    byte BEGIN = 1;
    byte CHUNK = 2;
    byte END = 3;

    long attempt();

    /**
     * @param estimate entries to come, roughly
     * @param positions where the new replica goes on in every region's log: all before is in the copy
     */
    record Begin(long attempt, long estimate, List<Position> positions) implements CopyRecord {}

    record Chunk(long attempt, List<Versioned> entries) implements CopyRecord {}

    record End(long attempt, long entries) implements CopyRecord {}

    default Bytes encode() {
        ByteSink out = new ByteSink(1024);
        out.put(FORMAT);
        if (this instanceof Begin begin) {
            out.put(BEGIN).putVarint(attempt()).putVarint(begin.estimate());
            out.putVarint(begin.positions().size());
            for (Position position : begin.positions()) {
                out.putText(position.origin().value())
                        .putText(position.at().topic())
                        .putVarint(position.at().partition())
                        .putVarint(position.next());
            }
        } else if (this instanceof Chunk chunk) {
            out.put(CHUNK).putVarint(attempt()).putVarint(chunk.entries().size());
            for (Versioned entry : chunk.entries()) {
                entry.key().encode(out);
                entry.stamp().encode(out);
                Bytes image = entry.image();
                out.put((byte) (image == null ? 0 : 1));
                if (image != null) {
                    out.putSized(image);
                }
            }
        } else if (this instanceof End end) {
            out.put(END).putVarint(attempt()).putVarint(end.entries());
        }
        return out.toBytes();
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    static CopyRecord decode(Bytes bytes) {
        ByteBuffer in = bytes.asBuffer();
        try {
            byte format = in.get();
            if (format != FORMAT) {
                throw new IllegalArgumentException("copy record of format " + format);
            }
            byte kind = in.get();
            long attempt = ByteSink.getVarint(in);
            long count = ByteSink.getVarint(in);
            return switch (kind) {
                case BEGIN -> new Begin(attempt, count, positions(in));
                case CHUNK -> new Chunk(attempt, entries(in, count));
                case END -> new End(attempt, count);
                default -> throw new IllegalArgumentException("copy record of kind " + kind);
            };
        } catch (BufferUnderflowException | IndexOutOfBoundsException cut) {
            throw new IllegalArgumentException("copy record cut short", cut);
        }
    }

    private static List<Position> positions(ByteBuffer in) {
        List<Position> positions = new ArrayList<>();
        for (long rest = ByteSink.getVarint(in); rest > 0; rest--) {
            RegionId origin = new RegionId(ByteSink.getText(in));
            String topic = ByteSink.getText(in);
            TopicPartition at = new TopicPartition(topic, (int) ByteSink.getVarint(in));
            positions.add(new Position(origin, at, ByteSink.getVarint(in)));
        }
        return positions;
    }

    private static List<Versioned> entries(ByteBuffer in, long count) {
        List<Versioned> entries = new ArrayList<>();
        for (long rest = count; rest > 0; rest--) {
            ItemKey key = ItemKey.decode(in);
            Stamp stamp = Stamp.decode(in);
            Bytes image = in.get() == 0 ? null : Bytes.wrap(ByteSink.getSizedArray(in));
            entries.add(new Versioned(key, stamp, image));
        }
        return entries;
    }
}
