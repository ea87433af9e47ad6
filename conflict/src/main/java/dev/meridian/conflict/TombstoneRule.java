package dev.meridian.conflict;

import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import java.util.Collection;

/** When the trace of a delete is no longer needed. */
public final class TombstoneRule {
    private TombstoneRule() {}

    /**
     * A tombstone may go when every replica has applied everything its region had issued up to it: then no write that the
     * delete knew of is still on its way anywhere.
     *
     * @param watermarks the applied vector of every replica of the table, this region's own included
     */
    public static boolean mayCollect(Version deleted, Collection<VersionVector> watermarks) {
        return !watermarks.isEmpty() && watermarks.stream().allMatch(watermark -> watermark.includes(deleted));
    }
}
