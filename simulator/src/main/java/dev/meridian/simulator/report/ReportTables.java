package dev.meridian.simulator.report;

import dev.meridian.simulator.report.DrillReport.CatchUp;
import dev.meridian.simulator.report.DrillReport.Certificate;
import dev.meridian.simulator.report.DrillReport.Clients;
import dev.meridian.simulator.report.DrillReport.Drift;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.LinkLine;
import dev.meridian.simulator.report.DrillReport.Loss;
import dev.meridian.simulator.report.DrillReport.NowhereElse;
import dev.meridian.simulator.report.DrillReport.PairLag;
import dev.meridian.simulator.report.DrillReport.Proof;
import dev.meridian.simulator.report.DrillReport.Stage;
import dev.meridian.simulator.report.DrillReport.StreamAudit;
import dev.meridian.simulator.report.DrillReport.Superseded;
import dev.meridian.simulator.report.DrillReport.TimelineEntry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sections of a report that are tables. */
final class ReportTables {
    private static final int SHORT_TEXT = 400;

    private final DrillReport report;

    ReportTables(DrillReport report) {
        this.report = report;
    }

    private static String pair(String from, String to) {
        return Html.escaped(from + " → " + to);
    }

    private static String code(String text) {
        String shown = text.length() > SHORT_TEXT ? text.substring(0, SHORT_TEXT) + " …" : text;
        return "<code>" + Html.escaped(shown) + "</code>";
    }

    private static List<String> percentiles(@Nullable Percentiles of) {
        if (of == null) {
            return List.of("0", Html.NOT_MEASURED, "", "", "", "");
        }
        return List.of(
                Html.count((Long) of.count()),
                Html.millis((Double) of.p50()),
                Html.millis((Double) of.p95()),
                Html.millis((Double) of.p99()),
                Html.millis((Double) of.p999()),
                Html.millis((Double) of.max()));
    }

    String failovers() {
        if (report.failovers().isEmpty()) {
            return Html.soft("No region failed under clients.");
        }
        List<List<String>> rows = new ArrayList<>();
        for (Failover failover : report.failovers()) {
            String to = failover.to();
            rows.add(List.of(
                    Html.escaped(failover.clientsOf()),
                    Html.escaped(Html.title(failover.failure()) + " at " + Html.at(failover.failedAtSeconds())),
                    to == null ? "stayed" : Html.escaped(to),
                    Html.seconds(failover.detectedSeconds()),
                    to == null ? "—" : Html.seconds(failover.decidedSeconds()),
                    to == null ? "—" : Html.seconds(failover.routedSeconds()),
                    Html.seconds(failover.firstSuccessSeconds()),
                    Html.seconds(failover.restoredSeconds()),
                    failover.returnedSeconds() == null ? "—" : Html.seconds(failover.returnedSeconds())));
        }
        return Html.table(
                        List.of(
                                "clients of",
                                "failure",
                                "went to",
                                "#detected",
                                "#decided",
                                "#routed",
                                "#first success",
                                "#restored",
                                "#home again"),
                        rows)
                + Html.soft(
                        "Since the failure. Detected: the first request that failed. Restored: from then on, for two"
                                + " seconds at least, no more errors than the objective allows.");
    }

    String losses() {
        if (report.losses().isEmpty()) {
            return Html.soft("No region was cut off from another's changes.");
        }
        List<List<String>> rows = new ArrayList<>();
        StringBuilder named = new StringBuilder();
        for (Loss loss : report.losses()) {
            rows.add(List.of(
                    Html.escaped(Html.title(loss.cut()) + " at " + Html.at(loss.atSeconds())),
                    pair(loss.from(), loss.to()),
                    Html.millis(loss.watermarkAgeMillis()),
                    Html.count(loss.records()),
                    Html.millis(loss.oldestMillis()),
                    Html.count(loss.recordsAfterReturn()),
                    Html.count(loss.items()),
                    Html.count(loss.superseded())));
            named.append(named(loss));
        }
        return Html.table(
                        List.of(
                                "cut",
                                "changes",
                                "#1: watermark age",
                                "#2: not replicated",
                                "#oldest of these",
                                "#came after the cut",
                                "#items",
                                "#3: superseded"),
                        rows)
                + Html.soft("1: how far behind the cut that was up to which the region certifiably held all. 2:"
                        + " changes committed before the cut and not applied at that moment, and how many of them came"
                        + " only after it was mended; items: what the origin itself named, once it could be asked. 3:"
                        + " writes of the origin that lost against writes made meanwhile.")
                + nowhereElse()
                + named;
    }

    private String nowhereElse() {
        List<NowhereElse> kills = report.nowhereElse();
        if (kills == null) {
            return Html.paragraph("What no other region had at a kill: " + Html.NOT_MEASURED
                    + ", for not all of it arrived in the end.");
        }
        StringBuilder html = new StringBuilder();
        kills.forEach(kill -> html.append(Html.paragraph("At " + kill.kill() + ", " + kill.records()
                + (kill.records() == 1 ? " change was" : " changes were") + " nowhere else"
                + (kill.records() == 0
                        ? "."
                        : ", the oldest of them " + Html.millis((Double) kill.oldestMillis()) + " old."))));
        return html.toString();
    }

