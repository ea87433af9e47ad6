package dev.meridian.replicator;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What applying remote changes does to a store; all of it or nothing. */
public interface ReplicaTransaction {
    /** Whether the table is here. */
    boolean has(TableId table);

    /** Of the item or tombstone under a key; null if there is neither. */
    @Nullable
    Stamp stamp(TableId table, ItemKey key);

    /** Of the item under a key, by {@link dev.meridian.model.ItemCodec}; null if there is none. */
    @Nullable
    Bytes image(TableId table, ItemKey key);

    /** Records that two writes were concurrent. */
    void conflict(TableId table, ItemKey key, Conflict.Write winner, Conflict.Write loser);

    /** Two different values have one version: somebody is to look at it. */
    void clash(TableId table, ItemKey key, Version version);

    /** What is applied from here on was part of a DynamoDB transaction of its origin; null: it was not. */
    void transaction(@Nullable UUID id);

    /** Puts the item, or the tombstone if {@code image} is null. */
    void apply(TableId table, ItemKey key, @Nullable Bytes image, Stamp stamp);

    /** Changes what the item or tombstone under a key is stamped with. */
    void restamp(TableId table, ItemKey key, Stamp stamp);

    /** Up to where every write to the table had been applied here when tombstones were last collected. */
    VersionVector floor(TableId table);

    /**
     * Removes the items of a part of the table, in the order of a copy, that the source of the copy has seen and no longer
     * has.
     *
     * @param after from behind this key; null for the beginning
     * @param through up to this key; null for the end
     * @param kept what the source has there
     * @param seen what the source has seen
     * @return the keys of those that went, with their versions
     */
    Map<ItemKey, Version> purge(
            TableId table, @Nullable ItemKey after, @Nullable ItemKey through, Set<ItemKey> kept, VersionVector seen);

    void position(RegionId origin, TopicPartition at, LogPosition place);

    Optional<Bytes> document(String space, String key);

    /** How many documents a space has. */
    int documents(String space);

    /** Keeps a small document; null removes it. */
    void document(String space, String key, @Nullable Bytes value);
}
