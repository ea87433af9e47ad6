package dev.meridian.streams;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import org.jspecify.annotations.Nullable;

/**
 * Two writes of one item of which neither knew the other, as one region resolved them. Each region that meets both reports
 * the pair once: what several regions report is the same where table, key, winner and loser are.
 *
 * @param id its place among all conflicts of the region that detected it; grows, never reused, from 1
 * @param region where it was detected
 * @param detectedMillis wall clock there, milliseconds since 1970
 */
public record Conflict(
        long id,
        RegionId region,
        long detectedMillis,
        TableId tableId,
        String table,
        KeySchema schema,
        ItemKey key,
        Write winner,
        Write loser) {
    /**
     * One of the two.
     *
     * @param image by {@link dev.meridian.model.ItemCodec}; null for a delete
     */
    public record Write(Version version, @Nullable Bytes image) {
        public boolean isDelete() {
            return image == null;
        }
    }

    /** The key attributes. */
    public Item keys() {
        return key.toItem(schema);
    }
}
