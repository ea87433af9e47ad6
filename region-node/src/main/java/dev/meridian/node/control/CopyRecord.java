package dev.meridian.node.control;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a copy of a table to a new replica is made of, as published: {@code begin}, chunks, {@code end}. An attempt that
 * breaks off is followed by another with a higher number; loading an entry twice does no harm.
 */
public sealed interface CopyRecord {
    byte FORMAT = 3;

    /** Without the logs that positions are of, the past of the source's store, and the floors of chunks. */
    byte FORMAT_WITHOUT_IDENTITIES = 2;

    byte BEGIN = 1;
    byte CHUNK = 2;
    byte END = 3;

    long attempt();

    /**
     * @param estimate entries to come, roughly
     * @param positions where the new replica goes on in every region's log: all before is in the copy
     * @param seen up to which clock of each region all is in the copy; what is not there has been deleted
     * @param floor the source's {@link dev.meridian.node.store.ReadView#floor}, which becomes that of the new replica
     * @param history of the source's store; null if it comes from a release that does not say
     */
    record Begin(
            long attempt,
            long estimate,
            List<Position> positions,
            VersionVector seen,
            VersionVector floor,
            @Nullable StoreHistory history)
            implements CopyRecord {}

    /**
     * All entries between two keys.
     *
     * @param after behind this key, up to that of the last entry; null for the beginning
     * @param floor the source's when they were read: it may have forgotten deletes since the copy was begun
     */
    record Chunk(long attempt, @Nullable ItemKey after, List<Versioned> entries, VersionVector floor)
            implements CopyRecord {}

    /**
     * @param after there is nothing behind this key; null if the table is empty
     * @param floor the source's when that was found
     */
    record End(long attempt, long entries, @Nullable ItemKey after, VersionVector floor) implements CopyRecord {}

    private static void encode(@Nullable ItemKey key, ByteSink out) {
        out.put((byte) (key == null ? 0 : 1));
        if (key != null) {
            key.encode(out);
        }
    }

    private static @Nullable ItemKey key(ByteBuffer in) {
        return in.get() == 0 ? null : ItemKey.decode(in);
    }

    default Bytes encode() {
        ByteSink out = new ByteSink(1024);
        out.put(FORMAT);
        if (this instanceof Begin begin) {
            out.put(BEGIN).putVarint(attempt()).putVarint(begin.estimate());
            out.putVarint(begin.positions().size());
            for (Position position : begin.positions()) {
                out.putText(position.origin().value())
                        .putText(position.at().topic())
                        .putVarint(position.at().partition());
                position.place().encode(out);
            }
            begin.seen().encode(out);
            begin.floor().encode(out);
            out.putSized(Bytes.wrap(Objects.requireNonNull(begin.history()).encode()));
        } else if (this instanceof Chunk chunk) {
            out.put(CHUNK).putVarint(attempt()).putVarint(chunk.entries().size());
            encode(chunk.after(), out);
            chunk.floor().encode(out);
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
            encode(end.after(), out);
            end.floor().encode(out);
        }
        return out.toBytes();
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    static CopyRecord decode(Bytes bytes) {
        ByteBuffer in = bytes.asBuffer();
        try {
            byte format = in.get();
            if (format != FORMAT && format != FORMAT_WITHOUT_IDENTITIES) {
                throw new IllegalArgumentException("copy record of format " + format);
            }
            byte kind = in.get();
            long attempt = ByteSink.getVarint(in);
            long count = ByteSink.getVarint(in);
            return switch (kind) {
                case BEGIN ->
                    new Begin(
                            attempt,
                            count,
                            positions(in, format),
                            VersionVector.decode(in),
                            VersionVector.decode(in),
                            format == FORMAT ? StoreHistory.decode(ByteBuffer.wrap(ByteSink.getSizedArray(in))) : null);
                case CHUNK -> {
                    ItemKey after = key(in);
                    VersionVector floor = floor(in, format);
                    yield new Chunk(attempt, after, entries(in, count), floor);
                }
                case END -> new End(attempt, count, key(in), floor(in, format));
                default -> throw new IllegalArgumentException("copy record of kind " + kind);
            };
        } catch (BufferUnderflowException | IndexOutOfBoundsException cut) {
            throw new IllegalArgumentException("copy record cut short", cut);
        }
    }

    private static VersionVector floor(ByteBuffer in, byte format) {
        return format == FORMAT ? VersionVector.decode(in) : VersionVector.EMPTY;
    }

    private static List<Position> positions(ByteBuffer in, byte format) {
        List<Position> positions = new ArrayList<>();
        for (long rest = ByteSink.getVarint(in); rest > 0; rest--) {
            RegionId origin = new RegionId(ByteSink.getText(in));
            String topic = ByteSink.getText(in);
            TopicPartition at = new TopicPartition(topic, (int) ByteSink.getVarint(in));
            LogPosition place = format == FORMAT ? LogPosition.decode(in) : new LogPosition(ByteSink.getVarint(in));
            positions.add(new Position(origin, at, place));
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
