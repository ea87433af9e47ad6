package dev.meridian.simulator.check;

import dev.meridian.model.RegionId;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Headers;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A region's stream topic has each change that the region committed once, in the order of the commits, without gaps. */
public final class StreamOrder {
    private static final String LAW = "streams have each change once and in order";

    private final Map<TopicPartition, List<Long>> committed = new TreeMap<>();

    /** A region has committed a change that is to go out by this partition. */
    public void committed(TopicPartition to, SequenceNumber sequence) {
        committed.computeIfAbsent(to, unused -> new ArrayList<>()).add(sequence.value());
    }

    public java.util.Set<TopicPartition> partitions() {
        return java.util.Collections.unmodifiableSet(committed.keySet());
    }

    /**
     * Looks at what is in a partition.
     *
     * @param isAll whether all that was committed must be there by now
     */
    public void check(RegionId region, TopicPartition at, List<BusRecord> records, boolean isAll) {
        List<Long> expected = committed.getOrDefault(at, List.of());
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
}
