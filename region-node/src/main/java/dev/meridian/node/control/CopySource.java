package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import dev.meridian.streams.RecordLink;
import dev.meridian.streams.TopicId;
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
import java.util.concurrent.CompletableFuture;
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

    /** How often it is looked whether a copy that is complete is still there. */
    private static final long LOOK_MILLIS = 2_000;

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
    private final Supplier<Optional<VersionVector>> applied;
    private final Underway underway = new Underway();
    private Phase phase = Phase.OPEN;
    private @Nullable ItemKey after;
    private @Nullable TopicId topic;
    private long lookAtMillis;
    private long entries;

    private enum Phase {
        OPEN,
        TOPIC,
        BEGIN,
        CHUNKS,
        DONE,
        GONE
    }

    /**
     * @param policy of the bus
     * @param applied what this region has applied of others; empty as long as it may lack something of that, or of its own
     */
    CopySource(
            RegionId region,
            TableDescriptor table,
            String loadId,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            InstantSource clock,
            Supplier<Optional<VersionVector>> applied) {
        this.region = region;
        this.table = table;
        this.to = new TopicPartition(TopicNames.copy(region, table.name(), table.id(), loadId), 0);
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
        boolean rests = phase == Phase.GONE
                || (phase == Phase.DONE && !DueTime.isReached(lookAtMillis, LOOK_MILLIS, clock.millis()));
        if (rests || !pace.isDue()) {
            return 0;
        }
        try {
            step();
        } catch (DamagedValueException damaged) {
            // Not passed over: the loader would take what is missing in a copy for deleted.
            LOG.error("{}: the copy to {} waits: {}", region, to.topic(), damaged.getMessage());
            pace.failed(damaged);
        }
        return 1;
    }

    /** The region's Kafka may lose the copy before it has been read. */
    private CompletionStage<Void> lookWhetherItIsThere() {
        lookAtMillis = clock.millis() + LOOK_MILLIS;
        return bus.topicIds(List.of(to.topic())).thenAccept(now -> {
            TopicId there = now.get(to.topic());
            if (topic != null && !topic.equals(there)) {
                throw new IllegalStateException("its topic was lost");
            }
            topic = there;
        });
    }

    /** Something may be missing in what was published: the loader takes the next attempt for a new copy. */
    private void beginAnew(Throwable failure) {
        LOG.warn("{}: the copy to {} is begun anew: {}", region, to.topic(), failure.getMessage());
        writer.close();
        writer = bus.writer(writerName, OrderedBus.Fencing.NONE);
        attempt = Math.max(attempt + 1, clock.millis());
        phase = Phase.OPEN;
        topic = null;
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
                Optional<VersionVector> others = applied.get();
                underway.begin(places().thenCompose(places -> store.write(WriteView::mark)
                        .thenCompose(mark -> append(begin(
                                places,
                                mark,
                                others.map(all -> all.with(new Version(mark, region)))
                                        .orElse(VersionVector.EMPTY))))));
                phase = Phase.CHUNKS;
            }
            case CHUNKS -> {
                Optional<CopyRecord.Chunk> read = store.read(this::chunk);
                if (read.isEmpty()) {
                    // What was published is no copy, and has no end.
                    phase = Phase.GONE;
                    return;
                }
                CopyRecord.Chunk chunk = read.get();
                if (chunk.entries().isEmpty()) {
                    underway.begin(append(new CopyRecord.End(attempt, entries, after, chunk.floor())));
                    phase = Phase.DONE;
                } else {
                    after = chunk.entries().get(chunk.entries().size() - 1).key();
                    entries += chunk.entries().size();
                    underway.begin(append(chunk));
                }
            }
            case DONE -> underway.begin(lookWhetherItIsThere());
            case GONE -> {}
        }
    }

    /** Empty if the table is gone. */
    private Optional<CopyRecord.Chunk> chunk(ReadView view) {
        return view.catalog().table(table.id()) == null
                ? Optional.empty()
                : Optional.of(new CopyRecord.Chunk(
                        attempt, after, view.copy(table, after, CHUNK_ENTRIES, CHUNK_BYTES), view.floor(table)));
    }

    private List<TopicPartition> own() {
        String topicOfOwn = TopicNames.of(Lane.REPLICATION, region, table.name(), table.id());
        return TopicPartition.allOf(topicOfOwn, table.partitions());
    }

    /** Where the own topics end, and behind which records. A topic that is not there yet is left out. */
    private CompletionStage<Map<TopicPartition, LogPosition>> places() {
        return bus.ends(own()).thenCompose(ends -> {
            CompletionStage<Map<TopicPartition, LogPosition>> places =
                    CompletableFuture.completedFuture(new TreeMap<>());
            for (TopicPartition at : ends.keySet()) {
                places = places.thenCompose(before -> bus.tail(at, Recognition::isMarked)
                        .thenApply(tail -> {
                            before.put(at, new LogPosition(tail.end(), tail.topic(), last(tail)));
                            return before;
                        }));
            }
            return places;
        });
    }

    private static @Nullable RecordLink last(OrderedBus.Tail tail) {
        boolean isNew = tail.last().isEmpty() && tail.start() == 0;
        return isNew ? RecordLink.NONE : tail.last().map(RecordLink::of).orElse(null);
    }

    private CopyRecord begin(Map<TopicPartition, LogPosition> places, HybridTimestamp mark, VersionVector seen) {
        return store.read(view -> {
            List<Position> positions = new ArrayList<>();
            // Of this life: what an earlier one said of these offsets does not count for who goes on there.
            own().forEach(at -> {
                LogPosition place = places.getOrDefault(at, LogPosition.START);
                positions.add(new Position(
                        region,
                        at,
                        new LogPosition(
                                place.next(),
                                place.topic(),
                                place.last(),
                                store.history().life(),
                                mark)));
            });
            for (Position position : view.positions()) {
                String topicOfOrigin = TopicNames.of(Lane.REPLICATION, position.origin(), table.name(), table.id());
                if (position.at().topic().equals(topicOfOrigin)) {
                    positions.add(position);
                }
            }
            TableStatistics counts = view.statistics(table);
            // The floor is kept across restarts, and tells of regions that have not been heard of since.
            VersionVector floor = view.floor(table);
            return new CopyRecord.Begin(
                    attempt, counts.items() + counts.tombstones(), positions, seen.join(floor), floor, store.history());
        });
    }

    private CompletionStage<List<Long>> append(CopyRecord record) {
        Bytes value = record.encode();
        TreeMap<String, String> headers = new TreeMap<>();
        Recognition.mark(RecordKind.COPY, null, value, headers);
        return writer.append(List.of(BusRecord.outgoing(to, clock.millis(), null, value, headers)));
    }

    @Override
    public void close() {
        writer.close();
    }
}
