package dev.meridian.streams;

import dev.meridian.model.ByteSink;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition has been read, or written, and of which log.
 *
 * @param next the next offset
 * @param topic which topic it is of; null if that is not known, as with what 0.1.0 kept
 * @param last the record before {@code next}; null if that is not known
 * @param life of the store that published that record; null if that is not known
 * @param clock of that record's version; zero if that is not known
 */
public record LogPosition(
        long next,
        @Nullable TopicId topic,
        @Nullable RecordLink last,
        @Nullable Life life,
        HybridTimestamp clock) {
    public static final LogPosition START = new LogPosition(0);

    private static final int HAS_TOPIC = 1;
    private static final int HAS_LAST = 2;
    private static final int HAS_LIFE = 4;

    /** An offset of a log that is not known. */
    public LogPosition(long next) {
        this(next, null, null, null, HybridTimestamp.ZERO);
    }

    public LogPosition(long next, @Nullable TopicId topic, @Nullable RecordLink last) {
        this(next, topic, last, null, HybridTimestamp.ZERO);
    }

    /** Whether the two are known to be of different logs. */
    public boolean isOfAnother(@Nullable TopicId other) {
        return topic != null && other != null && !topic.equals(other);
    }

    public void encode(ByteSink out) {
        out.putVarint(next);
        out.put((byte)
                ((topic == null ? 0 : HAS_TOPIC) | (last == null ? 0 : HAS_LAST) | (life == null ? 0 : HAS_LIFE)));
        if (topic != null) {
            out.putLong(topic.uuid().getMostSignificantBits())
                    .putLong(topic.uuid().getLeastSignificantBits());
        }
        if (last != null) {
            last.encode(out);
        }
        if (life != null) {
            out.putLong(life.bits());
        }
        out.putLong(clock.bits());
    }

    /** @throws IllegalArgumentException if the bytes are no position */
    public static LogPosition decode(ByteBuffer in) {
        return ByteSink.whole("position", in, LogPosition::decodeFields);
    }

    private static LogPosition decodeFields(ByteBuffer in) {
        long next = ByteSink.getVarint(in);
        int parts = in.get();
        return new LogPosition(
                next,
                (parts & HAS_TOPIC) == 0 ? null : new TopicId(new UUID(in.getLong(), in.getLong())),
                (parts & HAS_LAST) == 0 ? null : RecordLink.decode(in),
                (parts & HAS_LIFE) == 0 ? null : new Life(in.getLong()),
                new HybridTimestamp(in.getLong()));
    }
}
