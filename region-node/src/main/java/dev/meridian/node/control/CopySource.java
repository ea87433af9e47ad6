package dev.meridian.node.control;

import dev.meridian.model.Duty;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatistics;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Publishes a copy of a table for one new replica, a chunk at a time: short reads, one append in flight. */
final class CopySource implements Duty, AutoCloseable {
    private static final int CHUNK_ENTRIES = 1_000;
    private static final int CHUNK_BYTES = 512 << 10;
    private static final long RETENTION_MILLIS = Duration.ofDays(7).toMillis();
    private static final long BACKOFF_MILLIS = 500;

    private final RegionId region;
    private final TableDescriptor table;
    private final TopicPartition to;
    private final Store store;
    private final OrderedBus bus;
    private final InstantSource clock;
    private final BusWriter writer;
    private final long attempt;
    private volatile @Nullable CompletionStage<?> running;
    private Phase phase = Phase.OPEN;
    private @Nullable ItemKey after;
    private long entries;
    private long retryAtMillis;

    private enum Phase {
        OPEN,
        TOPIC,
        BEGIN,
        CHUNKS,
        END,
        DONE
    }

    /** @param attempt above that of any earlier attempt: the clock will do */
    CopySource(
            RegionId region,
            TableDescriptor table,
            String loadId,
            Store store,
            OrderedBus bus,
            InstantSource clock,
            long attempt) {
        this.region = region;
        this.table = table;
        this.to = new TopicPartition(TopicNames.copy(region, table.name(), loadId), 0);
        this.store = store;
        this.bus = bus;
        this.clock = clock;
        this.attempt = attempt;
        this.writer = bus.writer(region + ".copy." + loadId, OrderedBus.Fencing.NONE);
    }

    boolean isDone() {
        return phase == Phase.DONE;
    }

    /** It cannot go on: a new attempt is needed. */
    boolean hasFailed() {
        CompletionStage<?> stage = running;
        return stage != null && stage.toCompletableFuture().isCompletedExceptionally() && phase != Phase.OPEN;
    }

    @Override
    public int turn() {
        CompletionStage<?> stage = running;
        if (phase == Phase.DONE || clock.millis() < retryAtMillis) {
            return 0;
        }
        if (stage != null && !stage.toCompletableFuture().isDone()) {
            return 0;
        }
        if (stage != null && stage.toCompletableFuture().isCompletedExceptionally()) {
            retryAtMillis = clock.millis() + BACKOFF_MILLIS;
            return 0;
        }
        step();
        return 1;
    }

    private void step() {
        switch (phase) {
            case OPEN -> {
                running = writer.open();
                phase = Phase.TOPIC;
            }
            case TOPIC -> {
                running = bus.ensureTopic(new TopicSpec(to.topic(), 1, RETENTION_MILLIS, false));
                phase = Phase.BEGIN;
            }
            case BEGIN -> {
                // Ends first, items afterwards: what is not in the copy is at or behind them.
                running = bus.ends(own()).thenCompose(ends -> append(begin(ends)));
                phase = Phase.CHUNKS;
            }
            case CHUNKS -> {
                Optional<List<Versioned>> read = store.read(this::chunk);
                List<Versioned> chunk = read.orElse(List.of());
                if (chunk.isEmpty()) {
                    // If the table is gone, what was published is no copy, and has no end.
                    phase = read.isPresent() ? Phase.END : Phase.DONE;
                } else {
                    after = chunk.get(chunk.size() - 1).key();
                    entries += chunk.size();
                    running = append(new CopyRecord.Chunk(attempt, chunk));
                }
            }
            case END -> {
                running = append(new CopyRecord.End(attempt, entries));
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

    private CopyRecord begin(Map<TopicPartition, Long> ends) {
        List<Position> positions = new ArrayList<>();
        own().forEach(at -> positions.add(new Position(region, at, ends.getOrDefault(at, 0L))));
        for (Position position : store.read(ReadView::positions)) {
            String topic = TopicNames.of(Lane.REPLICATION, position.origin(), table.name());
            if (position.at().topic().equals(topic)) {
                positions.add(position);
            }
        }
        TableStatistics counts = store.read(view -> view.statistics(table));
        return new CopyRecord.Begin(attempt, counts.items() + counts.tombstones(), positions);
    }

    private CompletionStage<List<Long>> append(CopyRecord record) {
        return writer.append(List.of(BusRecord.outgoing(to, clock.millis(), null, record.encode(), new TreeMap<>())));
    }

    @Override
    public void close() {
        writer.close();
    }
}
