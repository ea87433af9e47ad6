package dev.meridian.node.control;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DamagedValues;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Replicator;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has tables loaded anew in which items are damaged, from a region that has seen all that was held here: what it has is
 * applied, and what it no longer has was deleted. Until one has, the table waits: another region may not have applied yet
 * what only the damaged value holds.
 */
final class DamagedReplicas {
    private static final Logger LOG = LoggerFactory.getLogger(DamagedReplicas.class);

    /** A load mends all damage that was known before it; what a dying disk damages meanwhile waits for this long. */
    private static final long PAUSE_MILLIS = Duration.ofMinutes(5).toMillis();

    private final RegionId region;
    private final Store store;
    private final SortedMap<RegionId, Replicator> peers;
    private final Supplier<VersionVector> applied;
    private final InstantSource clock;
    private final Map<TableId, Long> nextMillis = new HashMap<>();

    /** Spares a store without damage a read for each table in each round. Once true, true until a restart. */
    private boolean isAnyNoted;

    /** @param applied what this region has applied of others */
    DamagedReplicas(
            RegionId region,
            Store store,
            SortedMap<RegionId, Replicator> peers,
            Supplier<VersionVector> applied,
            InstantSource clock) {
        this.region = region;
        this.store = store;
        this.peers = peers;
        this.applied = applied;
        this.clock = clock;
        this.isAnyNoted =
                !store.read(view -> view.documentKeys(DamagedValues.MENDING)).isEmpty();
    }

    /** A table with damaged items is noted for good. Empty if there is nothing to note. */
    Optional<CompletionStage<Void>> note(GlobalTable table, TableDescriptor local) {
        if (!store.damaged().hasReplicatedOf(local.number())
                || !DueTime.isReached(nextMillis.getOrDefault(table.id(), 0L), PAUSE_MILLIS, clock.millis())
                || needed(table).isPresent()
                || !hasActivePeer(table)) {
            return Optional.empty();
        }
        nextMillis.put(table.id(), clock.millis() + PAUSE_MILLIS);
        isAnyNoted = true;
        LOG.error(
                "{}: {} has damaged items and is loaded anew from the first region that has seen all that was here",
                region,
                table.name());
        VersionVector others = applied.get();
        return Optional.of(store.write(view -> {
                    VersionVector needed = others.with(new Version(view.mark(), region));
                    ByteSink out = new ByteSink();
                    needed.encode(out);
                    view.document(DamagedValues.MENDING, table.id().toString(), out.toBytes());
                    return true;
                })
                .thenAccept(unused -> {}));
    }

    private boolean hasActivePeer(GlobalTable table) {
        return table.members().entrySet().stream()
                .anyMatch(member ->
                        peers.containsKey(member.getKey()) && member.getValue().state() == State.ACTIVE);
    }

    private Optional<VersionVector> needed(GlobalTable table) {
        Optional<Bytes> noted = store.read(
                view -> view.document(DamagedValues.MENDING, table.id().toString()));
        return noted.map(vector -> VersionVector.decode(vector.asBuffer()));
    }

    /** The region from which a table that is noted can be loaded now. */
    Optional<RegionId> source(GlobalTable table) {
        if (!isAnyNoted) {
            return Optional.empty();
        }
        return needed(table)
                .flatMap(vector -> table.members().entrySet().stream()
                        .filter(member -> member.getValue().state() == State.ACTIVE)
                        .map(Map.Entry::getKey)
                        .filter(peers::containsKey)
                        .filter(other -> hasSeen(other, vector))
                        .findFirst());
    }

    private boolean hasSeen(RegionId other, VersionVector needed) {
        Replicator peer = peers.get(other);
        Heartbeat reached = peer == null ? null : peer.reached();
        return reached != null
                && reached.applied().with(new Version(reached.mark(), other)).includes(needed);
    }

    /** The table has been loaded. */
    static void forget(WriteView view, TableId table) {
        if (view.document(DamagedValues.MENDING, table.toString()).isPresent()) {
            view.document(DamagedValues.MENDING, table.toString(), null);
        }
    }
}
