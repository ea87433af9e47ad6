package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Duty;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.resilience.Pace;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Fills indexes that are CREATING with the items that were there before them, and clears those that are DELETING. One
 * bounded write at a time, which looks at the table as it then is; how far a backfill has come is committed with its
 * entries.
 */
final class IndexBuilder implements Duty {
    /** Items looked at, or entries deleted, in one write: a few milliseconds that writers wait. */
    static final int STEP = 200;

    /** Items may be 400 KB: a step also ends when it has read this much. */
    private static final int STEP_BYTES = 1 << 20;

    private final LmdbStore store;
    private final Pace pace;
    private @Nullable CompletableFuture<Void> running;

    IndexBuilder(LmdbStore store, InstantSource clock) {
        this.store = store;
        this.pace = Pace.ofStore(clock);
    }

    @Override
    public int turn() {
        CompletableFuture<Void> step = running;
        if (step != null) {
            if (!step.isDone()) {
                return 0;
            }
            running = null;
            if (step.isCompletedExceptionally()) {
                pauseUnlessBug(step);
            } else {
                pace.succeeded();
            }
        }
        if (!pace.isDue()) {
            return 0;
        }
        for (TableDescriptor table : store.catalog().tables().values()) {
            for (IndexDescriptor index : table.indexes()) {
                if (index.status() == IndexStatus.CREATING || index.status() == IndexStatus.DELETING) {
                    running = store.writeNow(view -> {
                                step(view, table, index.number());
                                return () -> {};
                            })
                            .toCompletableFuture();
                    return 1;
                }
            }
        }
        return 0;
    }

    private void pauseUnlessBug(CompletableFuture<Void> failed) {
        try {
            failed.join();
        } catch (CompletionException thrown) {
            if (thrown.getCause() instanceof AssertionError bug) {
                throw bug;
            }
            pace.failed(thrown);
        }
    }

    private static void step(LmdbWriteView view, TableDescriptor seen, int number) {
        TableDescriptor table = view.catalog().table(seen.id());
        IndexDescriptor index = table == null ? null : table.index(number);
        if (table == null || index == null) {
            return;
        }
        if (index.status() == IndexStatus.CREATING) {
            fill(view, table, index);
        } else if (index.status() == IndexStatus.DELETING) {
            clear(view, table, index);
        }
    }

    private record Held(ItemKey key, Item item) {}

    private static void fill(LmdbWriteView view, TableDescriptor table, IndexDescriptor index) {
        ByteBuffer place = Keys.table(index.number());
        ByteBuffer after = view.databases.backfills.get(view.txn(), place);
        List<Held> portion = new ArrayList<>();
        int[] bytes = {0};
        boolean[] cut = {false};
        view.scan(table, ScanRange.table(after == null ? null : ItemKey.decode(after.duplicate())), item -> {
            portion.add(new Held(item.key(), item.item()));
            bytes[0] += item.image().remaining();
            cut[0] = portion.size() >= STEP || bytes[0] >= STEP_BYTES;
            return !cut[0];
        });
        IndexEdits edits = new IndexEdits(view);
        portion.forEach(held -> edits.fill(table, index, held.key(), held.item()));
        if (!cut[0]) {
            view.delete(view.databases.backfills, place);
            view.putTable(table.withIndex(index.withStatus(IndexStatus.ACTIVE)));
            return;
        }
        ByteSink reached = new ByteSink();
        portion.get(portion.size() - 1).key().encode(reached);
        view.put(view.databases.backfills, place, Keys.direct(reached.toArray()));
        if (!index.backfilling()) {
            view.putTable(table.withIndex(index.withBackfilling(true)));
        }
    }

    private static void clear(LmdbWriteView view, TableDescriptor table, IndexDescriptor index) {
        ByteBuffer prefix = Keys.table(index.number());
        List<ByteBuffer> keys = LmdbStore.keysUnder(view.txn(), view.databases.indexes, prefix, STEP);
        keys.forEach(key -> view.delete(view.databases.indexes, key));
        if (keys.size() < STEP) {
            view.forgetIndex(index);
            view.storeTable(table.withoutIndex(index.number()));
        }
    }
}
