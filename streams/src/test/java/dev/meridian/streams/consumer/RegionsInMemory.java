package dev.meridian.streams.consumer;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Regions as a consumer sees them: each writes, replicates to the others whenever it is told to, and publishes what it
 * applies. The later version wins.
 */
final class RegionsInMemory {
    static final String TABLE = "table";
    static final int PARTITIONS = 2;

    final List<RegionId> names = List.of(new RegionId("a"), new RegionId("b"), new RegionId("c"));
    final Map<RegionId, MemoryBus> buses = new LinkedHashMap<>();
    final Map<String, List<Version>> written = new TreeMap<>();

    private final Map<RegionId, BusWriter> writers = new HashMap<>();
    private final Map<RegionId, Map<String, Version>> items = new HashMap<>();
    private final Map<RegionId, Long> clocks = new HashMap<>();
    private final Map<RegionId, Long> sequences = new HashMap<>();
    private final Map<String, Deque<Write>> under = new TreeMap<>();
    private long now = 1_000;

    private record Write(String key, Version version) {}

    RegionsInMemory() {
        for (RegionId name : names) {
            MemoryBus bus = new MemoryBus();
            bus.ensureTopic(new TopicSpec(topic(name), PARTITIONS, 1_000_000, false));
            BusWriter writer = bus.writer("w", Fencing.FENCED);
            writer.open();
            buses.put(name, bus);
            writers.put(name, writer);
            items.put(name, new HashMap<>());
        }
    }

    static String topic(RegionId region) {
        return TopicNames.of(Lane.STREAM, region, TABLE);
    }

    static int partition(String key) {
        return Math.floorMod(key.hashCode(), PARTITIONS);
    }

    /** The version that all regions end with. */
    Version winner(String key) {
        return written.get(key).stream().max(Version::compareTo).orElseThrow();
    }

    void write(RegionId region, String key) {
        now += 3;
        Version held = items.get(region).get(key);
        long clock = Math.max(
                clocks.getOrDefault(region, 0L) + 1,
                HybridTimestamp.ofMillis(now).bits());
        clock = Math.max(clock, held == null ? 0 : held.time().bits() + 1);
        clocks.put(region, clock);
        Write write = new Write(key, new Version(new HybridTimestamp(clock), region));
        written.computeIfAbsent(key, unused -> new ArrayList<>()).add(write.version);
        apply(region, write);
        for (RegionId other : names) {
            if (!other.equals(region)) {
                way(region, other, partition(key)).add(write);
            }
        }
    }

    private Deque<Write> way(RegionId from, RegionId to, int partition) {
        return under.computeIfAbsent(from + ">" + to + "/" + partition, unused -> new ArrayDeque<>());
    }

    /** Applies so many of what is under way from one region to another. */
    void replicate(RegionId from, RegionId to, int most) {
        now++;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            Deque<Write> way = way(from, to, partition);
            for (int i = 0; i < most && !way.isEmpty(); i++) {
                Write write = way.poll();
                Version held = items.get(to).get(write.key);
                if (held == null || write.version.compareTo(held) > 0) {
                    apply(to, write);
                }
            }
        }
    }

    private void apply(RegionId region, Write write) {
        Version before = items.get(region).put(write.key, write.version);
        publish(region, write, before == null ? "INSERT" : "MODIFY");
    }

    /** As a region does that loads its table anew and does not find the item. */
    void purge(RegionId region, String key) {
        now++;
        publish(region, new Write(key, items.get(region).remove(key)), "REMOVE");
    }

    private void publish(RegionId region, Write write, String event) {
        TreeMap<String, String> headers = new TreeMap<>();
        headers.put(Headers.ORIGIN, write.version.region().value());
        headers.put(Headers.VERSION, Headers.text(write.version));
        headers.put(Headers.SEQUENCE, Long.toString(sequences.merge(region, 1L, Long::sum)));
        headers.put(Headers.CAUSE, write.version.region().equals(region) ? "user" : "replication");
        headers.put(Headers.TABLE_ID, new UUID(1, 1).toString());
        String item = "{\"pk\":{\"S\":\"" + write.key + "\"}}";
        String value = "{\"awsRegion\":\"" + region + "\",\"eventID\":\"x\",\"eventName\":\""
                + event + "\",\"tableName\":\"" + TABLE
                + "\",\"dynamodb\":{\"ApproximateCreationDateTime\":" + now + ",\"Keys\":" + item
                + (event.equals("REMOVE") ? "" : ",\"NewImage\":" + item)
                + "}}";
        writers.get(region)
                .append(List.of(BusRecord.outgoing(
                        new TopicPartition(topic(region), partition(write.key)),
                        now,
                        bytes(item),
                        bytes(value),
                        headers)));
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    void heal() {
        buses.values().forEach(MemoryBus::up);
        for (RegionId from : names) {
            for (RegionId to : names) {
                if (!from.equals(to)) {
                    replicate(from, to, Integer.MAX_VALUE);
                }
            }
        }
    }
}
