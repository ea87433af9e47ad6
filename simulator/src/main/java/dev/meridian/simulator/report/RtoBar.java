package dev.meridian.simulator.report;

import dev.meridian.simulator.report.DrillReport.Failover;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The parts of a recovery time, one bar for each region's clients. */
final class RtoBar {
    private static final double WIDTH = 480;
    private static final double ROW = 34;
    private static final double BAR = 14;
    private static final String[] PARTS = {"until an error", "until decided", "until routed", "until served"};
    private static final int[] COLOURS = {1, 4, 3, 2};

    private RtoBar() {}

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    /** Empty if there is nothing to show. */
    static String html(List<Failover> failovers) {
        List<Failover> shown = failovers.stream()
                .filter(failover -> failover.firstSuccessSeconds() != null)
                .toList();
        if (shown.isEmpty()) {
            return "";
        }
        double longest = shown.stream()
                .mapToDouble(failover -> orZero(failover.firstSuccessSeconds()))
                .max()
                .orElse(1);
        StringBuilder svg = new StringBuilder(format(
                "<figure><figcaption>From the failure to the first request served</figcaption>"
                        + "<svg viewBox=\"0 0 %.0f %.0f\" role=img aria-label=\"recovery times\">",
                WIDTH, shown.size() * ROW));
        for (int row = 0; row < shown.size(); row++) {
            draw(shown.get(row), row * ROW, WIDTH / Math.max(longest, 1e-6), svg);
        }
        svg.append("</svg><div class=legend>");
        for (int i = 0; i < PARTS.length; i++) {
            svg.append(
                    format("<span><i style=\"background:var(--s%d);height:8px\"></i>%s</span>", COLOURS[i], PARTS[i]));
        }
        return svg.append("</div></figure>").toString();
    }

    private static double orZero(@Nullable Double seconds) {
        return seconds == null ? 0 : seconds;
    }

    private static void draw(Failover failover, double top, double perSecond, StringBuilder svg) {
        svg.append(format(
                "<text x=0 y=%.1f>clients of %s: %s</text>",
                top + 11,
                Html.escaped(failover.clientsOf()),
                Html.escaped(Html.seconds(failover.firstSuccessSeconds()))));
        List<@Nullable Double> ends = new ArrayList<>();
        ends.add(failover.detectedSeconds());
        ends.add(failover.decidedSeconds());
        ends.add(failover.routedSeconds());
        ends.add(failover.firstSuccessSeconds());
        double from = 0;
        for (int i = 0; i < ends.size(); i++) {
            double to = Math.max(from, orZero(ends.get(i)));
            svg.append(format(
                    "<rect x=%.1f y=%.1f width=%.1f height=%.0f style=\"fill:var(--s%d)\" />",
                    from * perSecond, top + 16, (to - from) * perSecond, BAR, COLOURS[i]));
            from = to;
        }
    }
}
