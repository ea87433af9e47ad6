package dev.meridian.simulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.meridian.simulator.comparison.MeridianProcess.Backlog;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

class BacklogsTest {
    private static final int SECONDS = 60;

    private static Backlogs of(IntToLongFunction backlog) {
        Backlogs backlogs = new Backlogs();
        for (int second = 1; second <= SECONDS; second++) {
            long all = backlog.applyAsLong(second);
            backlogs.add(second, new Backlog(all / 3, all - all / 3));
        }
        return backlogs;
    }

    @Test
    void whatIsAlwaysOnItsWayIsBounded() {
        Backlogs backlogs = of(second -> second % 2 == 0 ? 300 : 500);
        assertThat(backlogs.isBounded(1_000)).isTrue();
        assertThat(backlogs.mostLate()).isEqualTo(500);
    }

    @Test
    void muchThatDoesNotGrowIsBounded() {
        Backlogs backlogs = of(second -> second < 10 ? 1_000 * second : 10_000 - second % 5);
        assertThat(backlogs.growth()).isCloseTo(0, within(1.0));
        assertThat(backlogs.isBounded(1_000)).isTrue();
    }

    @Test
    void whatGrowsIsNot() {
        Backlogs backlogs = of(second -> 100L * second);
        assertThat(backlogs.growth()).isCloseTo(100, within(0.001));
        assertThat(backlogs.isBounded(1_000)).isFalse();
        assertThat(backlogs.isBounded(20_000)).as("of far more writes").isTrue();
    }
}
