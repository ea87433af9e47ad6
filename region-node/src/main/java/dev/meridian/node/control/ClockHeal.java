package dev.meridian.node.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import dev.meridian.replicator.Voided;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the versions of a region anew whose clock had run away and has been set right. No other region has applied them, for
 * versions and marks that are ahead wait there. So the region may take them back:
 *
 * <ol>
 *   <li>All of its changes are published, and where its replication topics end is asked for.
 *   <li>In one transaction its clock is lowered, to the highest that anybody has seen of it or that is right now, and those
 *       ends are kept. From here on it goes on after a restart.
 *   <li>Each global table says what of its topics is {@link Voided}: the others pass over it.
 *   <li>Each item and tombstone that has one of those versions gets a new one, and goes out again.
 * </ol>
 *
 * <p>Invariant: from the first step to the last no request writes, so that nothing is given a version above one of those.
 */
public final class ClockHeal implements Duty {
    private static final Logger LOG = LoggerFactory.getLogger(ClockHeal.class);

    /** Documents: the only one is there while a heal is past its second step. */
    private static final String SPACE = "clock-heal";

    private static final String KEY = "voided";
    private static final int FORMAT = 1;

    /** Heartbeats come five times a second. */
    private static final long HEARD_MILLIS = 5_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final Publisher publisher;
    private final Memberships memberships;
    private final SortedMap<RegionId, Replicator> peers;
    private final InstantSource clock;
    private final Supplier<VersionVector> applied;
    private final Pace pace;
    private final Underway underway = new Underway();
    private final Deque<MissedWrites> reissuing = new ArrayDeque<>();
    private boolean listed;
    private volatile boolean wanted;
    private volatile @Nullable Progress progress;

    /** What is taken back: by table, all between two clocks before these offsets. */
    private record Progress(
            HybridTimestamp above, HybridTimestamp through, SortedMap<TableId, SortedMap<Integer, Long>> ends) {
        Bytes encode() {
            ObjectNode json = JSON.createObjectNode();
            json.put("format", FORMAT).put("above", above.bits()).put("through", through.bits());
            ObjectNode tables = json.putObject("ends");
            ends.forEach((table, byPartition) -> {
                ObjectNode entry = tables.putObject(table.toString());
                byPartition.forEach((partition, end) -> entry.put(String.valueOf(partition), end));
            });
            try {
                return Bytes.wrap(JSON.writeValueAsBytes(json));
            } catch (JsonProcessingException impossible) {
                throw new AssertionError(impossible);
            }
        }

        static Progress decode(Bytes bytes) {
            try {
                JsonNode json = JSON.readTree(bytes.toArray());
                if (json.path("format").asInt() != FORMAT) {
                    throw new IllegalStateException("a clock's heal of format " + json.path("format"));
                }
                TreeMap<TableId, SortedMap<Integer, Long>> ends = new TreeMap<>();
                json.path("ends").fields().forEachRemaining(table -> {
                    TreeMap<Integer, Long> byPartition = new TreeMap<>();
                    table.getValue()
                            .fields()
                            .forEachRemaining(end -> byPartition.put(
                                    Integer.valueOf(end.getKey()),
                                    end.getValue().asLong()));
                    ends.put(TableId.parse(table.getKey()), byPartition);
                });
                return new Progress(
                        new HybridTimestamp(json.path("above").asLong()),
                        new HybridTimestamp(json.path("through").asLong()),
                        ends);
            } catch (IOException broken) {
                throw new IllegalStateException("a clock's heal is no JSON", broken);
            }
        }

        Voided voided(TableId table) {
            return new Voided(above, through, ends.getOrDefault(table, new TreeMap<>()));
        }
    }

