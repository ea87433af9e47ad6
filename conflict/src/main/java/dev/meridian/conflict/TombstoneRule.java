package dev.meridian.conflict;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.VersionVector;
import java.util.Map;

/** When the trace of a delete is no longer needed. */
public final class TombstoneRule {
    private TombstoneRule() {}

    /**
     * A tombstone may go when
     *
     * <ul>
     *   <li>every replica has applied the delete and all that it knew of, and said so in a heartbeat that this region has
     *       reached: what another region wrote without knowing of these has then been applied here, and what comes later
     *       names them in its context, which would otherwise have to be had from the tombstone;
     *   <li>this region has applied all that any replica issued up to the clock of the delete: whatever is older and comes
     *       once more is known by that, and dropped;
     *   <li>this region has applied all that the delete knew of.
     * </ul>
     *
     * @param own up to where this region has applied each region, itself at {@link HybridTimestamp#MAX}
     * @param others what each other replica has said that it applied, itself at {@link HybridTimestamp#MAX}
     */
    public static boolean mayCollect(Stamp deleted, VersionVector own, Map<RegionId, VersionVector> others) {
        HybridTimestamp time = deleted.version().time();
        return own.includes(deleted.version())
                && own.includes(deleted.context())
                && others.entrySet().stream()
                        .allMatch(other -> other.getValue().includes(deleted.version())
                                && other.getValue().includes(deleted.context())
                                && own.get(other.getKey()).compareTo(time) >= 0);
    }
}
