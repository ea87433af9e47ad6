package dev.meridian.node.control;

import dev.meridian.model.Duty;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes a copy of a table for one new replica, a chunk at a time: short reads, one append in flight. */
final class CopySource implements Duty, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopySource.class);
    private static final int CHUNK_ENTRIES = 1_000;
    private static final int CHUNK_BYTES = 512 << 10;
    private static final long RETENTION_MILLIS = Duration.ofDays(7).toMillis();

    private final RegionId region;
    private final TableDescriptor table;
    private final TopicPartition to;
    private final Store store;
    private final OrderedBus bus;
    private final InstantSource clock;
    private final String writerName;
    private final Pace pace;
    private BusWriter writer;
    private long attempt;
    private final Supplier<VersionVector> applied;
    private final Underway underway = new Underway();
    private Phase phase = Phase.OPEN;
    private @Nullable ItemKey after;
    private long entries;

    private enum Phase {
        OPEN,
        TOPIC,
        BEGIN,
        CHUNKS,
        END,
        DONE
    }

    /**
     * @param policy of the bus
     * @param applied what this region has applied of others
     */
    CopySource(
            RegionId region,
            TableDescriptor table,
            String loadId,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            InstantSource clock,
            Supplier<VersionVector> applied) {
        this.region = region;
        this.table = table;
        this.to = new TopicPartition(TopicNames.copy(region, table.name(), loadId), 0);
        this.store = store;
        this.bus = bus;
        this.clock = clock;
        // Above that of any earlier attempt.
        this.attempt = clock.millis();
        this.pace = policy.pace();
        this.applied = applied;
        this.writerName = region + ".copy." + loadId;
        this.writer = bus.writer(writerName, OrderedBus.Fencing.NONE);
    }

    @Override
    public int turn() {
        if (underway.waits(this::ended)) {
            return 0;
        }
        if (phase == Phase.DONE || !pace.isDue()) {
            return 0;
        }
        step();
        return 1;
    }

    /** Something may be missing in what was published: the loader takes the next attempt for a new copy. */
    private void beginAnew(Throwable failure) {
        LOG.warn("{}: the copy to {} is begun anew: {}", region, to.topic(), failure.getMessage());
        writer.close();
        writer = bus.writer(writerName, OrderedBus.Fencing.NONE);
        attempt = Math.max(attempt + 1, clock.millis());
        phase = Phase.OPEN;
        after = null;
        entries = 0;
        pace.failed(failure);
    }

    private void ended(Optional<Throwable> failure) {
        if (failure.isPresent()) {
            beginAnew(failure.get());
        } else if (phase != Phase.TOPIC) {
            pace.succeeded();
        }
    }

    private void step() {
        switch (phase) {
            case OPEN -> {
                underway.begin(writer.open());
                phase = Phase.TOPIC;
            }
            case TOPIC -> {
                underway.begin(bus.ensureTopic(new TopicSpec(to.topic(), 1, RETENTION_MILLIS, false)));
                phase = Phase.BEGIN;
            }
            case BEGIN -> {
                // Ends and clocks first, items afterwards: what is not in the copy is at or behind them.
                VersionVector others = applied.get();
                underway.begin(bus.ends(own())
                        .thenCompose(ends -> store.write(WriteView::mark)
                                .thenCompose(mark -> append(begin(ends, others.with(new Version(mark, region)))))));
                phase = Phase.CHUNKS;
            }
            case CHUNKS -> {
                Optional<List<Versioned>> read = store.read(this::chunk);
                List<Versioned> chunk = read.orElse(List.of());
                if (chunk.isEmpty()) {
                    // If the table is gone, what was published is no copy, and has no end.
                    phase = read.isPresent() ? Phase.END : Phase.DONE;
                } else {
                    ItemKey behind = after;
                    after = chunk.get(chunk.size() - 1).key();
                    entries += chunk.size();
                    underway.begin(append(new CopyRecord.Chunk(attempt, behind, chunk)));
                }
            }
            case END -> {
                underway.begin(append(new CopyRecord.End(attempt, entries, after)));
                phase = Phase.DONE;
            }
            case DONE -> {}
        }
    }

    /** Empty if the table is gone. */
    private Optional<List<Versioned>> chunk(ReadView view) {
        return view.catalog().table(table.id()) == null
                ? Optional.empty()
                : Optional.of(view.copy(table, after, CHUNK_ENTRIES, CHUNK_BYTES));
    }

    private List<TopicPartition> own() {
        List<TopicPartition> own = new ArrayList<>();
        for (int partition = 0; partition < table.partitions(); partition++) {
            own.add(new TopicPartition(TopicNames.of(Lane.REPLICATION, region, table.name()), partition));
        }
        return own;
    }

    private CopyRecord begin(Map<TopicPartition, Long> ends, VersionVector seen) {
        List<Position> positions = new ArrayList<>();
        own().forEach(at -> positions.add(new Position(region, at, ends.getOrDefault(at, 0L))));
        for (Position position : store.read(ReadView::positions)) {
            String topic = TopicNames.of(Lane.REPLICATION, position.origin(), table.name());
            if (position.at().topic().equals(topic)) {
                positions.add(position);
            }
        }
        TableStatistics counts = store.read(view -> view.statistics(table));
        // The floor is kept across restarts, and tells of regions that have not been heard of since.
        VersionVector floor = store.read(view -> view.floor(table));
        return new CopyRecord.Begin(attempt, counts.items() + counts.tombstones(), positions, seen.join(floor), floor);
    }

    private CompletionStage<List<Long>> append(CopyRecord record) {
        return writer.append(List.of(BusRecord.outgoing(to, clock.millis(), null, record.encode(), new TreeMap<>())));
    }

    @Override
    public void close() {
        writer.close();
    }
}
