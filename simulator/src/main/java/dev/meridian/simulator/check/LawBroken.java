package dev.meridian.simulator.check;

import java.util.function.Supplier;

/** What must hold does not. */
public final class LawBroken extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final String law;

    public LawBroken(String law, String what) {
        super(law + ": " + what);
        this.law = law;
    }

    /** Which one: a few words. */
    public String law() {
        return law;
    }

    static void unless(boolean holds, String law, Supplier<String> what) {
        if (!holds) {
            throw new LawBroken(law, what.get());
        }
    }
}