    private static String named(Loss loss) {
        StringBuilder html = new StringBuilder();
        if (!loss.itemsNamed().isEmpty()) {
            StringBuilder list = new StringBuilder("<p>");
            loss.itemsNamed().forEach(item -> list.append(code(item)).append("<br>"));
            html.append(Html.details(
                    "items of " + loss.from() + " that " + loss.to() + " lacked ("
                            + loss.itemsNamed().size() + " of " + Html.count(loss.items()) + ")",
                    list.append("</p>").toString()));
        }
        if (!loss.supersededNamed().isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            for (Superseded one : loss.supersededNamed()) {
                rows.add(List.of(
                        Html.escaped(one.table()), code(one.key()), code(one.lostImage()), code(one.wonImage())));
            }
            html.append(Html.details(
                    "writes of " + loss.from() + " superseded in " + loss.to() + " ("
                            + loss.supersededNamed().size() + " of " + Html.count(loss.superseded()) + ")",
                    Html.table(List.of("table", "key", "lost", "won"), rows)));
        }
        return html.toString();
    }

    String lag() {
        List<String> heads = List.of("changes", "stage", "#count", "#p50", "#p95", "#p99", "#p99.9", "#max");
        List<List<String>> totals = new ArrayList<>();
        List<List<String>> stages = new ArrayList<>();
        for (PairLag pair : report.lag()) {
            totals.add(row(pair, "commit to applied", pair.total()));
            for (Stage stage : pair.stages()) {
                stages.add(row(pair, stage.name(), stage.millis()));
            }
        }
        return Html.table(heads, totals)
                + Html.details("by stage", Html.table(heads, stages))
                + Html.soft("Every change that was applied, but for what a region applied in the last fifth of a second"
                        + " before it was killed.");
    }

    private static List<String> row(PairLag pair, String stage, @Nullable Percentiles of) {
        List<String> row = new ArrayList<>(List.of(pair(pair.from(), pair.to()), Html.escaped(stage)));
        row.addAll(percentiles(of));
        return row;
    }

    String clients() {
        List<List<String>> rows = new ArrayList<>();
        for (Clients clients : report.clients()) {
            List<String> row = new ArrayList<>(List.of(
                    Html.escaped(clients.region()),
                    Html.count((Long) clients.requests()),
                    clients.requests() == 0
                            ? Html.NOT_MEASURED
                            : Html.number("%.2f %%", 100.0 * clients.errors() / clients.requests())));
            row.addAll(percentiles(clients.latency()).subList(1, 6));
            Percentiles stale = clients.staleness();
            row.add(stale == null ? Html.NOT_MEASURED : Html.millis((Double) stale.p50()));
            row.add(stale == null ? "" : Html.millis((Double) stale.p99()));
            row.add(stale == null ? "" : Html.millis((Double) stale.max()));
            rows.add(row);
        }
        List<List<String>> outcomes = new ArrayList<>();
        for (Clients clients : report.clients()) {
            clients.outcomes()
                    .forEach((outcome, count) -> outcomes.add(
                            List.of(Html.escaped(clients.region()), Html.escaped(outcome), Html.count(count))));
        }
        return Html.table(
                        List.of(
                                "clients of",
                                "#requests",
                                "#errors",
                                "#latency p50",
                                "#p95",
                                "#p99",
                                "#p99.9",
                                "#max",
                                "#staleness p50",
                                "#p99",
                                "#max"),
                        rows)
                + Html.soft(
                        "Latency of requests that were answered, from when each was due: a stall counts for all that"
                                + " it delays. Staleness: of reads in that region, how long ago the oldest write elsewhere"
                                + " was acknowledged that they did not show.")
                + Html.details(
                        "how requests ended", Html.table(List.of("clients of", "outcome", "#requests"), outcomes));
    }

    String catchUps() {
        if (report.catchUps().isEmpty()) {
            return Html.soft("Nothing had piled up when something was mended.");
        }
        List<List<String>> rows = new ArrayList<>();
        for (CatchUp catchUp : report.catchUps()) {
            Double rate = catchUp.perSecond();
            rows.add(List.of(
                    Html.escaped(Html.title(catchUp.mended()) + " at " + Html.at(catchUp.atSeconds())),
                    pair(catchUp.from(), catchUp.to()),
                    Html.count((Long) catchUp.backlog()),
                    Html.seconds(catchUp.seconds()),
                    rate == null ? "at once" : Html.number("%,.0f/s", rate)));
        }
        return Html.table(List.of("mended", "changes", "#backlog", "#worked off after", "#while applying"), rows);
    }

    String conflicts() {
        if (report.conflicts().isEmpty()) {
            return Html.soft("None.");
        }
        List<List<String>> rows = new ArrayList<>();
        report.conflicts()
                .forEach(conflict -> rows.add(
                        List.of(Html.escaped(conflict.table()), Html.escaped(conflict.between()), Html.count((Long)
                                conflict.count()))));
        return Html.table(List.of("table", "between", "#conflicts"), rows)
                + Html.soft("Concurrent writes of one item, each pair once, over the whole run with its warm-up.");
    }

