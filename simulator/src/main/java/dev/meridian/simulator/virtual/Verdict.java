package dev.meridian.simulator.virtual;

import dev.meridian.simulator.scenario.Objectives;
import dev.meridian.simulator.scenario.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What became of one objective. */
public record Verdict(String name, String asked, String measured, boolean passed) {
    private static final double P99 = 99;

    /** Of everything that the scenario asks for. What could not be seen has not been reached. */
    public static List<Verdict> of(Objectives asked, SimulationResult result) {
        List<Verdict> verdicts = new ArrayList<>();
        Duration rto = asked.rto();
        if (rto != null) {
            verdicts.add(rto(rto, result));
        }
        Duration rpo = asked.rpo();
        if (rpo != null) {
            Duration oldest = result.losses().stream()
                    .map(SimulationResult.Loss::oldest)
                    .max(Duration::compareTo)
                    .orElse(Duration.ZERO);
            verdicts.add(atMost("rpo", rpo, oldest));
        }
        Integer items = asked.rpoItems();
        if (items != null) {
            int most = result.losses().stream()
                    .mapToInt(SimulationResult.Loss::changes)
                    .max()
                    .orElse(0);
            verdicts.add(new Verdict("rpoItems", "at most " + items, Integer.toString(most), most <= items));
        }
        Duration lag = asked.lagP99();
        if (lag != null) {
            long worst = result.lagMicros().values().stream()
                    .mapToLong(histogram -> p99(histogram))
                    .max()
                    .orElse(0);
            verdicts.add(atMost("lagP99", lag, Duration.ofNanos(worst * 1_000)));
        }
        Double rate = asked.errorRate();
        if (rate != null) {
            double measured = result.requests() == 0 ? 0 : (double) result.failedRequests() / result.requests();
            verdicts.add(new Verdict(
                    "errorRate", "at most " + Text.percent(rate), Text.percent(measured), measured <= rate));
        }
        Duration convergence = asked.convergence();
        if (convergence != null) {
            verdicts.add(atMost("convergence", convergence, result.convergence()));
        }
        return verdicts;
    }

    private static long p99(Histogram histogram) {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(P99);
    }

    private static Verdict rto(Duration asked, SimulationResult result) {
        Duration worst = Duration.ZERO;
        for (SimulationResult.Failure failure : result.failures()) {
            // Clients that met no error have missed nothing.
            Duration back = failure.detected() == null ? Duration.ZERO : failure.firstSuccess();
            if (back == null) {
                return atMost("rto", asked, null);
            }
            worst = back.compareTo(worst) > 0 ? back : worst;
        }
        return atMost("rto", asked, worst);
    }

    private static Verdict atMost(String name, Duration asked, @Nullable Duration measured) {
        String shown = measured == null ? "never" : String.format(Locale.ROOT, "%.1f ms", measured.toNanos() / 1e6);
        return new Verdict(
                name, "at most " + Text.of(asked), shown, measured != null && measured.compareTo(asked) <= 0);
    }
}
