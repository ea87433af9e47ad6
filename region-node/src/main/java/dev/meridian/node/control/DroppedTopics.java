package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.ReadView;
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
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
    /** Documents by table name. */
    private static final String SPACE = "dropped-topics";

    private static final Logger LOG = LoggerFactory.getLogger(DroppedTopics.class);
    private static final long MARGIN_MILLIS = 3_600_000;
    private static final long LOOK_MILLIS = 60_000;
    private static final String FORMAT = "1";

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
    private long lookedMillis;

    /**
     * @param emptyAtMillis when the last record has expired
     * @param deleting whether it has been begun
     */
    private record Dropped(TableId table, long emptyAtMillis, boolean deleting) {
        Bytes encode() {
            return Memberships.utf8(String.join("\n", FORMAT, table.toString(), emptyAtMillis + "", deleting + ""));
        }

        static Dropped decode(Bytes bytes) {
            String[] parts = new String(bytes.toArray(), StandardCharsets.UTF_8).split("\n", -1);
            if (!parts[0].equals(FORMAT)) {
                throw new IllegalArgumentException("dropped topics of format " + parts[0]);
            }
            return new Dropped(
                    new TableId(UUID.fromString(parts[1])), Long.parseLong(parts[2]), Boolean.parseBoolean(parts[3]));
        }
    }

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
        this.lookedMillis = clock.millis() - LOOK_MILLIS;
        store.read(view -> {
            for (String name : view.documentKeys(SPACE)) {
                dropped(view, name).filter(Dropped::deleting).ifPresent(unused -> hold(name));
            }
            return true;
        });
    }

    /** To be called where a table is dropped, in the same transaction. */
    static void note(WriteView view, TableDescriptor table, long nowMillis) {
        long kept = table.topics().retentionOfNewStream();
        if (kept == TopicSettings.FOR_EVER) {
            return;
        }
        Dropped dropped = new Dropped(table.id(), nowMillis + kept + MARGIN_MILLIS, false);
        view.document(SPACE, table.name(), dropped.encode());
    }

    private static Optional<Dropped> dropped(ReadView view, String name) {
        return view.document(SPACE, name).map(Dropped::decode);
    }

    /** Whether what is in the topics of this name is on its way out: their ends mean nothing. */
    boolean isDeleting(String table) {
        return publishers.entrySet().stream()
                .anyMatch(lane -> lane.getValue().isHeld(TopicNames.of(lane.getKey(), region, table)));
    }

    private void hold(String table) {
        publishers.forEach((lane, publisher) -> publisher.hold(TopicNames.of(lane, region, table)));
    }

    private void release(String table) {
        publishers.forEach((lane, publisher) -> {
            String topic = TopicNames.of(lane, region, table);
            onDeleted.accept(topic);
            publisher.release(topic);
        });
    }

    @Override
    public int turn() {
        if (underway.waits(this::finish)) {
            return 0;
        }
        long passed = clock.millis() - lookedMillis;
        if (!pace.isDue() || (passed >= 0 && passed < LOOK_MILLIS)) {
            return 0;
        }
        for (String name : store.read(view -> view.documentKeys(SPACE))) {
            Optional<Dropped> found = store.read(view -> dropped(view, name));
            if (found.isPresent() && begin(name, found.get())) {
                return 1;
            }
        }
        lookedMillis = clock.millis();
        return 0;
    }

    private void finish(Optional<Throwable> failure) {
        String table = java.util.Objects.requireNonNull(deleting);
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
        release(table);
        LOG.info("{}: the topics of {}, which was dropped, are deleted", region, table);
    }

    private boolean begin(String name, Dropped dropped) {
        if (!dropped.deleting()) {
            if (clock.millis() < dropped.emptyAtMillis() || !isUnneeded(name)) {
                return false;
            }
            // Held first and looked at again: either this sees a new table, or the publishers see that it is held.
            hold(name);
            if (!isUnneeded(name)) {
                release(name);
                return false;
            }
        }
        deleting = name;
        Dropped begun = new Dropped(dropped.table(), dropped.emptyAtMillis(), true);
        underway.begin(replace(name, dropped, begun)
                .thenCompose(unused -> bus.deleteTopic(TopicNames.of(Lane.STREAM, region, name)))
                .thenCompose(unused -> bus.deleteTopic(TopicNames.of(Lane.REPLICATION, region, name)))
                .thenCompose(unused -> replace(name, begun, null)));
        return true;
    }

    /** A table of this name that is dropped meanwhile has written its own. */
    private CompletionStage<Boolean> replace(String name, Dropped was, @Nullable Dropped is) {
        return store.write(view -> {
            boolean same = dropped(view, name).equals(Optional.of(was));
            if (same && !was.equals(is)) {
                view.document(SPACE, name, is == null ? null : is.encode());
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
