package dev.meridian.replicator;

import dev.meridian.streams.TopicPartition;

/** Something that needs a person, or time. @param offset where in the partition */
public record Alarm(Kind kind, TopicPartition at, long offset, String reason) {
    /** What is wrong. */
    public enum Kind {
        /** The record cannot be read, does not fit its table, or cannot be applied: the partition has stopped. */
        UNREADABLE,
        /** The record's version is ahead of this region's wall clock: the partition waits for the clock. */
        CLOCK_AHEAD,
        /** Records that were still needed are no longer kept: the partition has stopped, until the table is loaded anew. */
        LOST
    }
}
