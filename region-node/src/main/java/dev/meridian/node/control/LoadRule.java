package dev.meridian.node.control;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import org.jspecify.annotations.Nullable;

/**
 * What a region that loads a table anew may remove because the source of the copy does not have it.
 *
 * @param self the region that loads
 * @param source the region that hands over the copy
 * @param seen what the source is known to have seen besides what it says
 * @param seenOfSource what has been seen here of the source's store
 * @param common of a region that rejoins: what it wrote up to this clock others know too; null if it does not rejoin
 * @param hasItsOwn whether the region has had the table since it joined, so that what it lacks of its own was deleted
 */
record LoadRule(
        RegionId self,
        RegionId source,
        VersionVector seen,
        SeenHistory seenOfSource,
        @Nullable HybridTimestamp common,
        boolean hasItsOwn) {
    /**
     * Versions of which an item is removed if the source lacks it. All that the source has seen, for what it no longer has
     * was deleted. But if its store was put back to an earlier state, it may never have had what it is said to have seen;
     * then only what lies at or below its floor, for there deletes leave nothing. If this store was put back, only that and
     * what the source wrote itself, of which its floor tells only as far as it has forgotten deletes.
     *
     * @param floor the source's when it was looked for what is removed
     */
    VersionVector removable(CopyRecord.Begin begin, VersionVector floor) {
        if (!saysWhatItHasSeen(begin) || !hasAllThatWasSeen(begin)) {
            return floor;
        }
        if (common == null) {
            return begin.seen().join(seen);
        }
        return begin.history() == null
                ? floor
                : floor.join(VersionVector.EMPTY.with(new Version(begin.seen().get(source), source)));
    }

    /** A source that may lack something of what it has seen does not. */
    private static boolean saysWhatItHasSeen(CopyRecord.Begin begin) {
        return !begin.seen().equals(begin.floor());
    }

    /** What its present life has written since it began the copy was seen, perhaps, and is in its log. */
    private boolean hasAllThatWasSeen(CopyRecord.Begin begin) {
        return begin.history() == null
                || begin.history().partsFrom(seenOfSource, HybridTimestamp.MAX).isEmpty();
    }

    /**
     * Whether a write that is not here, but in the copy, has been here. A source that was put back may have it still, and
     * have lost the delete behind it.
     */
    boolean wasDeleted(Version missing) {
        return hasItsOwn && common == null && missing.region().equals(self);
    }

    /** Whether what was removed may never have been anywhere else: a write that is lost. */
    boolean isLoss(Version removed) {
        return common != null && removed.region().equals(self) && removed.time().isAfter(common);
    }
}
