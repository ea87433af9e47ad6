package dev.meridian.node.lmdb;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexKeys;
import dev.meridian.node.store.IndexStatistics;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the entries and counts of indexes in step with the items, within one write transaction. An entry is a pointer:
 * its payload is a format number and the table's key of the item.
 *
 * <p>An index that is CREATING has the entries of all items up to the place of its backfill, and of some behind it: there
 * an entry that is not found is none of a bug, and is not counted.
 */
final class IndexEdits {
    private static final byte FORMAT = 1;

    private final LmdbWriteView view;

    IndexEdits(LmdbWriteView view) {
        this.view = view;
    }

    static ItemKey tableKey(ByteBuffer payload) {
        ByteBuffer in = payload.duplicate();
        byte format = in.get();
        if (format != FORMAT) {
            throw new IllegalStateException("index entry of format " + format + "; this release reads " + FORMAT);
        }
        return ItemKey.decode(in);
    }

    /** The images before and after a write of one item, null where there is none. */
    void replaced(TableDescriptor table, ItemKey key, @Nullable Bytes before, @Nullable Bytes after) {
        // The caller's descriptor may be of before an index was made.
        TableDescriptor current = view.catalog().table(table.id());
        if (current == null
                || current.number() != table.number()
                || current.indexes().isEmpty()
                || Objects.equals(before, after)) {
            return;
        }
        Item old = before == null ? null : ItemCodec.decode(before.asBuffer());
        Item now = after == null ? null : ItemCodec.decode(after.asBuffer());
        for (IndexDescriptor index : current.indexes()) {
            if (index.status() != IndexStatus.DELETING) {
                replaced(current, index, key, old, now);
            }
        }
    }

    private void replaced(
            TableDescriptor table, IndexDescriptor index, ItemKey key, @Nullable Item old, @Nullable Item now) {
        IndexKeys keys = new IndexKeys(table.schema(), index);
        ItemKey oldEntry = old == null ? null : keys.entry(old, key);
        ItemKey newEntry = now == null ? null : keys.entry(now, key);
        if (Objects.equals(oldEntry, newEntry)) {
            if (newEntry != null && isFilledAt(index, newEntry)) {
                count(index, 0, shownBytes(table, index, now) - shownBytes(table, index, old));
            }
            return;
        }
        if (oldEntry != null && view.removeEntry(Kind.INDEX_ENTRY, index.number(), oldEntry)) {
            count(index, -1, -shownBytes(table, index, old));
        }
        if (newEntry != null) {
            add(table, index, newEntry, key, Objects.requireNonNull(now));
        }
    }

    /** Adds the entry of an item that is in the table, unless it is there. */
    void fill(TableDescriptor table, IndexDescriptor index, ItemKey key, Item item) {
        ItemKey entry = new IndexKeys(table.schema(), index).entry(item, key);
        if (entry != null && view.find(Kind.INDEX_ENTRY, index.number(), entry) == null) {
            add(table, index, entry, key, item);
        }
    }

    /** Entries of an item whose image nobody can read: how many bytes they showed is not known. */
    void removeLost(IndexDescriptor index, List<ItemKey> entries) {
        for (ItemKey entry : entries) {
            if (view.removeEntry(Kind.INDEX_ENTRY, index.number(), entry)) {
                count(index, -1, 0);
            }
        }
    }

    private boolean isFilledAt(IndexDescriptor index, ItemKey entry) {
        return index.status() != IndexStatus.CREATING || view.find(Kind.INDEX_ENTRY, index.number(), entry) != null;
    }

    private void add(TableDescriptor table, IndexDescriptor index, ItemKey entry, ItemKey key, Item item) {
        ByteSink pointer = new ByteSink();
        pointer.put(FORMAT);
        key.encode(pointer);
        view.putEntry(Kind.INDEX_ENTRY, index.number(), entry, pointer.toArray(), null);
        count(index, 1, shownBytes(table, index, item));
    }

    private static long shownBytes(TableDescriptor table, IndexDescriptor index, @Nullable Item item) {
        return item == null ? 0 : index.project(table.schema(), item).sizeBytes();
    }

    private void count(IndexDescriptor index, long items, long bytes) {
        if (items == 0 && bytes == 0) {
            return;
        }
        IndexStatistics counts = view.statistics(index).plus(items, bytes);
        ByteBuffer value = ByteBuffer.allocateDirect(2 * Long.BYTES)
                .putLong(counts.items())
                .putLong(counts.itemBytes())
                .flip();
        view.put(view.databases.statistics, Keys.table(index.number()), value);
    }
}
