package dev.meridian.conflict;

import dev.meridian.conflict.Decision.Outcome;
import dev.meridian.model.Stamp;
import dev.meridian.model.VersionVector;
import org.jspecify.annotations.Nullable;

/** Last writer wins by version; the causal context tells an overwrite from a lost update. */
public final class ConflictRule {
    private ConflictRule() {}

    /**
     * Decides about a remote write.
     *
     * @param local what this region holds under the key, an item's or a tombstone's stamp; null if neither
     */
    public static Decision decide(@Nullable Stamp local, Stamp remote) {
        if (local == null) {
            return new Decision(Outcome.CLEAN, remote);
        }
        VersionVector context = local.context().join(remote.context());
        if (local.version().equals(remote.version())) {
            return new Decision(Outcome.DUPLICATE, new Stamp(local.version(), context));
        }
        boolean remoteKnewLocal = remote.includes(local.version());
        boolean localKnewRemote = local.includes(remote.version());
        boolean remoteWins = remote.version().compareTo(local.version()) > 0;
        Stamp winner = remoteWins ? remote : local;
        Stamp loser = remoteWins ? local : remote;
        Stamp merged = new Stamp(winner.version(), context.with(loser.version()));
        if (remoteKnewLocal) {
            return new Decision(Outcome.CLEAN, merged);
        }
        if (localKnewRemote) {
            return new Decision(Outcome.STALE, merged);
        }
        return new Decision(remoteWins ? Outcome.CONFLICT_REMOTE_WINS : Outcome.CONFLICT_LOCAL_WINS, merged);
    }
}