    /** @param applied what this region has applied of others: its clock is not lowered below that */
    ClockHeal(
            RegionId region,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            Publisher publisher,
            Memberships memberships,
            SortedMap<RegionId, Replicator> peers,
            InstantSource clock,
            Supplier<VersionVector> applied) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.publisher = publisher;
        this.memberships = memberships;
        this.peers = peers;
        this.clock = clock;
        this.applied = applied;
        this.pace = policy.pace();
        store.read(view -> view.document(SPACE, KEY)).map(Progress::decode).ifPresent(begun -> progress = begun);
    }

    /**
     * Begins in a later turn.
     *
     * @throws IllegalArgumentException if it cannot be done now; the message says why
     */
    public void request() {
        if (isHealing()) {
            return;
        }
        refusal().ifPresent(why -> {
            throw new IllegalArgumentException(why);
        });
        LOG.warn("{}: the versions that it made by a clock that ran away are made anew", region);
        wanted = true;
    }

    private Optional<String> refusal() {
        long bound = clock.millis() + Replicator.CLOCK_BOUND_MILLIS;
        if (store.committedThrough().millis() <= bound) {
            return Optional.of("the versions of " + region + " are not ahead of its clock: there is nothing to heal");
        }
        for (Map.Entry<RegionId, Replicator> peer : peers.entrySet()) {
            if (seenBy(peer.getValue()).millis() > bound) {
                return Optional.of("region " + peer.getKey() + " says that it has applied what " + region
                        + " made by that clock: its release is older, or its clock is ahead too. Upgrade it, or set its"
                        + " clock right, restart it, and try again");
            }
        }
        for (GlobalTable table : memberships.all().values()) {
            for (Map.Entry<RegionId, Member> entry : table.members().entrySet()) {
                Member member = entry.getValue();
                Replicator peer = peers.get(entry.getKey());
                if (member.state().isPresent() && peer != null && peer.silentMillis() >= HEARD_MILLIS) {
                    return Optional.of("region " + entry.getKey() + ", which has a replica of " + table.name()
                            + ", is not heard: it must hear of this before the time of those versions has come. Try again"
                            + " when it is back, or remove its replicas");
                }
                boolean loads = member.state() == State.CREATING || member.state() == State.EVICTED;
                if (loads && (entry.getKey().equals(region) || region.equals(member.source()))) {
                    return Optional.of("table " + table.name() + " is being loaded by " + entry.getKey()
                            + ": wait until that is done, or remove the replica, and try again");
                }
            }
        }
        return Optional.empty();
    }

    /** What a region says it has applied of this one. */
    private HybridTimestamp seenBy(Replicator peer) {
        Heartbeat last = peer.lastHeartbeat();
        return last == null ? HybridTimestamp.ZERO : last.applied().get(region);
    }

    public boolean isHealing() {
        return wanted || progress != null;
    }

    /** Why nothing may be written now. */
    public Optional<String> writesRefused() {
        return isHealing()
                ? Optional.of("Writes are refused: the versions of " + region
                        + ", whose clock had run away, are being made anew. Try again in some seconds")
                : Optional.empty();
    }

    @Override
    public int turn() {
        if (!isHealing() || underway.waits(pace, this::failed) || !pace.isDue()) {
            return 0;
        }
        Progress begun = progress;
        if (begun == null) {
            return lower();
        }
        Optional<CompletionStage<Void>> step = tell(begun).or(() -> reissue(begun));
        underway.begin(step.orElseGet(this::finish));
        return 1;
    }

    private void failed(Throwable why) {
        LOG.warn("{}: {}; it is tried again", region, why.getMessage());
    }

    private boolean isPublished(SequenceNumber through) {
        return store.changes().pending(Lane.REPLICATION).stream()
                .allMatch(partition ->
                        store.changes().newest(Lane.REPLICATION, partition).compareTo(through) <= 0);
    }

    private int lower() {
        SequenceNumber published = publisher.publishedThrough();
        if (!isPublished(published)) {
            return 0;
        }
        List<GlobalTable> tables = memberships.all().values().stream()
                .filter(table -> {
                    Member self = table.member(region);
                    return self != null && !self.isOver();
                })
                .toList();
        List<TopicPartition> all = new ArrayList<>();
        tables.forEach(table -> all.addAll(Following.partitions(region, table)));
        underway.begin(bus.ends(all).thenCompose(found -> {
            TreeMap<TableId, SortedMap<Integer, Long>> ends = new TreeMap<>();
            for (GlobalTable table : tables) {
                TreeMap<Integer, Long> byPartition = new TreeMap<>();
                Following.partitions(region, table)
                        .forEach(at -> byPartition.put(at.partition(), found.getOrDefault(at, 0L)));
                ends.put(table.id(), byPartition);
            }
            return lower(published, ends);
        }));
        return 1;
    }

    private CompletionStage<Void> lower(SequenceNumber published, SortedMap<TableId, SortedMap<Integer, Long>> ends) {
        return store.write(view -> {
                    // Changes of this very transaction are not among those that can be looked at.
                    if (!view.last().equals(store.changes().last()) || !isPublished(published)) {
                        return Optional.<Progress>empty();
                    }
                    HybridTimestamp target = target();
                    Progress begun = new Progress(target, view.mark(), ends);
                    view.lowerClock(target);
                    view.document(SPACE, KEY, begun.encode());
                    return Optional.of(begun);
                })
                .thenAccept(begun -> begun.ifPresent(lowered -> {
                    LOG.warn("{}: the clock goes on from {}, not from {}", region, lowered.above(), lowered.through());
                    progress = lowered;
                    wanted = false;
                }));
    }

    /** Above all that anybody has seen of this region, and that it has seen of others. */
    private HybridTimestamp target() {
        HybridTimestamp target = HybridTimestamp.ofMillis(clock.millis());
        List<HybridTimestamp> seen = new ArrayList<>(List.of(applied.get().latest()));
        peers.values().forEach(peer -> {
            seen.add(seenBy(peer));
            seen.add(peer.seenThrough());
        });
        for (HybridTimestamp each : seen) {
            target = each.isAfter(target) ? each : target;
        }
        return target;
    }

    private Optional<CompletionStage<Void>> tell(Progress begun) {
        for (TableId id : begun.ends.keySet()) {
            GlobalTable table = memberships.get(id);
            Voided voided = begun.voided(id);
            if (table != null && !table.ignored(region).voided().contains(voided)) {
                return Optional.of(memberships.edit(
                        view -> memberships.stored(view, id).map(stored -> stored.withVoided(region, voided))));
            }
        }
        return Optional.empty();
    }

    private Optional<CompletionStage<Void>> reissue(Progress begun) {
        if (!listed) {
            for (TableDescriptor table : store.catalog().tables().values()) {
                reissuing.add(new MissedWrites(
                        region,
                        store,
                        table,
                        begun.above,
                        begun.through,
                        (view, key) -> view.reissueLower(table, key)));
            }
            listed = true;
        }
        while (!reissuing.isEmpty()) {
            Optional<CompletionStage<Void>> step = reissuing.element().step();
            if (step.isPresent()) {
                return step;
            }
            reissuing.remove();
        }
        return Optional.empty();
    }

    private CompletionStage<Void> finish() {
        return store.write(view -> {
                    view.document(SPACE, KEY, null);
                    return true;
                })
                .thenAccept(unused -> {
                    LOG.warn("{}: all versions that were ahead of the clock are made anew", region);
                    listed = false;
                    progress = null;
                });
    }
}
