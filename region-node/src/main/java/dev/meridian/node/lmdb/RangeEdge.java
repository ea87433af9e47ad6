package dev.meridian.node.lmdb;

import dev.meridian.model.ItemKey;
import dev.meridian.node.store.DamagedValues.Kind;
import java.nio.ByteBuffer;
import org.lmdbjava.Cursor;
import org.lmdbjava.Txn;

/**
 * Whether the entry that a cursor is at, outside of a range of items, is where it should be. An entry whose key is damaged
 * may be one of the range, and says nothing of what lies beyond it.
 */
final class RangeEdge {
    private final Txn<ByteBuffer> txn;
    private final Databases databases;
    private final Kind kind;
    private final ItemLayout layout;
    private final int table;
    private final Cursor<ByteBuffer> cursor;

    /** @param table of the range, or its index */
    RangeEdge(
            Txn<ByteBuffer> txn,
            Databases databases,
            Kind kind,
            ItemLayout layout,
            int table,
            Cursor<ByteBuffer> cursor) {
        this.txn = txn;
        this.databases = databases;
        this.kind = kind;
        this.layout = layout;
        this.table = table;
        this.cursor = cursor;
    }

    /**
     * The value tells: it begins with the item's key, from which all but the table's number follows, and its checksum is
     * over the LMDB key too. The checksum is compared only at the end of a table: values may be large.
     */
    boolean isInPlace() {
        ByteBuffer key = cursor.key();
        if (key.remaining() < ItemLayout.HASH_END || key.remaining() > ItemLayout.MAX_KEY_BYTES) {
            return false;
        }
        ItemKey told = Bucket.firstKeyIfReadable(cursor.val(), key, layout);
        if (told != null && ItemLayout.table(key) == table) {
            return true;
        }
        CheckedValues values = databases.values();
        if (!CheckedValues.hasChecksum(cursor.val())) {
            return told != null && values.isTable(ItemLayout.table(key));
        }
        if (values.isIntact(kind, key, cursor.val())) {
            return true;
        }
        // A damaged value of another table is no matter of this one, unless it is the number that is damaged.
        return told != null && values.isTable(ItemLayout.table(key)) && !isIntactHere(told);
    }

    private boolean isIntactHere(ItemKey told) {
        ByteBuffer own = ByteBuffer.allocate(ItemLayout.MAX_KEY_BYTES);
        layout.key(own, table, told);
        return databases.values().isIntact(kind, own, cursor.val());
    }

    /** Notes that the entry is not in its place. @throws dev.meridian.node.store.DamagedValueException if not passed over */
    void damaged(boolean isPassedOver) {
        var damage = databases.damagedKey(txn, kind, table, cursor);
        if (!isPassedOver) {
            throw damage;
        }
    }
}
