package dev.meridian.streams;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One change of one item, as committed in one region.
 *
 * @param sequence its place in the store of the region that committed it
 * @param lanes the ways it goes out; empty for a change that only other bookkeeping needs
 * @param newImage the item afterwards, by {@link dev.meridian.model.ItemCodec}; null for a delete
 * @param oldImage the item before, kept only for the stream lane; null if there was none
 * @param committedMillis wall clock of the commit, milliseconds since 1970
 */
public record Change(
        TableId tableId,
        SequenceNumber sequence,
        Set<Lane> lanes,
        Cause cause,
        Stamp stamp,
        ItemKey key,
        @Nullable Bytes newImage,
        @Nullable Bytes oldImage,
        long committedMillis) {
    public Change {
        lanes = Set.copyOf(lanes);
    }

    public boolean isDelete() {
        return newImage == null;
    }
}
