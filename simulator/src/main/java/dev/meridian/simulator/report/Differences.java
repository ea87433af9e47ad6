package dev.meridian.simulator.report;

import dev.meridian.simulator.report.DrillReport.Clients;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.Loss;
import dev.meridian.simulator.report.DrillReport.PairLag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The figures of two reports side by side. */
final class Differences {
    /** Figures by name; all are better when they are smaller. */
    private static Map<String, Double> figures(DrillReport report) {
        Map<String, Double> figures = new TreeMap<>();
        for (PairLag pair : report.lag()) {
            Percentiles total = pair.total();
            if (total != null) {
                figures.put("lag p50, " + pair.from() + " → " + pair.to() + " (ms)", total.p50());
                figures.put("lag p99, " + pair.from() + " → " + pair.to() + " (ms)", total.p99());
            }
        }
        for (Failover failover : report.failovers()) {
            Double served = failover.firstSuccessSeconds();
            put(
                    figures,
                    "RTO, clients of " + failover.clientsOf() + " (ms)",
                    served == null ? null : (Double) (1_000 * served));
        }
        for (Loss loss : report.losses()) {
            String pair = ", " + loss.from() + " → " + loss.to();
            put(figures, "RPO by watermark" + pair + " (ms)", loss.watermarkAgeMillis());
            Long records = loss.records();
            put(figures, "RPO in changes" + pair, records == null ? null : (Double) (double) records);
        }
        for (Clients clients : report.clients()) {
            Percentiles latency = clients.latency();
            if (latency != null) {
                figures.put("latency p99, clients of " + clients.region() + " (ms)", latency.p99());
            }
            if (clients.requests() > 0) {
                figures.put(
                        "errors, clients of " + clients.region() + " (%)",
                        100.0 * clients.errors() / clients.requests());
            }
        }
        put(figures, "convergence (ms)", report.convergence().tookMillis());
        return figures;
    }

    private Differences() {}

    private static void put(Map<String, Double> figures, String name, @Nullable Double value) {
        if (value != null) {
            // Of several of one name the worst counts.
            figures.merge(name, value, Math::max);
        }
    }

    static String html(DrillReport report, DrillReport baseline) {
        Map<String, Double> now = figures(report);
        Map<String, Double> before = figures(baseline);
        SortedSet<String> names = new TreeSet<>(now.keySet());
        names.addAll(before.keySet());
        List<List<String>> rows = new ArrayList<>();
        for (String name : names) {
            rows.add(List.of(
                    Html.escaped(name),
                    text(before.get(name)),
                    text(now.get(name)),
                    change(before.get(name), now.get(name))));
        }
        String about = "Against the drill of " + baseline.about().started() + ", version "
                + baseline.about().version() + ", seed " + baseline.about().seed() + ", which "
                + (baseline.passed() ? "passed" : "failed") + ".";
        return Html.paragraph(about) + Html.table(List.of("figure", "#before", "#now", "#change"), rows);
    }

    private static String text(@Nullable Double value) {
        return value == null ? Html.NOT_MEASURED : Html.number("%.1f", value);
    }

    private static String change(@Nullable Double before, @Nullable Double now) {
        if (before == null || now == null) {
            return "";
        }
        double difference = now - before;
        String text = Html.number("%+.1f", difference)
                + (before > 0 ? Html.number(" (%+.0f %%)", 100 * difference / before) : "");
        return difference == 0 ? text : "<span class=" + (difference < 0 ? "good" : "bad") + ">" + text + "</span>";
    }
}
