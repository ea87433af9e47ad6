package dev.meridian.simulator.check;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.simulator.world.ForwardingView;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Conflict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A store that tells what each work has done, when its commit is durable and before anybody else hears of it. */
public final class RecordedStore extends ForwardingStore {
    private final Listener listener;

    /** Something that a work has done. */
    public sealed interface Edit {
        /** A write of the region's own. */
        record Own(WrittenItem write) implements Edit {}

        /** Another region's write that won. */
        record Applied(WrittenItem write) implements Edit {}

        /** Everything of another region's topic before an offset has been taken in. */
        record Taken(Position position) implements Edit {}

        /** Two writes were found to be concurrent. */
        record Met(ItemKey key, Version winner, Version loser) implements Edit {}

        /** A document was kept or, if it is gone, removed. */
        record Document(String space, String key, boolean isGone) implements Edit {}

        /** Something of a table was removed because it is loaded anew. */
        record Purged(TableId table) implements Edit {}

        record Dropped(TableId table) implements Edit {}
    }

    @FunctionalInterface
    public interface Listener {
        /** A work is to be queued. @return false if the disk is full */
        default boolean queueing() {
            return true;
        }

        /** @param edits none for a work that only looked */
        void committed(List<Edit> edits);
    }

    public RecordedStore(Store store, Listener listener) {
        super(store);
        this.listener = listener;
    }

    @Override
    public <T> CompletionStage<T> write(Function<WriteView, T> work) {
        if (!listener.queueing()) {
            return CompletableFuture.failedFuture(
                    new StorageFaultException(StorageFault.FULL, new IllegalStateException("full")));
        }
        List<Edit> edits = new ArrayList<>();
        return store.<T>write(view -> {
                    // It may run twice, if its first transaction could not be committed.
                    edits.clear();
                    return work.apply(new RecordedView(view, edits));
                })
                .whenComplete((result, failure) -> {
                    if (failure == null) {
                        listener.committed(edits);
                    }
                });
    }

    private static final class RecordedView extends ForwardingView {
        private final List<Edit> edits;

        RecordedView(WriteView view, List<Edit> edits) {
            super(view);
            this.edits = edits;
        }

        private void own(TableDescriptor table, ItemKey key, @Nullable Version version, @Nullable Bytes image) {
            if (version != null) {
                edits.add(new Edit.Own(new WrittenItem(table.id(), key, version, image)));
            }
        }

        @Override
        public Version put(TableDescriptor table, ItemKey key, Bytes image, Cause cause) {
            Version version = super.put(table, key, image, cause);
            own(table, key, version, image);
            return version;
        }

        @Override
        public @Nullable Version delete(TableDescriptor table, ItemKey key, Cause cause) {
            Version version = super.delete(table, key, cause);
            own(table, key, version, null);
            return version;
        }

        @Override
        public @Nullable Version reissue(TableDescriptor table, ItemKey key) {
            Version version = super.reissue(table, key);
            StoredItem item = super.get(table, key);
            own(table, key, version, item == null ? null : item.imageCopy());
            return version;
        }

        @Override
        public @Nullable Version reissueLower(TableDescriptor table, ItemKey key) {
            Version version = super.reissueLower(table, key);
            StoredItem item = super.get(table, key);
            own(table, key, version, item == null ? null : item.imageCopy());
            return version;
        }

        @Override
        public void apply(TableDescriptor table, ItemKey key, @Nullable Bytes image, Stamp stamp) {
            super.apply(table, key, image, stamp);
            edits.add(new Edit.Applied(new WrittenItem(table.id(), key, stamp.version(), image)));
        }

        @Override
        public void conflict(TableDescriptor table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {
            super.conflict(table, key, winner, loser);
            edits.add(new Edit.Met(key, winner.version(), loser.version()));
        }

        @Override
        public void purge(TableDescriptor table, ItemKey key) {
            super.purge(table, key);
            edits.add(new Edit.Purged(table.id()));
        }

        @Override
        public List<Versioned> purge(
                TableDescriptor table,
                @Nullable ItemKey after,
                @Nullable ItemKey through,
                java.util.Set<ItemKey> kept,
                dev.meridian.model.VersionVector seen) {
            List<Versioned> gone = super.purge(table, after, through, kept, seen);
            if (!gone.isEmpty()) {
                edits.add(new Edit.Purged(table.id()));
            }
            return gone;
        }

        @Override
        public void dropTable(TableDescriptor table) {
            super.dropTable(table);
            edits.add(new Edit.Dropped(table.id()));
        }

        @Override
        public void document(String space, String key, @Nullable Bytes value) {
            super.document(space, key, value);
            edits.add(new Edit.Document(space, key, value == null));
        }

        @Override
        public void position(Position position) {
            super.position(position);
            edits.add(new Edit.Taken(position));
        }
    }
}
