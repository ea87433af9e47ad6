package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.SequenceNumber;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The writer's view: sees all earlier edits, also those of the same commit. */
public interface WriteView extends ReadView {
    String OF_TABLES = "table/";

    /**
     * A local write: gives the item a version above all before, keeps its causal context, and adds the change row. A
     * write that leaves the image as it was gets a new version and replicates, but is no event for the stream.
     *
     * @param image by {@link dev.meridian.model.ItemCodec}
     */
    Version put(TableDescriptor table, ItemKey key, Bytes image, Cause cause);

    /** A local delete; leaves a tombstone if the table replicates. @return null if there was no item: nothing happens */
    @Nullable
    Version delete(TableDescriptor table, ItemKey key, Cause cause);

    /** What this work writes from here on is one DynamoDB transaction: its change rows share a new id. */
    void beginTransaction();

    /** What this work writes from here on was part of that transaction, elsewhere; null: of none. */
    void transaction(@Nullable UUID id);

    /**
     * A remote write that won here: puts the item or the tombstone under the given stamp, and adds the change row of the
     * stream if the image changed.
     *
     * @param image null for a delete
     */
    void apply(TableDescriptor table, ItemKey key, @Nullable Bytes image, Stamp stamp);

    /** Changes the stamp of the item or tombstone under a key, and nothing else. */
    void restamp(TableDescriptor table, ItemKey key, Stamp stamp);

    /** Records that two writes of an item were concurrent, with both, for as long as conflicts are kept. */
    void conflict(TableDescriptor table, ItemKey key, Conflict.Write winner, Conflict.Write loser);

    /**
     * A tombstone that is no longer needed goes. What is written from now on is above it, and a new item's history
     * includes the floor.
     */
    void collect(TableDescriptor table, ItemKey key);

    /** Every write to the table up to here has been applied; to be said before tombstones are collected for it. */
    void raiseFloor(TableDescriptor table, VersionVector applied);

    /**
     * The table is loaded anew: what is not here may come, even if it lies below what the floor was. What was known of it
     * remains known: it is in the history of what is written here.
     */
    void forgetFloor(TableDescriptor table);

    /**
     * Gives what is under a key, an item or a tombstone, a new version, and replicates it: a write that other regions
     * have missed for good. It is no event for the stream.
     *
     * @return null if there is neither
     */
    @Nullable
    Version reissue(TableDescriptor table, ItemKey key);

    /**
     * Removes the items of a part of {@link #copy}'s order whose versions are in {@code seen}, without a trace, except
     * those in {@code kept}.
     *
     * @param after from behind this key; null for the beginning
     * @param through up to and including this key; null for the end
     * @return those that went
     */
    List<ReadView.Versioned> purge(
            TableDescriptor table,
            @Nullable ItemKey after,
            @Nullable ItemKey through,
            Set<ItemKey> kept,
            VersionVector seen);

    /** Removes the item under a key, if there is one, without a trace. */
    void purge(TableDescriptor table, ItemKey key);

    /** What is written from now on is above {@code seen}. */
    void witness(HybridTimestamp seen);

    /**
     * The store was put back to an earlier state and begins another history: what others have seen of it up to a clock is
     * dealt with from now on.
     *
     * @param above what is written from now on is above this clock
     * @param behind what is written from now on is behind this change
     */
    void rejoin(Incarnation next, HybridTimestamp above, SequenceNumber behind);

    /**
     * Makes or replaces a table under its name; a new table's {@code number}, and that of a new index, comes from
     * {@link #nextTableNumber}.
     *
     * <p>An index that is CREATING is filled with the items that are there, in later steps of the store's own, and then
     * ACTIVE; one on a table without items may begin ACTIVE. An index that is DELETING leaves the table by itself, when
     * its entries are gone, and in no other way.
     */
    void putTable(TableDescriptor table);

    /** The next number of a table or an index, to be stored by the same {@code work}; else it may be given again. */
    int nextTableNumber();

    /**
     * The table leaves the catalog at once; its items and indexes go in later steps of the store's own, its change rows
     * as they are published. Its stream ends.
     */
    void dropTable(TableDescriptor table);

    /** Makes or replaces a stream under its table's name and its label. */
    void putStream(StreamDescriptor stream);

    /** The last change of the whole store. */
    SequenceNumber last();

    /** Takes the next number, so that no change ever has it. It counts as that of the last change. */
    SequenceNumber skipNumber();

    void position(Position position);

    void forgetPosition(Position position);

    /**
     * @param space one that begins with {@link #OF_TABLES} has table ids as keys, and its documents go with their tables
     * @param value null removes it
     */
    void document(String space, String key, @Nullable Bytes value);

    /**
     * The region's clock had run away and goes on above {@code to}; items that have versions above it are to be issued anew
     * by {@link #reissueLower}, all of them before anything else is written.
     */
    void lowerClock(HybridTimestamp to);

    /**
     * What is under a key gets a version of the clock as it is now, though the one that it has may be above it, and goes out
     * again. Null if there is nothing.
     */
    @Nullable
    Version reissueLower(TableDescriptor table, ItemKey key);

    /** A clock reading that everything committed so far is below and everything later is above. */
    HybridTimestamp mark();
}
