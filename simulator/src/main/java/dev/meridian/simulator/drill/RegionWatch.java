package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.RegionId;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.streams.Lane;
import dev.meridian.streams.TopicNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Asks each region several times a second what it has applied and how its replicators are. One thread a region. */
final class RegionWatch implements AutoCloseable {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final DrillCluster cluster;
    private final DrillClock clock;
    private final NodeClient pages;
    private final Map<String, String> tableOfTopic = new TreeMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Applied> applied = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();
    private final List<PairState> states = new ArrayList<>();
    private final Map<RegionId, Long> backlogs = new ConcurrentSkipListMap<>();
    private final Map<RegionPair, String> lastStates = new ConcurrentSkipListMap<>();
    private final Consumer<PairState> onChange;
    private volatile boolean closing;

    /** @param onChange told when a pair's state is another than before */
    RegionWatch(DrillCluster cluster, DrillClock clock, Collection<String> tables, Consumer<PairState> onChange) {
        this.cluster = cluster;
        this.clock = clock;
        this.pages = cluster.pages();
        this.onChange = onChange;
        for (RegionId region : cluster.regions()) {
            tables.forEach(table -> tableOfTopic.put(TopicNames.of(Lane.REPLICATION, region, table), table));
        }
    }

    void start() {
        for (RegionId region : cluster.regions()) {
            Thread thread = new Thread(() -> watch(region), "watch-" + region);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void watch(RegionId region) {
        int starts = cluster.process(region).starts();
        long after = 0;
        while (!closing) {
            int now = cluster.process(region).starts();
            after = now == starts ? after : 0;
            starts = now;
            try {
                after = takeApplied(region, after);
                takeStates(region);
            } catch (CommandFailedException down) {
                backlogs.remove(region);
                isDown(region);
            }
            LockSupport.parkNanos(PERIOD_NANOS);
        }
    }

    private long takeApplied(RegionId region, long after) {
        long last = after;
        boolean more = true;
        while (more) {
            JsonNode page = pages.get(region.value(), "drill/applied", Map.of("after", String.valueOf(last)));
            for (JsonNode row : page.path("applied")) {
                last = row.path(0).asLong();
                take(region, page.path("offsetMillis").asLong(), row);
            }
            more = page.path("more").asBoolean();
        }
        return last;
    }

    private void take(RegionId region, long offset, JsonNode row) {
        RegionId from = new RegionId(row.path(1).asText());
        String topic = row.path(2).asText();
        String table = tableOfTopic.get(topic);
        if (table == null) {
            return;
        }
        long fromOffset = cluster.clockOffsetMillis(from);
        long published = row.path(6).asLong();
        RegionPair pair = new RegionPair(from, region);
        String id = topic + "/" + row.path(3).asInt() + "/" + row.path(4).asLong();
        Applied record = new Applied(
                pair,
                table,
                id,
                row.path(5).asLong() - fromOffset,
                published < 0 ? -1 : published - fromOffset,
                row.path(7).asLong() - offset,
                row.path(8).asLong() - offset);
        synchronized (this) {
            if (seen.add(pair.to() + " " + id)) {
                applied.add(record);
            }
        }
    }

    private void takeStates(RegionId region) {
        JsonNode page = pages.get(region.value(), "replication", Map.of());
        backlogs.put(
                region,
                page.path("publishers").path("replication").path("backlog").asLong());
        page.path("remote").fields().forEachRemaining(remote -> {
            JsonNode said = remote.getValue();
            RegionId from = new RegionId(remote.getKey());
            note(new PairState(
                    new RegionPair(from, region),
                    clock.micros(),
                    said.path("state").asText(),
                    said.path("pending").asLong(-1),
                    said.path("conflicts").asLong(),
                    backlogs.getOrDefault(from, -1L)));
        });
    }

    private void isDown(RegionId region) {
        for (RegionId from : cluster.regions()) {
            if (!from.equals(region)) {
                note(new PairState(new RegionPair(from, region), clock.micros(), PairState.DOWN, 0, 0, -1));
            }
        }
    }

    private void note(PairState state) {
        synchronized (this) {
            states.add(state);
        }
        String before = lastStates.put(state.pair(), state.state());
        if (before != null && !before.equals(state.state())) {
            onChange.accept(state);
        }
    }

    synchronized List<Applied> applied() {
        return List.copyOf(applied);
    }

    /** Those from an index on. */
    synchronized List<Applied> appliedFrom(int index) {
        return List.copyOf(applied.subList(index, applied.size()));
    }

    synchronized List<PairState> states() {
        return List.copyOf(states);
    }

    /** Returns when nobody is asked any more. */
    @Override
    public void close() {
        closing = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException asked) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
