package dev.meridian.streams;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads chosen partitions of one region's bus from chosen offsets. Used by one thread; never blocks it. */
public interface BusReader extends AutoCloseable {
    /** Follows each of these from the given offset on, whatever topic is there now. */
    default void follow(Map<TopicPartition, Long> fromOffsets) {
        fromOffsets.forEach((at, from) -> follow(at, from, null));
    }

    /**
     * Reads a partition from this offset on, and only of the topic with this identity; others already followed stay. A
     * topic that is not there yet, or is away, is waited for. When another topic has the name, the partition is
     * {@link #lost}.
     *
     * @param of null adopts the topic that is there; from then on it is as if its identity had been given
     */
    default void follow(TopicPartition at, long from, @Nullable TopicId of) {
        follow(at, from, from, of);
    }

    /**
     * The same, of records that have been read before: up to {@code reaches} they must be there still, or the partition is
     * {@link #lost}.
     *
     * @param reaches not below {@code from}
     */
    void follow(TopicPartition at, long from, long reaches, @Nullable TopicId of);

    void unfollow(Set<TopicPartition> partitions);

    Set<TopicPartition> followed();

    /** What has arrived since the last call; records of one partition in offset order. Empty when nothing has. */
    List<BusRecord> poll(int maxRecords);

    /**
     * The identity of the topic that is read; null until it is known that the topic is there, and is the one asked for. It
     * is known before {@link #poll} returns the partition's first record.
     */
    @Nullable
    TopicId topicId(TopicPartition at);

    /** Partitions in which the next offset does not exist. They are not read until they are followed anew. */
    Map<TopicPartition, Lost> lost();

    /**
     * Partitions in which the next record is damaged in the log. They are not read until they are followed anew; nothing
     * is skipped.
     */
    default Map<TopicPartition, Damage> damaged() {
        return Map.of();
    }

    /**
     * Asks nothing of the bus until {@link #resume}; what has arrived can still be taken. A reader whose bus refuses it
     * something suspends itself.
     */
    void suspend();

    void resume();

    /** Whether the bus was reached lately. */
    boolean isConnected();

    /** Calls {@code doorbell} whenever something arrives, from another thread: it must only wake. */
    void onArrival(Runnable doorbell);

    @Override
    void close();

    /**
     * A record that is there and cannot be read.
     *
     * @param offset that of the record, or of one somewhat before it
     */
    record Damage(long offset, String reason) {}

    /** Why a partition cannot be read on. */
    enum Reason {
        /** The next offset is below the oldest that is kept. */
        EXPIRED,
        /** The partition ends below the next offset, or did and has been written again from there. */
        CUT_SHORT,
        /** Another topic has the name. */
        REPLACED
    }

    /**
     * What is there instead of the next offset.
     *
     * @param start the oldest offset kept
     * @param end the offset up to which the partition may be what was read before
     * @param now the identity of the topic that is there
     */
    record Lost(Reason reason, long start, long end, TopicId now) {
        /** As a log says it. */
        @Override
        public String toString() {
            return switch (reason) {
                case EXPIRED -> "expired: the oldest record kept is at offset " + start;
                case CUT_SHORT -> "cut short: the topic ends at offset " + end;
                case REPLACED -> "replaced: the topic was made anew, with id " + now;
            };
        }
    }
}
