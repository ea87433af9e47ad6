package dev.meridian.simulator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.simulator.report.DrillReport.About;
import dev.meridian.simulator.report.DrillReport.Converged;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.LagPoint;
import dev.meridian.simulator.report.DrillReport.Loss;
import dev.meridian.simulator.report.DrillReport.Objective;
import dev.meridian.simulator.report.DrillReport.PairLag;
import dev.meridian.simulator.report.DrillReport.TimelineEntry;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportFilesTest {
    @TempDir
    Path folder;

    private static Percentiles hundred() {
        Histogram micros = new Histogram(3);
        for (int millis = 1; millis <= 100; millis++) {
            micros.recordValue(millis * 1_000L);
        }
        return java.util.Objects.requireNonNull(Percentiles.ofMicros(micros));
    }

    private static DrillReport report(double rto, Double watermark) {
        return new DrillReport(
                DrillReport.FORMAT,
                new About(
                        "outage <1>",
                        "What & why.",
                        7,
                        "1.0",
                        "2025-01-01T00:00:00.500Z",
                        30,
                        "a machine",
                        List.of("a", "b"),
                        "stay",
                        List.of("ycsb-a"),
                        List.of()),
                false,
                List.of(
                        new Objective("RTO", "at most 5 s", "2 s", true),
                        new Objective("RPO \"in\" items", "at most 5", "9 < 10", false),
                        new Objective("lag p99", "at most 5 s", "not measured", null)),
                List.of(new TimelineEntry("kill a", 6, 6.1, 6.2, false, null)),
                List.of(),
                List.of(new Failover("a", "kill a", 6.1, "b", 0.1, 0.2, 0.3, rto, null, null)),
                List.of(new Loss(
                        "kill a", 6.1, "a", "b", watermark, null, 3L, 20.0, 1L, null, List.of(), 0L, List.of())),
                List.of(new DrillReport.NowhereElse("kill a", 3, 20)),
                List.of(
                        new PairLag("a", "b", hundred(), List.of(), List.of(new LagPoint(1, 5, 10, 20, 30))),
                        new PairLag("b", "a", null, List.of(), List.of())),
                List.of(),
                null,
                List.of(),
                List.of(),
                new Converged(30, null, List.of(), List.of()),
                List.of(),
                List.of(),
                new Prediction(
                        "a simulation", List.of(new Prediction.PairPrediction("a", "b", 40, 90, 110)), 15.0, 2L));
    }

    @Test
    void percentilesAreOfNearestRank() {
        Percentiles of = hundred();
        assertThat(of.count()).isEqualTo(100);
        assertThat(of.p50()).isCloseTo(50, org.assertj.core.data.Percentage.withPercentage(0.2));
        assertThat(of.p99()).isCloseTo(99, org.assertj.core.data.Percentage.withPercentage(0.2));
        assertThat(of.max()).isCloseTo(100, org.assertj.core.data.Percentage.withPercentage(0.2));
        assertThat(Percentiles.ofMicros(new Histogram(3))).isNull();
    }

    @Test
    void aReportIsReadAsItWasWritten() throws Exception {
        DrillReport report = report(2, 15.0);
        ReportFiles.write(report, null, folder);
        assertThat(ReportFiles.read(folder.resolve(ReportFiles.JSON))).isEqualTo(report);
    }

    @Test
    void thePageEscapesAndNeedsNothingElse() throws Exception {
        ReportFiles.write(report(2, null), null, folder);
        String html = Files.readString(folder.resolve(ReportFiles.HTML));
        assertThat(html)
                .contains("outage &lt;1&gt;", "What &amp; why.", "9 &lt; 10", "prefers-color-scheme: dark")
                .doesNotContain("<1>", "<script", "src=", "href=", "@import", "url(");
    }

    @Test
    void whatWasNotMeasuredIsSaidToBeSo() throws Exception {
        ReportFiles.write(report(2, null), null, folder);
        String html = Files.readString(folder.resolve(ReportFiles.HTML));
        String losses = html.substring(html.indexOf("Recovery point"), html.indexOf("Prediction and measurement"));
        assertThat(losses).contains("<td class=n>not measured</td><td class=n>3</td>");
        assertThat(html).contains("<b>not converged</b>");
    }

    @Test
    void predictionAndMeasurementStandSideBySide() throws Exception {
        ReportFiles.write(report(2, 15.0), null, folder);
        String html = Files.readString(folder.resolve(ReportFiles.HTML));
        // Measured p50 of 1 to 100 ms is 50 ms, a quarter above the 40 ms that were predicted.
        assertThat(html).contains("a → b p50</td><td class=n>40 ms</td><td class=n>50 ms</td><td class=n>+25 %</td>");
        assertThat(html).contains("RPO</td><td class=n>15 ms</td><td class=n>20 ms</td><td class=n>+33 %</td>");
    }

    @Test
    void aPredictionIsTakenFromWhatASimulationPrints() throws Exception {
        Path file = folder.resolve("simulated.json");
        Files.writeString(file, """
            {"scenario": "x", "prediction": {"source": "s", "rpoMillis": 1.5, "rpoItems": null, "lag": [
              {"from": "a", "to": "b", "count": 9, "p50Millis": 1, "p95Millis": 2, "p99Millis": 3, "maxMillis": 4}]}}
            """);
        assertThat(ReportFiles.readPrediction(file))
                .isEqualTo(new Prediction("s", List.of(new Prediction.PairPrediction("a", "b", 1, 2, 3)), 1.5, null));
        Files.writeString(file, "{\"scenario\": \"x\"}");
        assertThatThrownBy(() -> ReportFiles.readPrediction(file))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("holds no prediction");
    }

    @Test
    void aBaselineIsComparedWith() throws Exception {
        ReportFiles.write(report(2, 15.0), report(1, 30.0), folder);
        String html = Files.readString(folder.resolve(ReportFiles.HTML));
        assertThat(html)
                .contains("RTO, clients of a (ms)</td><td class=n>1000.0</td><td class=n>2000.0</td>"
                        + "<td class=n><span class=bad>+1000.0 (+100 %)</span>")
                .contains("<span class=good>-15.0 (-50 %)</span>");
    }

    @Test
    void forBuildServersWhatIsNotProvedFails() throws Exception {
        ReportFiles.write(report(2, 15.0), null, folder);
        Document xml = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(Files.readString(folder.resolve(ReportFiles.JUNIT)))));
        assertThat(xml.getDocumentElement().getAttribute("tests")).isEqualTo("3");
        assertThat(xml.getDocumentElement().getAttribute("failures")).isEqualTo("2");
        assertThat(xml.getElementsByTagName("failure").getLength()).isEqualTo(2);
    }

    @Test
    void whatIsNoReportIsSaidToBeNone() throws Exception {
        Path file = folder.resolve("other.json");
        Files.writeString(file, "{\"format\": \"x\"");
        assertThatThrownBy(() -> ReportFiles.read(file))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining("other.json");
        assertThatThrownBy(() -> ReportFiles.read(folder.resolve("absent.json")))
                .isInstanceOf(CommandFailedException.class);
    }

    @Test
    void axesEndAtRoundValues() {
        assertThat(Scale.linear(37).most()).isEqualTo(40);
        assertThat(Scale.linear(0).most()).isPositive();
        assertThat(Scale.logarithmic(12, 4_500).ticks()).containsExactly(10.0, 100.0, 1_000.0, 10_000.0);
        assertThat(Scale.logarithmic(10, 1_000).share(100)).isCloseTo(0.5, org.assertj.core.data.Offset.offset(1e-9));
    }
}
