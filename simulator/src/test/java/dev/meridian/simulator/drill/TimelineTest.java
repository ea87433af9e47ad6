package dev.meridian.simulator.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.Scenarios;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is due at one time is done in the order of the file. */
@Timeout(60)
class TimelineTest {
    private static final int TIMES = 100;

    private static Scenario mendedAndCutAtOnce() {
        StringBuilder yaml = new StringBuilder("""
            description: d
            duration: 1s
            regions: [us-east-1, eu-west-1]
            workloads: [{kind: ycsb-a, rate: 10/s}]
            timeline:
            """);
        for (int i = 0; i < TIMES; i++) {
            yaml.append("  - {at: 100ms, fault: link-cut, from: us-east-1, to: eu-west-1}\n");
            yaml.append("  - {at: 100ms, fault: link-mend, from: us-east-1, to: eu-west-1}\n");
        }
        return Scenarios.read("known", "known.yaml", yaml.toString());
    }

    @Test
    void whatIsDueAtOnceKeepsItsOrder() throws Exception {
        Scenario scenario = mendedAndCutAtOnce();
        List<Fault> injected = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch left = new CountDownLatch(2 * TIMES);
        try (Timeline timeline = new Timeline(
                fault -> {
                    injected.add(fault);
                    left.countDown();
                },
                DrillClock.startingNow(InstantSource.system()))) {
            timeline.play(scenario);
            left.await();
        }
        assertThat(injected)
                .isEqualTo(scenario.steps().stream().map(Step::fault).toList());
    }
}
