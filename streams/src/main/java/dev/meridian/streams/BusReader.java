package dev.meridian.streams;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads chosen partitions of one region's bus from chosen offsets. Used by one thread; never blocks it. */
public interface BusReader extends AutoCloseable {
    /** Reads these from the given offsets on; others already followed stay. A topic that is not there yet is waited for. */
    void follow(Map<TopicPartition, Long> fromOffsets);

    void unfollow(Set<TopicPartition> partitions);

    Set<TopicPartition> followed();

    /** What has arrived since the last call; records of one partition in offset order. Empty when nothing has. */
    List<BusRecord> poll(int maxRecords);

    /** Partitions whose next offset is no longer kept: the oldest offset that is. They are not read until followed anew. */
    Map<TopicPartition, Long> lost();

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
}
