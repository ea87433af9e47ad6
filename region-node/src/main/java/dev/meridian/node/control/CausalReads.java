package dev.meridian.node.control;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.Causality;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.AppliedExcept;
import dev.meridian.replicator.Replicator;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Requests that are to be served behind a position wait here, not on a thread of their own, until the applied vector
 * includes it. To be turned by one thread.
 *
 * <p>Given out is more than is asked for: what may have been seen, against what is known to be applied. So a client never
 * goes back in time, whichever region it asks.
 */
public final class CausalReads implements Duty, Causality {
    /** Beyond this a region is so far behind that waiting helps nobody. */
    private static final int WAITING_MAX = 10_000;

    private final RegionId region;
    private final ControlPlane control;
    private final Store store;
    private final InstantSource clock;
    private final Runnable doorbell;
    private final SortedMap<RegionId, Replicator> peers = new TreeMap<>();
    private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private volatile VersionVector last = VersionVector.EMPTY;

    private record Waiting(
            VersionVector asked, Set<String> tables, long untilMillis, long waitMillis, CompletableFuture<Void> stage) {
        boolean isOver(long nowMillis) {
            return DueTime.isReached(untilMillis, waitMillis, nowMillis);
        }
    }

    /** @param doorbell rung from other threads when a turn has something to do */
    public CausalReads(ControlPlane control, Store store, InstantSource clock, Runnable doorbell) {
        this.region = control.region();
        this.control = control;
        this.store = store;
        this.clock = clock;
        this.doorbell = doorbell;
        control.replicators().forEach(replicator -> peers.put(replicator.origin(), replicator));
    }

    @Override
    public VersionVector position() {
        VersionVector known = last;
        if (isStill(known)) {
            return known;
        }
        VersionVector position = VersionVector.EMPTY.with(new Version(store.committedThrough(), region));
        for (Replicator peer : peers.values()) {
            position = position.with(new Version(peer.seenThrough(), peer.origin()));
        }
        last = position;
        return position;
    }

    /** Between writes nothing moves, and reads need no vector of their own. */
    private boolean isStill(VersionVector known) {
        if (!known.get(region).equals(store.committedThrough())) {
            return false;
        }
        for (Replicator peer : peers.values()) {
            if (!known.get(peer.origin()).equals(peer.seenThrough())) {
                return false;
            }
        }
        return true;
    }

    /** How many requests wait. */
    public int waiting() {
        return count.get();
    }

    /** If none of the tables asked for stands still, those that do hold nobody back. */
    private HybridTimestamp applied(RegionId of, Set<String> tables) {
        Replicator peer = peers.get(of);
        if (peer == null) {
            return store.committedThrough();
        }
        AppliedExcept except = peer.appliedExcept();
        boolean isOfOthers = !except.standing().isEmpty()
                && !tables.isEmpty()
                && standing(except, tables).isEmpty();
        HybridTimestamp ofAll = peer.appliedThrough();
        return isOfOthers && except.through().isAfter(ofAll) ? except.through() : ofAll;
    }

    private SortedMap<String, String> standing(AppliedExcept except, Set<String> tables) {
        TreeMap<String, String> standing = new TreeMap<>(control.standing(except));
        if (!tables.isEmpty()) {
            standing.keySet().retainAll(tables);
        }
        return standing;
    }

    private boolean isReached(VersionVector asked, Set<String> tables) {
        return asked.entries().entrySet().stream()
                .allMatch(entry -> applied(entry.getKey(), tables).compareTo(entry.getValue()) >= 0);
    }

    @Override
    public CompletionStage<Void> reached(VersionVector asked, Set<String> tables, long waitMillis) {
        for (RegionId named : asked.entries().keySet()) {
            if (!named.equals(region) && !peers.containsKey(named)) {
                return CompletableFuture.failedFuture(ApiException.validation("The value of x-meridian-after names the"
                        + " region " + named + ", whose writes do not come to " + region));
            }
        }
        if (isReached(asked, tables)) {
            return CompletableFuture.allOf();
        }
        if (waitMillis <= 0 || count.get() >= WAITING_MAX) {
            return CompletableFuture.failedFuture(behind(asked, tables));
        }
        CompletableFuture<Void> stage = new CompletableFuture<>();
        count.incrementAndGet();
        waiting.add(new Waiting(asked, tables, clock.millis() + waitMillis, waitMillis, stage));
        doorbell.run();
        return stage;
    }

    /** A 503, which every SDK tries again, and not for throttling, which would have it send less of everything. */
    private ApiException behind(VersionVector asked, Set<String> tables) {
        StringBuilder which = new StringBuilder();
        asked.entries().forEach((from, time) -> {
            HybridTimestamp applied = applied(from, tables);
            if (applied.compareTo(time) < 0) {
                which.append(which.isEmpty() ? "" : ", ").append(from);
                which.append(
                        applied.equals(HybridTimestamp.ZERO)
                                ? ""
                                : " by " + (time.millis() - applied.millis()) + " ms");
                Replicator peer = peers.get(from);
                if (peer != null) {
                    standing(peer.appliedExcept(), tables)
                            .forEach((table, why) -> which.append("; the table " + table + " stands still: " + why));
                }
            }
        });
        return new ApiException(
                ErrorCode.SERVICE_UNAVAILABLE,
                "The region " + region + " has not yet applied what x-meridian-after asks for; it is behind " + which);
    }

    @Override
    public int turn() {
        int done = 0;
        long now = clock.millis();
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting each = all.next();
            boolean reached = isReached(each.asked, each.tables);
            if (reached || each.isOver(now)) {
                all.remove();
                count.decrementAndGet();
                done++;
                if (reached) {
                    each.stage.complete(null);
                } else {
                    each.stage.completeExceptionally(behind(each.asked, each.tables));
                }
            }
        }
        return done;
    }
}
