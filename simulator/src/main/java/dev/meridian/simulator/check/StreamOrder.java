package dev.meridian.simulator.check;

import dev.meridian.model.RegionId;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Headers;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A region's stream topic has each change that the region committed once, in the order of the commits, without gaps. */
public final class StreamOrder {
    private static final String LAW = "streams have each change once and in order";

    private final Map<TopicPartition, List<Long>> committed = new TreeMap<>();

    /** Whether the region has the folder and the Kafka that it began with. */
    private boolean isWhole = true;

    /** A region has committed a change that is to go out by this partition. */
    public void committed(TopicPartition to, SequenceNumber sequence) {
        committed.computeIfAbsent(to, unused -> new ArrayList<>()).add(sequence.value());
    }

    /** The folder or the Kafka was replaced: sequence numbers begin anew, and what was there before may be gone. */
    public void replaced() {
        committed.clear();
        isWhole = false;
    }

    public Set<TopicPartition> partitions() {
        return java.util.Collections.unmodifiableSet(committed.keySet());
    }

    /**
     * Looks at what is in a partition.
     *
     * @param isAll whether all that was committed must be there by now
     */
    public void check(RegionId region, TopicPartition at, List<BusRecord> records, boolean isAll) {
        List<Long> expected = committed.getOrDefault(at, List.of());
        if (!isWhole) {
            checkNoneIsMissing(region, at, expected, records, isAll);
            return;
        }
        for (int i = 0; i < records.size(); i++) {
            BusRecord record = records.get(i);
            long sequence = Long.parseLong(record.headers().getOrDefault(Headers.SEQUENCE, "-1"));
            int place = i;
            LawBroken.unless(
                    place < expected.size() && expected.get(place) == sequence,
                    LAW,
                    () -> at + " of " + region + " has change " + sequence + " at offset " + record.offset()
                            + ", where " + (place < expected.size() ? expected.get(place) : "nothing")
                            + " is expected");
        }
        LawBroken.unless(
                !isAll || records.size() == expected.size(),
                LAW,
                () -> at + " of " + region + " has " + records.size() + " of " + expected.size() + " changes");
    }

    private static void checkNoneIsMissing(
            RegionId region, TopicPartition at, List<Long> expected, List<BusRecord> records, boolean isAll) {
        Set<String> there = new HashSet<>();
        records.forEach(record -> there.add(record.headers().get(Headers.SEQUENCE)));
        List<Long> missing = expected.stream()
                .filter(sequence -> !there.contains(sequence.toString()))
                .toList();
        LawBroken.unless(
                !isAll || missing.isEmpty(), LAW, () -> at + " of " + region + " lacks the changes " + missing);
    }
}
