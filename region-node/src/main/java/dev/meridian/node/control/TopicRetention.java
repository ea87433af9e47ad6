package dev.meridian.node.control;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicNames;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the retention of stream topics that are there, once after each start and whenever it changes, of tables for which
 * one was asked for. A topic that is not there yet is looked for again: it may just be made, for what was asked before.
 */
public final class TopicRetention implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(TopicRetention.class);

    /** Between two looks at the tables; somebody may wait for the first. */
    private static final long ROUND_MILLIS = 1_000;

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final InstantSource clock;
    private final Map<TableId, Long> settled = new HashMap<>();
    private long nextRoundMillis;
    private @Nullable Round running;

    /** What was asked of the bus. */
    private record Round(Map<String, TableDescriptor> tables, CompletionStage<Set<String>> there) {}

    public TopicRetention(RegionId region, Store store, OrderedBus bus, InstantSource clock) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.clock = clock;
    }

    @Override
    public int turn() {
        Round round = running;
        if (round != null) {
            if (!round.there.toCompletableFuture().isDone()) {
                return 0;
            }
            running = null;
            round.there.whenComplete((there, failure) -> finish(round, there, failure));
            return 1;
        }
        if (!DueTime.isReached(nextRoundMillis, ROUND_MILLIS, clock.millis())) {
            return 0;
        }
        nextRoundMillis = clock.millis() + ROUND_MILLIS;
        return begin();
    }

    private int begin() {
        Map<String, TableDescriptor> tables = new TreeMap<>();
        Map<String, Long> millis = new TreeMap<>();
        settled.keySet().removeIf(id -> store.catalog().table(id) == null);
        for (TableDescriptor table : store.catalog().tables().values()) {
            long wanted = table.topics().streamRetentionMillis();
            if (wanted != 0 && settled.getOrDefault(table.id(), 0L) != wanted) {
                String topic = TopicNames.of(Lane.STREAM, region, table.name(), table.id());
                tables.put(topic, table);
                millis.put(topic, wanted);
            }
        }
        if (tables.isEmpty()) {
            return 0;
        }
        running = new Round(tables, bus.retain(millis));
        return 1;
    }

    private void finish(Round round, @Nullable Set<String> there, @Nullable Throwable failure) {
        if (there == null) {
            LOG.warn("{}: {}; it is tried again", region, failure == null ? "" : failure.getMessage());
            return;
        }
        for (String topic : there) {
            TableDescriptor table = round.tables.get(topic);
            if (table != null) {
                settled.put(table.id(), table.topics().streamRetentionMillis());
            }
        }
    }
}