    String convergence() {
        List<List<String>> proofs = new ArrayList<>();
        for (Proof proof : report.convergence().proofs()) {
            proofs.add(List.of(
                    Html.escaped(proof.table()),
                    Html.escaped(proof.items().toString()),
                    Html.escaped(proof.said()),
                    Html.verdict(proof.equal())));
        }
        List<List<String>> certificates = new ArrayList<>();
        for (Certificate certificate : report.convergence().certificates()) {
            certificates.add(List.of(
                    pair(certificate.from(), certificate.to()),
                    Html.escaped(certificate.statement()),
                    Html.verdict(certificate.drained())));
        }
        Double took = report.convergence().tookMillis();
        String said = took == null
                ? "Not every region held what the others had committed within the time that was waited."
                : Html.millis(took)
                        + " after load and faults had ended, every region certifiably held all that every other"
                        + " had committed.";
        return Html.paragraph(said)
                + Html.table(List.of("table", "items", "digests", "verdict"), proofs)
                + Html.details(
                        "drain certificates", Html.table(List.of("changes", "certificate", "drained"), certificates));
    }

    String streams() {
        List<List<String>> rows = new ArrayList<>();
        for (StreamAudit audit : report.streams()) {
            rows.add(List.of(
                    Html.escaped(audit.region()),
                    Html.count((Long) audit.records()),
                    Html.count((Long) audit.disorders()),
                    Html.number("%,d", audit.checked()),
                    Html.number("%,d", audit.missing()),
                    Html.verdict(audit.passed())
                            + (audit.trouble().isEmpty() ? "" : " " + Html.escaped(audit.trouble()))));
        }
        return Html.table(
                        List.of(
                                "region",
                                "#records read",
                                "#twice or out of order",
                                "#acknowledged writes looked for",
                                "#missing",
                                "verdict"),
                        rows)
                + Html.soft("Read from Kafka as a consumer would, from the beginning.");
    }

    String drift() {
        List<List<String>> rows = new ArrayList<>();
        for (Drift drift : report.drift()) {
            drift.differing()
                    .forEach((setting, values) -> rows.add(
                            List.of(Html.escaped(drift.table()), Html.escaped(setting), code(values.toString()))));
        }
        return rows.isEmpty()
                ? Html.soft("The same in all regions, for all " + report.drift().size() + " tables.")
                : Html.table(List.of("table", "setting", "by region"), rows);
    }

    String timeline() {
        List<List<String>> rows = new ArrayList<>();
        for (TimelineEntry entry : report.timeline()) {
            String trouble = entry.trouble();
            rows.add(List.of(
                    Html.escaped(Html.title(entry.title()))
                            + (entry.healing() ? " <span class=soft>(afterwards)</span>" : ""),
                    Html.at(entry.plannedSeconds()),
                    Html.at(entry.begunSeconds()),
                    trouble == null
                            ? entry.doneSeconds() == null ? Html.NOT_MEASURED : Html.at(entry.doneSeconds())
                            : "<span class=bad>" + Html.escaped(trouble) + "</span>"));
        }
        List<List<String>> seen = new ArrayList<>();
        report.observations()
                .forEach(one ->
                        seen.add(List.of(Html.at(one.atSeconds()), Html.escaped(one.who()), Html.escaped(one.what()))));
        return (rows.isEmpty()
                        ? Html.soft("Nothing was done to the regions.")
                        : Html.table(List.of("injected", "#planned", "#begun", "#done"), rows))
                + Html.details("observed: " + seen.size() + " events", Html.table(List.of("#at", "who", "what"), seen));
    }

    String about() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("version", Html.escaped(report.about().version())));
        rows.add(List.of("machine", Html.escaped(report.about().machine())));
        rows.add(List.of("seed", String.valueOf(report.about().seed())));
        rows.add(List.of("clients", Html.escaped(report.about().policy())));
        report.about().load().forEach(load -> rows.add(List.of("load", Html.escaped(load))));
        Percentiles delay = report.sendDelay();
        rows.add(List.of(
                "requests sent late by",
                delay == null
                        ? Html.NOT_MEASURED
                        : "p50 " + Html.millis((Double) delay.p50()) + ", p99 " + Html.millis((Double) delay.p99())));
        List<List<String>> links = new ArrayList<>();
        for (LinkLine link : report.about().links()) {
            links.add(List.of(
                    pair(link.from(), link.to()),
                    Html.number("%.1f ms", link.oneWayMillis()),
                    Html.number("%.1f ms", link.jitterMillis()),
                    link.bytesPerSecond() == 0 ? "no limit" : Html.number("%,d B/s", link.bytesPerSecond()),
                    Html.number("%.2f %%", link.loss() * 100)));
        }
        return Html.table(List.of("", ""), rows)
                + Html.details(
                        "links when nothing is wrong",
                        Html.table(List.of("changes", "#one way", "#jitter up to", "#bandwidth", "#loss"), links));
    }
}
