package dev.meridian.simulator.report;

import dev.meridian.simulator.report.DrillReport.Clients;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.Loss;
import dev.meridian.simulator.report.DrillReport.Objective;
import dev.meridian.simulator.report.DrillReport.PairLag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A report as one page that needs nothing else. */
final class HtmlReport {
    /** Above this the machine, and not the regions, made requests late. */
    private static final double SEND_DELAY_P99_MILLIS = 50;

    static final String END = "</main></body></html>\n";

    private final DrillReport report;
    private final @Nullable DrillReport baseline;

    HtmlReport(DrillReport report, @Nullable DrillReport baseline) {
        this.report = report;
        this.baseline = baseline;
    }

    /** A page up to its first section. */
    static String begin(String title) {
        return "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
                + "<meta name=viewport content=\"width=device-width,initial-scale=1\"><title>"
                + Html.escaped(title)
                + "</title><style>\n"
                + style()
                + "</style></head><body><main>\n";
    }

    private static String style() {
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    String html() {
        ReportTables tables = new ReportTables(report);
        StringBuilder html = new StringBuilder(50_000);
        html.append(begin("Drill " + report.about().scenario()));
        html.append(head()).append(cards());
        html.append(Html.section("Objectives", objectives()));
        html.append(Html.section("What happened", charts()));
        html.append(Html.longSection("Recovery time", tables.failovers()));
        html.append(Html.longSection("Recovery point: what would have been lost", tables.losses()));
        Prediction prediction = report.prediction();
        if (prediction != null) {
            html.append(Html.section("Prediction and measurement", Comparison.html(report, prediction)));
        }
        if (baseline != null) {
            html.append(Html.longSection("Difference to an earlier drill", Differences.html(report, baseline)));
        }
        html.append(Html.longSection("Lag by pair and stage", tables.lag()));
        html.append(Html.section("Clients", tables.clients()));
        html.append(Html.section("Backlog and catching up", tables.catchUps()));
        html.append(Html.section("Conflicts", tables.conflicts()));
        html.append(Html.section("Convergence and its proof", tables.convergence()));
        html.append(Html.section("Streams", tables.streams()));
        html.append(Html.section("Settings of replicas", tables.drift()));
        html.append(Html.longSection("Time line", tables.timeline()));
        html.append(Html.longSection("How it was run", tables.about()));
        return html.append(END).toString();
    }

    private String head() {
        String badge = report.passed()
                ? "<span class=\"badge good\">✓ PASSED</span>"
                : "<span class=\"badge bad\">✗ FAILED</span>";
        String note = "";
        Percentiles delay = report.sendDelay();
        if (delay != null && delay.p99() > SEND_DELAY_P99_MILLIS) {
            note = "<p class=note>"
                    + Html.escaped("The machine was too busy for what it measured: 1 % of the requests were"
                            + " sent more than " + Html.millis((Double) delay.p99())
                            + " late. Times here tell of the machine as much as of the regions.")
                    + "</p>";
        }
        return "<header><h1>" + Html.escaped(report.about().scenario()) + "</h1>" + badge + "</header>"
                + Html.paragraph(report.about().description())
                + Html.soft("Drill of " + report.about().started() + " · "
                        + report.about().regions().size() + " regions, "
                        + Html.at(report.about().loadSeconds()) + " of load · seed "
                        + report.about().seed())
                + note;
    }

    private static String card(String value, String name) {
        return "<div class=card><b>" + Html.escaped(value) + "</b><span>" + Html.escaped(name) + "</span></div>";
    }

    private String cards() {
        StringBuilder html = new StringBuilder("<div class=cards>");
        List<Failover> felt = report.failovers().stream()
                .filter(failover -> failover.detectedSeconds() != null)
                .toList();
        if (!felt.isEmpty()) {
            boolean all = felt.stream().allMatch(failover -> failover.firstSuccessSeconds() != null);
            Double worst = felt.stream()
                    .map(Failover::firstSuccessSeconds)
                    .filter(Objects::nonNull)
                    .max(Double::compare)
                    .orElse(null);
            html.append(card(all ? Html.seconds(worst) : "not recovered", "RTO: until clients were served again"));
        }
        if (!report.losses().isEmpty()) {
            Double age = report.losses().stream()
                    .map(Loss::watermarkAgeMillis)
                    .filter(Objects::nonNull)
                    .max(Double::compare)
                    .orElse(null);
            Long records = report.losses().stream()
                    .map(Loss::records)
                    .filter(Objects::nonNull)
                    .max(Long::compare)
                    .orElse(null);
            html.append(card(Html.millis(age), "RPO: age of the watermark at the cut"));
            html.append(card(Html.count(records), "changes not replicated at the cut"));
        }
        worstLag()
                .ifPresent(pair -> html.append(card(
                        Html.millis(
                                (Double) Objects.requireNonNull(pair.total()).p99()),
                        "lag p99, " + pair.from() + " → " + pair.to())));
        long requests = report.clients().stream().mapToLong(Clients::requests).sum();
        long errors = report.clients().stream().mapToLong(Clients::errors).sum();
        html.append(card(
                requests == 0 ? Html.NOT_MEASURED : Html.number("%.2f %%", 100.0 * errors / requests),
                Html.number("of %,d requests failed", requests)));
        Double took = report.convergence().tookMillis();
        html.append(card(took == null ? "not converged" : Html.millis(took), "until all regions held the same"));
        return html.append("</div>\n").toString();
    }

    private java.util.Optional<PairLag> worstLag() {
        return report.lag().stream()
                .filter(pair -> pair.total() != null)
                .max(Comparator.comparingDouble(
                        pair -> Objects.requireNonNull(pair.total()).p99()));
    }

    private String objectives() {
        List<List<String>> rows = new ArrayList<>();
        for (Objective objective : report.objectives()) {
            rows.add(List.of(
                    Html.verdict(objective.passed()),
                    Html.escaped(objective.name()),
                    Html.escaped(objective.measured()),
                    Html.escaped(objective.asked())));
        }
        return Html.table(List.of("verdict", "objective", "measured", "asked"), rows);
    }

    private String charts() {
        return "<div class=charts>" + new RegionMap(report.about().regions(), report.lag()).html()
                + new ReportCharts(report).html() + RtoBar.html(report.failovers()) + "</div>"
                + Html.soft(
                        "Shaded: from a fault to its end. Lag is shown at the second in which a change was committed.");
    }
}
