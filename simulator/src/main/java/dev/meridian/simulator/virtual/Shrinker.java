package dev.meridian.simulator.virtual;

import dev.meridian.simulator.virtual.Ranges.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Makes a failing run smaller: fewer faults, then fewer operations, as long as the same law breaks. What it ends with
 * fails for certain, for it has been seen to.
 */
public final class Shrinker {
    private final Function<Plan, SimulationResult> runner;
    private final String law;
    private final BooleanSupplier goesOn;
    private Plan smallest;
    private SimulationResult result;

    private Shrinker(
            Function<Plan, SimulationResult> runner, Plan plan, SimulationResult result, BooleanSupplier goesOn) {
        this.runner = runner;
        this.law = java.util.Objects.requireNonNull(result.broken()).law();
        this.smallest = plan;
        this.result = result;
        this.goesOn = goesOn;
    }

    /** @param goesOn asked before each run */
    public static Plan shrink(
            Function<Plan, SimulationResult> runner, Plan plan, SimulationResult failed, BooleanSupplier goesOn) {
        Shrinker shrinker = new Shrinker(runner, plan, failed, goesOn);
        shrinker.dropFaults();
        shrinker.dropOperations();
        shrinker.dropFaults();
        return shrinker.smallest;
    }

    private boolean stillFails(Plan plan) {
        if (!goesOn.getAsBoolean()) {
            return false;
        }
        SimulationResult tried = runner.apply(plan);
        if (tried.broken() == null || !tried.broken().law().equals(law)) {
            return false;
        }
        smallest = plan;
        result = tried;
        return true;
    }

    /** All at once, or one by one. */
    private void dropFaults() {
        List<Range> kept = new ArrayList<>();
        for (int i = 0; i < smallest.whole().timeline().size(); i++) {
            if (smallest.faults().contains(i)) {
                kept.add(new Range(i, i));
            }
        }
        if (kept.isEmpty() || stillFails(smallest.withFaults(new Ranges(List.of())))) {
            return;
        }
        for (Range one : List.copyOf(kept)) {
            List<Range> fewer = new ArrayList<>(kept);
            fewer.remove(one);
            if (stillFails(smallest.withFaults(new Ranges(fewer)))) {
                kept = fewer;
            }
        }
    }

    /** Halves, quarters, and so on, down to single ones. */
    private void dropOperations() {
        int count = result.operations();
        if (count == 0) {
            return;
        }
        List<Range> kept = new ArrayList<>();
        for (Range range : smallest.operations().ranges()) {
            if (range.from() < count) {
                kept.add(new Range(range.from(), Math.min(range.to(), count - 1)));
            }
        }
        for (int size = (count + 1) / 2; size > 0 && goesOn.getAsBoolean(); size = size == 1 ? 0 : (size + 1) / 2) {
            kept = split(kept, size);
            for (Range one : List.copyOf(kept)) {
                List<Range> fewer = new ArrayList<>(kept);
                fewer.remove(one);
                if (stillFails(smallest.withOperations(new Ranges(joined(fewer))))) {
                    kept = fewer;
                }
            }
        }
    }

    private static List<Range> split(List<Range> ranges, int size) {
        List<Range> parts = new ArrayList<>();
        for (Range range : ranges) {
            for (int from = range.from(); from <= range.to(); from += size) {
                parts.add(new Range(from, Math.min(range.to(), from + size - 1)));
            }
        }
        return parts;
    }

    private static List<Range> joined(List<Range> ranges) {
        List<Range> joined = new ArrayList<>();
        for (Range range : ranges) {
            Range last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (last != null && last.to() + 1 == range.from()) {
                joined.set(joined.size() - 1, new Range(last.from(), range.to()));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }
}
