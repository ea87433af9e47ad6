package dev.meridian.replicator;

import dev.meridian.conflict.ConflictRule;
import dev.meridian.conflict.Decision;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.streams.Conflict.Write;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Applies one remote write by the conflict rule; what loses to a write that did not know it is recorded. */
public final class Applier {
    private Applier() {}

    public static Decision.Outcome apply(
            ReplicaTransaction transaction, TableId table, ItemKey key, @Nullable Bytes image, Stamp remote) {
        Stamp local = transaction.stamp(table, key);
        if (local == null && transaction.floor(table).includes(remote.version())) {
            // It has been applied here before, and deleted, and the delete has been collected: it comes once more.
            return Decision.Outcome.STALE;
        }
        Decision decision = ConflictRule.decide(local, remote);
        if (decision.outcome() == Decision.Outcome.DUPLICATE) {
            compare(transaction, table, key, image, remote);
        }
        boolean isConflict = local != null && decision.outcome().isConflict();
        Bytes held = isConflict ? transaction.image(table, key) : null;
        if (decision.outcome().remoteApplies()) {
            transaction.apply(table, key, image, decision.stamp());
        } else if (!decision.stamp().equals(local)) {
            transaction.restamp(table, key, decision.stamp());
        }
        if (local != null && isConflict) {
            Write here = new Write(local.version(), held);
            Write there = new Write(remote.version(), image);
            boolean remoteWins = decision.outcome().remoteApplies();
            transaction.conflict(table, key, remoteWins ? there : here, remoteWins ? here : there);
        }
        return decision.outcome();
    }

    /**
     * A store that was put back while its clock was behind may give a version twice. Whichever value comes first, all
     * regions keep the same: the one whose bytes are greater, a delete being the least.
     */
    private static void compare(
            ReplicaTransaction transaction, TableId table, ItemKey key, @Nullable Bytes image, Stamp remote) {
        Bytes held = transaction.image(table, key);
        if (Objects.equals(held, image)) {
            return;
        }
        transaction.clash(table, key, remote.version());
        boolean isGreater = image != null && (held == null || image.compareTo(held) > 0);
        if (isGreater) {
            transaction.apply(table, key, image, remote);
        }
    }
}
