package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoreClosedException;
import dev.meridian.node.store.StoreFullException;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.ReplicaStore;
import dev.meridian.replicator.ReplicaTransaction;
import dev.meridian.replicator.StoreAwayException;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.TopicPartition;
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
                    boolean passes = cause instanceof StoreFullException || cause instanceof StoreClosedException;
                    return CompletableFuture.<Void>failedFuture(passes ? new StoreAwayException(cause) : cause);
                })
                .thenCompose(outcome -> outcome);
    }

    @Override
    public Map<TopicPartition, Long> positions(RegionId origin) {
        Map<TopicPartition, Long> positions = new TreeMap<>();
        for (Position position : store.read(ReadView::positions)) {
            if (position.origin().equals(origin)) {
                positions.put(position.at(), position.next());
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
            return view.stamp(table(table), key);
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
        public void purge(
                TableId table,
                @Nullable ItemKey after,
                @Nullable ItemKey through,
                Set<ItemKey> kept,
                VersionVector seen) {
            view.purge(table(table), after, through, kept, seen);
        }

        @Override
        public void position(RegionId origin, TopicPartition at, long next) {
            view.position(new Position(origin, at, next));
        }

        @Override
        public Optional<Bytes> document(String space, String key) {
            return view.document(space, key);
        }

        @Override
        public void document(String space, String key, @Nullable Bytes value) {
            view.document(space, key, value);
        }
    }
}
