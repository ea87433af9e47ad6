package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues;
import dev.meridian.node.store.DamagedValues.Kind;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;

/**
 * Takes damaged items and tombstones away, within one write transaction: when they are written over, and when the table
 * has been loaded from a region that has seen all that was held here and has no such item.
 */
final class DamagedItems {
    private final LmdbWriteView view;

    DamagedItems(LmdbWriteView view) {
        this.view = view;
    }

    /**
     * The damaged value under a key goes, with the index entries that point to it. How many bytes the item had is not
     * known: the table's size keeps them.
     *
     * @throws DamagedValueException {@code why}, before any edit, if the value may hold other items too and no other
     *     region brings them back
     */
    void discard(TableDescriptor table, Kind kind, ItemKey itemKey, DamagedValueException why) {
        if (!isAlone(itemKey) && mending(table) == null) {
            throw why;
        }
        ByteBuffer lmdbKey = ByteBuffer.allocateDirect(ItemLayout.MAX_KEY_BYTES);
        view.layout.key(lmdbKey, table.number(), itemKey);
        discard(table, kind, lmdbKey);
    }

    /**
     * Whether no other item of a table lies under the same LMDB key: the sort key is in it as a whole. That two partition
     * keys have one 64-bit hash is left out of account.
     */
    private static boolean isAlone(ItemKey itemKey) {
        Bytes sort = itemKey.sort();
        return sort == null || sort.length() < ItemLayout.MAX_SORT_PREFIX;
    }

    /** What the region must have seen from which the table is loaded anew; null if it is not to be loaded. */
    private @Nullable VersionVector mending(TableDescriptor table) {
        return view.document(DamagedValues.MENDING, table.id().toString())
                .map(vector -> VersionVector.decode(vector.asBuffer()))
                .orElse(null);
    }

    private void discard(TableDescriptor table, Kind kind, ByteBuffer lmdbKey) {
        view.delete(view.databases.of(kind), lmdbKey);
        boolean isItem = kind == Kind.ITEM;
        view.count(table, isItem ? -1 : 0, 0, isItem ? 0 : -1, 0);
        if (isItem) {
            TableDescriptor current = view.catalog().table(table.id());
            (current == null ? table : current).indexes().forEach(index -> removePointers(index, table, lmdbKey));
        }
    }

    /** Without the item's image nobody knows where they are: all of the index is looked through. */
    private void removePointers(IndexDescriptor index, TableDescriptor table, ByteBuffer lmdbKey) {
        List<ItemKey> pointers = new ArrayList<>();
        ByteBuffer pointed = ByteBuffer.allocateDirect(ItemLayout.MAX_KEY_BYTES);
        ByteBuffer prefix = Keys.table(index.number());
        CheckedValues values = view.databases.values();
        try (Cursor<ByteBuffer> at = view.databases.indexes.openCursor(view.txn())) {
            boolean found = at.get(prefix, GetOp.MDB_SET_RANGE);
            while (found && Keys.goesOn(at, prefix)) {
                ByteBuffer bucket = values.bodyIfIntact(Kind.INDEX_ENTRY, at.key(), at.val());
                for (Bucket.Entry entry : bucket == null ? List.<Bucket.Entry>of() : Bucket.read(bucket)) {
                    view.layout.key(pointed, table.number(), IndexEdits.tableKey(entry.payload()));
                    if (pointed.equals(lmdbKey)) {
                        pointers.add(entry.key());
                    }
                }
                found = at.seek(SeekOp.MDB_NEXT);
            }
        }
        new IndexEdits(view).removeLost(index, pointers);
    }

    /**
     * Behind a part of a copy that had everything up to {@code seen}: what is still damaged in that part has been deleted
     * elsewhere.
     *
     * @param after from behind this key; null for the beginning
     * @param through up to and including this key; null for the end
     */
    void purge(TableDescriptor table, @Nullable ItemKey after, @Nullable ItemKey through, VersionVector seen) {
        DamagedValues damaged = view.databases.values().damaged();
        if (!damaged.hasReplicatedOf(table.number())) {
            return;
        }
        VersionVector needed = mending(table);
        if (needed == null || !seen.includes(needed)) {
            return;
        }
        for (DamagedValues.Place place : damaged.places()) {
            if (place.kind().isReplicated()
                    && place.number() == table.number()
                    && (after == null || compare(place, table, after) > 0)
                    && (through == null || compare(place, table, through) <= 0)) {
                ByteBuffer lmdbKey = Keys.direct(place.lmdbKey().toArray());
                ByteBuffer value = view.databases.of(place.kind()).get(view.txn(), lmdbKey);
                if (value != null && view.databases.values().bodyIfIntact(place.kind(), lmdbKey, value) == null) {
                    discard(table, place.kind(), lmdbKey);
                }
            }
        }
    }

    private int compare(DamagedValues.Place place, TableDescriptor table, ItemKey key) {
        ByteBuffer lmdbKey = ByteBuffer.allocate(ItemLayout.MAX_KEY_BYTES);
        view.layout.key(lmdbKey, table.number(), key);
        return place.lmdbKey().compareTo(Bytes.copyOf(lmdbKey));
    }
}
