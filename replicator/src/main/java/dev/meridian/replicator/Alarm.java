package dev.meridian.replicator;

import dev.meridian.streams.TopicPartition;

/** Something that needs a person, or time. @param offset where in the partition */
public record Alarm(Kind kind, TopicPartition at, long offset, String reason) {
    /** Whether nothing more is applied of the partition until something is done about it. */
    boolean isStop() {
        return switch (kind) {
            case UNREADABLE, OTHER_LOG, LOST -> true;
            case CLOCK_AHEAD -> false;
        };
    }

    /** As health says it. */
    @Override
    public String toString() {
        return kind + " " + at + " offset " + offset + ": " + reason;
    }

    /** What is wrong. */
    public enum Kind {
        /** The record cannot be read, does not fit its table, or cannot be applied: the partition has stopped. */
        UNREADABLE,
        /** The record's version is ahead of this region's wall clock: the partition waits for the clock. */
        CLOCK_AHEAD,
        /**
         * The topic is not the log that was read: it was lost and made anew, cut short, or put back to an earlier state and
         * written on. The partition has stopped. If the region has all that was seen of it, the table is loaded anew; else
         * it waits until the region has rejoined.
         */
        OTHER_LOG,
        /** Records that were still needed are no longer kept: the partition has stopped, until the table is loaded anew. */
        LOST
    }
}
