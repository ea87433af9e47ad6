package dev.meridian.streams.triggers;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What a trigger has done since it was started. */
final class Counters {
    /** In the order of a record's way. */
    enum Counter {
        /** Records read from the topic. */
        READ("read"),
        /** Records that no filter wanted. */
        FILTERED("filtered"),
        /** Calls of the function, retries too. */
        INVOCATIONS("invocations"),
        /** Calls that failed, in whole or in part. */
        FAILURES("failures"),
        /** Calls that found the function not there, or without time. */
        UNAVAILABLE("unavailable"),
        /** Batches that were cut in two. */
        BISECTIONS("bisections"),
        /** Records that the function has done. */
        DELIVERED("delivered"),
        /** Records that were given up and are in the dead-letter topic. */
        DEAD_LETTERED("deadLettered"),
        /** Records that were given up and are nowhere. */
        DISCARDED("discarded"),
        /** Offsets that Kafka let go of before they were read. */
        EXPIRED("expired");

        private final String wireName;

        Counter(String wireName) {
            this.wireName = wireName;
        }

        String wireName() {
            return wireName;
        }
    }

    private final Map<Counter, LongAdder> counts = new EnumMap<>(Counter.class);

    Counters() {
        for (Counter counter : Counter.values()) {
            counts.put(counter, new LongAdder());
        }
    }

    void add(Counter counter, long count) {
        LongAdder adder = counts.get(counter);
        if (adder == null) {
            throw new AssertionError(counter);
        }
        adder.add(count);
    }

    Map<String, Long> all() {
        Map<String, Long> all = new java.util.LinkedHashMap<>();
        new TreeMap<>(counts).forEach((counter, count) -> all.put(counter.wireName(), count.sum()));
        return all;
    }
}
