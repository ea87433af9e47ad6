package dev.meridian.node.control;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.DroppedTable;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicSettings;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the topics of tables that were dropped here, once nobody can need what is in them: the stream's records have
 * expired, and each replica has dropped the table too and said so, and with it its positions in the replication topic.
 *
 * <p>A later table of the same name has the same topics. While they are deleted the publishers hold it back, and nobody
 * asks for their ends; that they are is kept, for a request may still be under way when the process dies. What was begun is
 * repeated until it is done.
 */
final class DroppedTopics implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(DroppedTopics.class);
    private static final long MARGIN_MILLIS = 3_600_000;
    private static final long LOOK_MILLIS = 60_000;

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final Map<Lane, Publisher> publishers;
    private final Memberships memberships;
    private final Consumer<String> onDeleted;
    private final InstantSource clock;
    private final Pace pace;
    private final Underway underway = new Underway();
    private @Nullable String deleting;
    private @Nullable TableId deletingId;
    private long nextLookMillis;

    /** @param onDeleted told of each topic that is gone, before it may be made anew */
    DroppedTopics(
            RegionId region,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            Map<Lane, Publisher> publishers,
            Memberships memberships,
            Consumer<String> onDeleted,
            InstantSource clock) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.publishers = publishers;
        this.memberships = memberships;
        this.onDeleted = onDeleted;
        this.clock = clock;
        this.pace = policy.pace();
        store.read(view -> {
            for (String name : view.documentKeys(DroppedTable.SPACE)) {
                DroppedTable.of(view, name)
                        .filter(DroppedTable::deleting)
                        .ifPresent(dropped -> hold(name, dropped.id()));
            }
            return true;
        });
    }

    /** To be called where a table is dropped, in the same transaction. */
    static void note(WriteView view, TableDescriptor table, long nowMillis) {
        long kept = table.topics().retentionOfNewStream();
        // Topics that are kept for ever are noted too: a later table must not have topics that collide with them.
        long emptyAtMillis = kept == TopicSettings.FOR_EVER ? Long.MAX_VALUE : nowMillis + kept + MARGIN_MILLIS;
        DroppedTable dropped = new DroppedTable(table.id(), emptyAtMillis, false);
        view.document(DroppedTable.SPACE, table.name(), dropped.encode());
    }

    /** Whether what is in the topics of this table is on its way out: their ends mean nothing. */
    boolean isDeleting(String table, TableId id) {
        return publishers.entrySet().stream()
                .anyMatch(lane -> lane.getValue().isHeld(TopicNames.of(lane.getKey(), region, table, id)));
    }

    private void hold(String table, TableId id) {
        publishers.forEach((lane, publisher) -> publisher.hold(TopicNames.of(lane, region, table, id)));
    }

    private void release(String table, TableId id) {
        publishers.forEach((lane, publisher) -> {
            String topic = TopicNames.of(lane, region, table, id);
            onDeleted.accept(topic);
            publisher.release(topic);
        });
    }

    @Override
    public int turn() {
        if (underway.waits(this::finish)) {
            return 0;
        }
        if (!pace.isDue() || !DueTime.isReached(nextLookMillis, LOOK_MILLIS, clock.millis())) {
            return 0;
        }
        for (String name : store.read(view -> view.documentKeys(DroppedTable.SPACE))) {
            Optional<DroppedTable> found = store.read(view -> DroppedTable.of(view, name));
            if (found.isPresent() && begin(name, found.get())) {
                return 1;
            }
        }
        nextLookMillis = clock.millis() + LOOK_MILLIS;
        return 0;
    }

    private void finish(Optional<Throwable> failure) {
        String table = java.util.Objects.requireNonNull(deleting);
        TableId id = java.util.Objects.requireNonNull(deletingId);
        if (failure.isPresent()) {
            LOG.warn(
                    "{}: the topics of {} are still there: {}",
                    region,
                    table,
                    failure.get().getMessage());
            pace.failed(failure.get());
            return;
        }
        pace.succeeded();
        release(table, id);
        LOG.info("{}: the topics of {}, which was dropped, are deleted", region, table);
    }

    private boolean begin(String name, DroppedTable dropped) {
        if (!dropped.deleting()) {
            if (clock.millis() < dropped.emptyAtMillis() || !isUnneeded(name)) {
                return false;
            }
            // Held first and looked at again: either this sees a new table, or the publishers see that it is held.
            hold(name, dropped.id());
            if (!isUnneeded(name)) {
                release(name, dropped.id());
                return false;
            }
        }
        deleting = name;
        deletingId = dropped.id();
        DroppedTable begun = new DroppedTable(dropped.id(), dropped.emptyAtMillis(), true);
        underway.begin(replace(name, dropped, begun)
                .thenCompose(unused -> bus.deleteTopic(TopicNames.of(Lane.STREAM, region, name, dropped.id())))
                .thenCompose(unused -> bus.deleteTopic(TopicNames.of(Lane.REPLICATION, region, name, dropped.id())))
                .thenCompose(unused -> replace(name, begun, null)));
        return true;
    }

    /** A table of this name that is dropped meanwhile has written its own. */
    private CompletionStage<Boolean> replace(String name, DroppedTable was, @Nullable DroppedTable is) {
        return store.write(view -> {
            boolean same = DroppedTable.of(view, name).equals(Optional.of(was));
            if (same && !was.equals(is)) {
                view.document(DroppedTable.SPACE, name, is == null ? null : is.encode());
            }
            return same;
        });
    }

    private boolean isUnneeded(String name) {
        boolean published = publishers.keySet().stream()
                .flatMap(lane -> store.changes().pending(lane).stream())
                .noneMatch(partition -> partition.table().equals(name));
        boolean later = store.catalog().table(name) != null
                || memberships.all().values().stream()
                        .anyMatch(table -> table.name().equals(name) && !isOverEverywhere(table));
        return published && !later;
    }

    /** What another region says of itself is final: it has dropped the table, and forgotten where it was in its changes. */
    private static boolean isOverEverywhere(GlobalTable table) {
        return table.members().entrySet().stream()
                .allMatch(member -> member.getValue().hasConfirmedBy(member.getKey()));
    }
}
