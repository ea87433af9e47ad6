package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.Replicator;
import java.time.InstantSource;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Keeps what this region has seen of the others' stores, for the case that one of them is put back to an earlier state
 * while this region is away. Clocks of records are kept with the positions; here are those of heartbeats, which need not
 * be kept to the second.
 */
final class SeenStores implements Duty {
    /** Documents by region. */
    private static final String SPACE = "seen-stores";

    private static final long LOOK_MILLIS = 500;

    /** A new life is kept at once; how far a known one has come, this often. */
    private static final long KEEP_MILLIS = 10_000;

    private final Store store;
    private final SortedMap<RegionId, Replicator> peers;
    private final InstantSource clock;
    private final SortedMap<RegionId, SeenHistory> kept = new TreeMap<>();
    private final Underway underway = new Underway();
    private long nextLookMillis;
    private long nextKeepMillis;

    SeenStores(Store store, SortedMap<RegionId, Replicator> peers, InstantSource clock) {
        this.store = store;
        this.peers = peers;
        this.clock = clock;
    }

    /** To be called before a peer is listened to. */
    void remind(Replicator peer) {
        SeenHistory before = store.read(
                        view -> view.document(SPACE, peer.origin().value()))
                .map(stored -> SeenHistory.decode(stored.asBuffer()))
                .orElse(SeenHistory.NONE);
        kept.put(peer.origin(), before);
        peer.remember(before);
    }

    @Override
    public int turn() {
        if (underway.waits(failure -> {}) || !DueTime.isReached(nextLookMillis, LOOK_MILLIS, clock.millis())) {
            return 0;
        }
        nextLookMillis = clock.millis() + LOOK_MILLIS;
        boolean all = DueTime.isReached(nextKeepMillis, KEEP_MILLIS, clock.millis());
        SortedMap<RegionId, SeenHistory> changed = new TreeMap<>();
        peers.forEach((origin, peer) -> {
            SeenHistory now = peer.seen();
            SeenHistory before = kept.getOrDefault(origin, SeenHistory.NONE);
            if (!now.equals(before) && (all || !now.latestLife().equals(before.latestLife()))) {
                changed.put(origin, now);
            }
        });
        if (changed.isEmpty()) {
            return 0;
        }
        nextKeepMillis = clock.millis() + KEEP_MILLIS;
        underway.begin(store.write(view -> {
                    changed.forEach((origin, seen) -> view.document(SPACE, origin.value(), Bytes.wrap(seen.encode())));
                    return true;
                })
                .thenAccept(unused -> kept.putAll(changed)));
        return 1;
    }
}
