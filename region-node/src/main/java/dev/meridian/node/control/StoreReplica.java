package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoreClosedException;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.ReplicaStore;
import dev.meridian.replicator.ReplicaTransaction;
import dev.meridian.replicator.StoreAwayException;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The region's store as the replicator's port. */
public final class StoreReplica implements ReplicaStore {
    /** Of what is damaged: below every write. */
    private static final Stamp DAMAGED =
            new Stamp(new Version(HybridTimestamp.ZERO, new RegionId("damaged")), VersionVector.EMPTY);

    private final Store store;

    public StoreReplica(Store store) {
        this.store = store;
    }

    @Override
    public CompletionStage<Void> transact(Consumer<ReplicaTransaction> work) {
        return store.write(view -> {
                    work.accept(new Transaction(view));
                    return true;
                })
                .handle((unused, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.allOf();
                    }
                    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
                    boolean passes = cause instanceof StorageFaultException
                            || cause instanceof StoreClosedException
                            || cause instanceof DamagedValueException;
                    return CompletableFuture.<Void>failedFuture(passes ? new StoreAwayException(cause) : cause);
                })
                .thenCompose(outcome -> outcome);
    }

    @Override
    public Map<TopicPartition, LogPosition> positions(RegionId origin) {
        Map<TopicPartition, LogPosition> positions = new TreeMap<>();
        for (Position position : store.read(ReadView::positions)) {
            if (position.origin().equals(origin)) {
                positions.put(position.at(), position.place());
            }
        }
        return positions;
    }

    private record Transaction(WriteView view) implements ReplicaTransaction {
        private TableDescriptor table(TableId id) {
            TableDescriptor table = view.catalog().table(id);
            if (table == null) {
                throw new AssertionError("table " + id + " is not here");
            }
            return table;
        }

        @Override
        public boolean has(TableId table) {
            return view.catalog().table(table) != null;
        }

        @Override
        public @Nullable Stamp stamp(TableId table, ItemKey key) {
            try {
                return view.stamp(table(table), key);
            } catch (DamagedValueException known) {
                // Whatever comes is newer than what nobody can read, and lies above every floor.
                return DAMAGED;
            }
        }

        @Override
        public @Nullable Bytes image(TableId table, ItemKey key) {
            StoredItem item = view.get(table(table), key);
            return item == null ? null : item.imageCopy();
        }

        @Override
        public void conflict(TableId table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {
            view.conflict(table(table), key, winner, loser);
        }

        @Override
        public void clash(TableId table, ItemKey key, Version version) {
            TableDescriptor of = table(table);
            DataLosses.note(
                    view,
                    "clash/" + table + "/" + version,
                    new DataLoss(
                            version.time().millis(),
                            of.name(),
                            TableDigest.keyJson(of.schema(), key),
                            "two different values have the version " + version + ": two copies of " + version.region()
                                    + "'s folder have written, or its clock was behind when its folder was put back; the"
                                    + " one whose bytes are greater is kept in every region"));
        }

        @Override
        public void transaction(@Nullable UUID id) {
            view.transaction(id);
        }

        @Override
        public void apply(TableId table, ItemKey key, @Nullable Bytes image, Stamp stamp) {
            view.apply(table(table), key, image, stamp);
        }

        @Override
        public void restamp(TableId table, ItemKey key, Stamp stamp) {
            view.restamp(table(table), key, stamp);
        }

        @Override
        public VersionVector floor(TableId table) {
            return view.floor(table(table));
        }

        @Override
        public Map<ItemKey, Version> purge(
                TableId table,
                @Nullable ItemKey after,
                @Nullable ItemKey through,
                Set<ItemKey> kept,
                VersionVector seen) {
            Map<ItemKey, Version> purged = new LinkedHashMap<>();
            view.purge(table(table), after, through, kept, seen)
                    .forEach(gone -> purged.put(gone.key(), gone.stamp().version()));
            return purged;
        }

        @Override
        public void position(RegionId origin, TopicPartition at, LogPosition place) {
            view.position(new Position(origin, at, place));
        }

        @Override
        public Optional<Bytes> document(String space, String key) {
            return view.document(space, key);
        }

        @Override
        public int documents(String space) {
            return view.documentKeys(space).size();
        }

        @Override
        public void document(String space, String key, @Nullable Bytes value) {
            view.document(space, key, value);
        }
    }
}
