package dev.meridian.simulator.check;

import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import org.jspecify.annotations.Nullable;

/** A read that waits for a position sees what was told with the position, or something later. */
public final class CausalTokens {
    private static final String LAW = "causal tokens are honoured";

    private final Ledger ledger;
    private int checked;

    public CausalTokens(Ledger ledger) {
        this.ledger = ledger;
    }

    public int checked() {
        return checked;
    }

    /** A region has let a read go on behind the position that came with a write. @param found null if there is no item */
    public void read(WrittenItem write, RegionId region, @Nullable Version found) {
        checked++;
        LawBroken.unless(
                ledger.isHeldOrOvertaken(write, found),
                LAW,
                () -> region + " was to have what came with " + write + ", and read "
                        + (found == null ? "nothing" : found));
    }
}
