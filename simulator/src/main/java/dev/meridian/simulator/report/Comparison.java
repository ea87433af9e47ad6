package dev.meridian.simulator.report;

import dev.meridian.simulator.report.DrillReport.NowhereElse;
import dev.meridian.simulator.report.DrillReport.PairLag;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was predicted beside what was measured. */
final class Comparison {
    private Comparison() {}

    static String html(DrillReport report, Prediction prediction) {
        List<List<String>> rows = new ArrayList<>();
        for (Prediction.PairPrediction predicted : prediction.lag()) {
            Percentiles measured = report.lag().stream()
                    .filter(pair ->
                            pair.from().equals(predicted.from()) && pair.to().equals(predicted.to()))
                    .map(PairLag::total)
                    .findFirst()
                    .orElse(null);
            String pair = Html.escaped(predicted.from() + " → " + predicted.to());
            rows.add(row(pair + " p50", predicted.p50Millis(), measured == null ? null : (Double) measured.p50()));
            rows.add(row(pair + " p95", predicted.p95Millis(), measured == null ? null : (Double) measured.p95()));
            rows.add(row(pair + " p99", predicted.p99Millis(), measured == null ? null : (Double) measured.p99()));
        }
        Double rpo = prediction.rpoMillis();
        if (rpo != null) {
            rows.add(row("RPO", rpo, oldest(report)));
        }
        Long items = prediction.rpoItems();
        if (items != null) {
            Long measured = records(report);
            rows.add(List.of(
                    "RPO in changes",
                    Html.count(items),
                    Html.count(measured),
                    measured == null ? "" : Html.number("%+d", measured - items)));
        }
        return Html.paragraph("Predicted by " + prediction.source() + ".")
                + Html.table(List.of("figure", "#predicted", "#measured", "#measured to predicted"), rows)
                + Html.soft("RPO: what no other region had when one was killed, the worst of all kills.");
    }

    private static @Nullable Double oldest(DrillReport report) {
        List<NowhereElse> kills = report.nowhereElse();
        return kills == null
                ? null
                : kills.stream()
                        .map(NowhereElse::oldestMillis)
                        .max(Double::compare)
                        .orElse(null);
    }

    private static @Nullable Long records(DrillReport report) {
        List<NowhereElse> kills = report.nowhereElse();
        return kills == null
                ? null
                : kills.stream().map(NowhereElse::records).max(Long::compare).orElse(null);
    }

    private static List<String> row(String name, double predicted, @Nullable Double measured) {
        return List.of(
                name,
                Html.millis((Double) predicted),
                Html.millis(measured),
                measured == null || predicted <= 0
                        ? ""
                        : Html.number("%+.0f %%", 100 * (measured - predicted) / predicted));
    }
}
