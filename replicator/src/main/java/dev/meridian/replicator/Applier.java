package dev.meridian.replicator;

import dev.meridian.conflict.ConflictRule;
import dev.meridian.conflict.Decision;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import org.jspecify.annotations.Nullable;

/** Applies one remote write by the conflict rule. */
public final class Applier {
    private Applier() {}

    public static Decision.Outcome apply(
            ReplicaTransaction transaction, TableId table, ItemKey key, @Nullable Bytes image, Stamp remote) {
        Stamp local = transaction.stamp(table, key);
        Decision decision = ConflictRule.decide(local, remote);
        if (decision.outcome().remoteApplies()) {
            transaction.apply(table, key, image, decision.stamp());
        } else if (!decision.stamp().equals(local)) {
            transaction.restamp(table, key, decision.stamp());
        }
        return decision.outcome();
    }
}
