package dev.meridian.simulator.check;

import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a client was told to be done is committed by then; it is there in the end, in each region, or has lost to a write
 * that is known.
 */
public final class AcknowledgedWrites {
    private static final String LAW = "acknowledged writes are kept";

    private final Ledger ledger;
    private final List<WrittenItem> acknowledged = new ArrayList<>();

    public AcknowledgedWrites(Ledger ledger) {
        this.ledger = ledger;
    }

    /** A client heard that its request is done. @param committed what the region had committed for it by then */
    public void acknowledged(String request, boolean mustWrite, List<WrittenItem> committed) {
        LawBroken.unless(
                !mustWrite || !committed.isEmpty(),
                LAW,
                () -> request + " was acknowledged, and nothing of it was committed");
        acknowledged.addAll(committed);
    }

    /** Folders were replaced, and the ledger knows what is left. */
    public void keep() {
        acknowledged.removeIf(write -> !ledger.isKept(write));
    }

    public int count() {
        return acknowledged.size();
    }

    /** At the end, of one table in one region. */
    public void check(TableId table, RegionId region, Holdings holdings) {
        for (WrittenItem write : acknowledged) {
            if (!write.table().equals(table)) {
                continue;
            }
            Holdings.Held held = holdings.items().get(write.key());
            boolean kept =
                    held == null ? ledger.isDeletedSince(write) : held.version().compareTo(write.version()) >= 0;
            LawBroken.unless(
                    kept,
                    LAW,
                    () -> write + " was acknowledged, and " + region + " has " + (held == null ? "nothing" : held));
        }
        Map<dev.meridian.model.ItemKey, WrittenItem> highest = ledger.highest(table);
        holdings.items().forEach((key, held) -> {
            WrittenItem winner = highest.get(key);
            LawBroken.unless(
                    winner != null
                            && winner.version().equals(held.version())
                            && Objects.equals(held.image(), winner.image()),
                    LAW,
                    () -> region + " has " + key + " as " + held + "; the winner is " + winner);
        });
    }
}
