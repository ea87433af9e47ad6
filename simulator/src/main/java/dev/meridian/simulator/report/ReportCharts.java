package dev.meridian.simulator.report;

import dev.meridian.simulator.report.DrillReport.ClientPoint;
import dev.meridian.simulator.report.DrillReport.Clients;
import dev.meridian.simulator.report.DrillReport.PairLag;
import dev.meridian.simulator.report.DrillReport.TimelineEntry;
import dev.meridian.simulator.report.LineChart.Band;
import dev.meridian.simulator.report.LineChart.Curve;
import dev.meridian.simulator.report.LineChart.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The curves of a report. */
final class ReportCharts {
    /** More curves cannot be told from each other. */
    private static final int CURVES_MAX = 6;

    private final DrillReport report;
    private final List<Band> bands;

    ReportCharts(DrillReport report) {
        this.report = report;
        this.bands = bands();
    }

    String html() {
        return lag() + rates() + latency() + errors();
    }

    /** What was broken at a time: between an entry that breaks and the next that mends, whatever it is. */
    private List<Band> bands() {
        List<Band> found = new ArrayList<>();
        double since = -1;
        double last = 0;
        String name = "";
        int more = 0;
        for (TimelineEntry entry : report.timeline()) {
            if (entry.trouble() != null) {
                continue;
            }
            if (mends(entry)) {
                Double done = entry.doneSeconds();
                last = Math.max(last, done == null ? entry.begunSeconds() : done);
            } else if (since < 0 || entry.begunSeconds() > last && last > since) {
                if (since >= 0) {
                    found.add(new Band(since, last, named(name, more)));
                }
                since = entry.begunSeconds();
                last = since;
                name = Html.title(entry.title());
                more = 0;
            } else {
                more++;
            }
        }
        if (since >= 0) {
            found.add(new Band(since, Math.max(since, last), named(name, more)));
        }
        return found;
    }

    private static String named(String first, int more) {
        return more == 0 ? first : first + " and " + more + " more";
    }

    private static boolean mends(TimelineEntry entry) {
        String title = entry.title();
        return entry.healing()
                || title.startsWith("start ")
                || title.startsWith("mend ")
                || title.startsWith("resume ")
                || title.endsWith("at its usual speed")
                || title.endsWith("what it usually does")
                || title.endsWith("has room")
                || title.endsWith(" right");
    }

    private static String millis(double value) {
        return Html.millis((Double) value);
    }

    private LineChart chart(String title, boolean logarithmic, LineChart.Unit unit) {
        return new LineChart(title, LineChart.Across.time(report.about().loadSeconds()), logarithmic, unit, bands);
    }

    private String lag() {
        List<PairLag> slowest = report.lag().stream()
                .filter(pair -> pair.total() != null)
                .sorted(Comparator.comparingDouble(ReportCharts::p99).reversed())
                .limit(CURVES_MAX)
                .toList();
        String which = slowest.size() < report.lag().size()
                ? "Lag p99 (the " + slowest.size() + " slowest of "
                        + report.lag().size() + " pairs)"
                : "Lag p99 of changes, by when they were committed";
        LineChart chart = chart(which, true, ReportCharts::millis);
        int colour = 0;
        for (PairLag pair : slowest) {
            List<Point> points = pair.curve().stream()
                    .map(point -> new Point(point.second() + 0.5, Math.max(1, point.p99Millis())))
                    .toList();
            chart.with(new Curve(pair.from() + " → " + pair.to(), colour++, false, points));
        }
        return chart.html();
    }

    private static double p99(PairLag pair) {
        Percentiles total = pair.total();
        return total == null ? 0 : total.p99();
    }

    private interface Value {
        double of(ClientPoint point);
    }

    private String byRegion(LineChart chart, Value value, boolean onlyAnswered) {
        int colour = 0;
        for (Clients clients : report.clients()) {
            List<Point> points = clients.curve().stream()
                    .filter(point -> !onlyAnswered || point.p99Millis() != null)
                    .map(point -> new Point(point.second() + 0.5, value.of(point)))
                    .toList();
            chart.with(new Curve("clients of " + clients.region(), colour++, false, points));
        }
        return chart.html();
    }

    private static String whole(double value) {
        return Html.number(value == Math.rint(value) ? "%.0f" : "%.1f", value);
    }

    private String rates() {
        return byRegion(chart("Requests answered a second", false, ReportCharts::whole), ClientPoint::answered, false);
    }

    private String errors() {
        return byRegion(chart("Errors a second", false, ReportCharts::whole), ClientPoint::errors, false);
    }

    private String latency() {
        return byRegion(
                chart("Latency p99 of clients, from when a request was due", true, ReportCharts::millis),
                point -> {
                    Double p99 = point.p99Millis();
                    return p99 == null ? 1 : Math.max(1, p99);
                },
                true);
    }
}
