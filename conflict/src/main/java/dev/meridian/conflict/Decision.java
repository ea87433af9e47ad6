package dev.meridian.conflict;

import dev.meridian.model.Stamp;

/**
 * What to do with a remote write.
 *
 * @param outcome how it relates to what this region holds
 * @param stamp the stamp that the surviving write carries from now on
 */
public record Decision(Outcome outcome, Stamp stamp) {
    /** How a remote write relates to the local one. */
    public enum Outcome {
        /** The very write that is here already. */
        DUPLICATE,
        /** Nothing is here, or the remote write's history includes it: apply. */
        CLEAN,
        /** The local write's history includes the remote one: drop. */
        STALE,
        /** Neither knew of the other, and the remote one is higher: apply, the local one is the loser. */
        CONFLICT_REMOTE_WINS,
        /** Neither knew of the other, and the local one is higher: keep it, the remote one is the loser. */
        CONFLICT_LOCAL_WINS;

        public boolean remoteApplies() {
            return this == CLEAN || this == CONFLICT_REMOTE_WINS;
        }

        public boolean isConflict() {
            return this == CONFLICT_REMOTE_WINS || this == CONFLICT_LOCAL_WINS;
        }
    }
}
