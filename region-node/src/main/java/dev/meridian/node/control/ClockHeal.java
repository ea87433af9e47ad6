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
import dev.meridian.streams.Publisher;
import dev.meridian.streams.SequenceNumber;
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
import java.util.SortedSet;
import java.util.TreeSet;
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
 *   <li>All of its changes are published.
 *   <li>In one transaction its clock is lowered, to the highest that anybody has seen of it or that is right now, and the
 *       number of its last change is kept. From here on it goes on after a restart.
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

    /**
     * What is taken back.
     *
     * @param tables all that lies between two clocks, up to a change of this store, in these
     */
    private record Progress(Voided voided, SortedSet<TableId> tables) {
        Bytes encode() {
            ObjectNode json = JSON.createObjectNode();
            json.put("format", FORMAT)
                    .put("above", voided.above().bits())
                    .put("through", voided.through().bits())
                    .put("last", voided.last().value());
            tables.forEach(table -> json.withArrayProperty("tables").add(table.toString()));
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
                TreeSet<TableId> tables = new TreeSet<>();
                json.path("tables").forEach(table -> tables.add(TableId.parse(table.asText())));
                return new Progress(
                        new Voided(
                                new HybridTimestamp(json.path("above").asLong()),
                                new HybridTimestamp(json.path("through").asLong()),
                                new SequenceNumber(json.path("last").asLong())),
                        tables);
            } catch (IOException broken) {
                throw new IllegalStateException("a clock's heal is no JSON", broken);
            }
        }
    }

    /** @param applied what this region has applied of others: its clock is not lowered below that */
    ClockHeal(
            RegionId region,
            Store store,
            CallPolicy policy,
            Publisher publisher,
            Memberships memberships,
            SortedMap<RegionId, Replicator> peers,
            InstantSource clock,
            Supplier<VersionVector> applied) {
        this.region = region;
        this.store = store;
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
        TreeSet<TableId> tables = new TreeSet<>();
        memberships.all().values().stream()
                .filter(table -> {
                    Member self = table.member(region);
                    return self != null && !self.isOver();
                })
                .forEach(table -> tables.add(table.id()));
        underway.begin(store.write(view -> {
                    // Changes of this very transaction are not among those that can be looked at.
                    if (!view.last().equals(store.changes().last()) || !isPublished(published)) {
                        return Optional.<Progress>empty();
                    }
                    HybridTimestamp target = target();
                    Progress begun = new Progress(new Voided(target, view.mark(), view.last()), tables);
                    view.lowerClock(target);
                    view.document(SPACE, KEY, begun.encode());
                    return Optional.of(begun);
                })
                .thenAccept(begun -> begun.ifPresent(lowered -> {
                    LOG.warn(
                            "{}: the clock goes on from {}, not from {}",
                            region,
                            lowered.voided.above(),
                            lowered.voided.through());
                    progress = lowered;
                    wanted = false;
                })));
        return 1;
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
        Voided voided = begun.voided;
        for (TableId id : begun.tables) {
            GlobalTable table = memberships.get(id);
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
                        begun.voided.above(),
                        begun.voided.through(),
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
