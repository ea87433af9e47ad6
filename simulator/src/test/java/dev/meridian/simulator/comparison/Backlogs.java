package dev.meridian.simulator.comparison;

import dev.meridian.simulator.comparison.MeridianProcess.Backlog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What was seen of a backlog while writes came at a rate. */
final class Backlogs {
    /** Less than so many seconds' writes is what is on its way anyhow. */
    private static final double ON_THE_WAY_SECONDS = 1;

    /** More than this share of the writes piles up. */
    private static final double GROWTH_SHARE = 0.01;

    private final List<Sample> samples = new ArrayList<>();

    /** @param second since the load began */
    record Sample(double second, Backlog backlog) {}

    void add(double second, Backlog backlog) {
        samples.add(new Sample(second, backlog));
    }

    List<Sample> samples() {
        return Collections.unmodifiableList(samples);
    }

    /** The last two thirds, when what begins has begun. */
    private List<Sample> late() {
        return samples.subList(samples.size() / 3, samples.size());
    }

    long mostLate() {
        return late().stream().mapToLong(each -> each.backlog().all()).max().orElse(0);
    }

    /** Changes a second that the backlog grew by: the slope of the straight line closest to it. */
    double growth() {
        List<Sample> late = late();
        double second = late.stream().mapToDouble(Sample::second).average().orElse(0);
        double all =
                late.stream().mapToLong(each -> each.backlog().all()).average().orElse(0);
        double both = 0;
        double squares = 0;
        for (Sample each : late) {
            both += (each.second() - second) * (each.backlog().all() - all);
            squares += (each.second() - second) * (each.second() - second);
        }
        return squares == 0 ? 0 : both / squares;
    }

    boolean isBounded(double perSecond) {
        return mostLate() < ON_THE_WAY_SECONDS * perSecond || growth() < GROWTH_SHARE * perSecond;
    }
}
