package dev.meridian.replicator;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.TopicPartition;
import java.util.Optional;
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

    /** Puts the item, or the tombstone if {@code image} is null. */
    void apply(TableId table, ItemKey key, @Nullable Bytes image, Stamp stamp);

    /** Changes what the item or tombstone under a key is stamped with. */
    void restamp(TableId table, ItemKey key, Stamp stamp);

    void position(RegionId origin, TopicPartition at, long next);

    Optional<Bytes> document(String space, String key);

    /** Keeps a small document; null removes it. */
    void document(String space, String key, @Nullable Bytes value);
}
