package dev.meridian.simulator.report;

import dev.meridian.simulator.report.DrillReport.PairLag;
import java.util.List;
import java.util.Locale;

/** Regions on a circle and the ways of changes between them, each coloured by its lag. */
final class RegionMap {
    private static final double WIDTH = 480;
    private static final double HEIGHT = 300;
    private static final double RADIUS = 118;
    private static final double NODE = 9;

    /** How far a way bends, so that the way back lies beside it. */
    private static final double BEND = 26;

    /** Hues from good to bad. */
    private static final double HUE_GOOD = 150;

    private static final double LABEL_AT = 0.36;
    private static final double DECADES = 2;

    private final List<String> regions;
    private final List<PairLag> lag;
    private final double fastest;

    RegionMap(List<String> regions, List<PairLag> lag) {
        this.regions = regions;
        this.lag = lag;
        this.fastest = lag.stream()
                .filter(pair -> pair.total() != null)
                .mapToDouble(RegionMap::p99)
                .filter(millis -> millis > 0)
                .min()
                .orElse(1);
    }

    private static double p99(PairLag pair) {
        Percentiles total = pair.total();
        return total == null ? 0 : total.p99();
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    private double angle(int index) {
        // Two regions lie side by side, more stand on a circle with the first on top.
        return regions.size() == 2 ? Math.PI * (1 - index) : 2 * Math.PI * index / regions.size() - Math.PI / 2;
    }

    private double x(int index) {
        return WIDTH / 2 + RADIUS * 1.25 * Math.cos(angle(index));
    }

    private double y(int index) {
        // A triangle stands lower than a circle.
        double lowered = regions.size() == 3 ? RADIUS / 4 : 0;
        return HEIGHT / 2 + lowered + RADIUS * Math.sin(angle(index));
    }

    /** Green is as fast as the fastest pair, red a hundred times slower. */
    private String colour(PairLag pair) {
        double slower = Math.log10(Math.max(1, p99(pair) / fastest)) / DECADES;
        return format("hsl(%.0f 70%% 45%%)", HUE_GOOD * (1 - Math.min(1, slower)));
    }

    String html() {
        StringBuilder svg = new StringBuilder(format(
                "<figure><figcaption>Lag between regions: p50 · p99</figcaption>"
                        + "<svg viewBox=\"0 0 %.0f %.0f\" role=img aria-label=\"map of regions\">",
                WIDTH, HEIGHT));
        boolean labelled = regions.size() <= 4;
        for (PairLag pair : lag) {
            int from = regions.indexOf(pair.from());
            int to = regions.indexOf(pair.to());
            if (from >= 0 && to >= 0) {
                draw(pair, from, to, labelled, svg);
            }
        }
        for (int i = 0; i < regions.size(); i++) {
            boolean above = y(i) < HEIGHT / 2 - 1;
            svg.append(format("<circle class=node cx=%.1f cy=%.1f r=%.1f />", x(i), y(i), NODE));
            svg.append(format(
                    "<text class=\"name halo\" x=%.1f y=%.1f text-anchor=middle>%s</text>",
                    x(i), above ? y(i) - NODE - 7 : y(i) + NODE + 24, Html.escaped(regions.get(i))));
        }
        return svg.append("</svg><div class=legend>green: as fast as the fastest pair; red: a hundred times slower, by"
                        + " p99. Each arrow bends to the left of its direction.</div></figure>")
                .toString();
    }

    private void draw(PairLag pair, int from, int to, boolean labelled, StringBuilder svg) {
        double dx = x(to) - x(from);
        double dy = y(to) - y(from);
        double length = Math.hypot(dx, dy);
        double ux = dx / length;
        double uy = dy / length;
        double middleX = (x(from) + x(to)) / 2 + uy * BEND * 2;
        double middleY = (y(from) + y(to)) / 2 - ux * BEND * 2;
        double startX = x(from) + ux * (NODE + 3) + uy * 4;
        double startY = y(from) + uy * (NODE + 3) - ux * 4;
        double endX = x(to) - ux * (NODE + 7) + uy * 5;
        double endY = y(to) - uy * (NODE + 7) - ux * 5;
        String colour = pair.total() == null ? "var(--line)" : colour(pair);
        svg.append(format(
                "<path class=curve style=\"stroke:%s;stroke-width:3\" d=\"M%.1f %.1fQ%.1f %.1f %.1f %.1f\" />",
                colour, startX, startY, middleX, middleY, endX, endY));
        svg.append(head(middleX, middleY, endX, endY, colour));
        Percentiles total = pair.total();
        if (labelled) {
            String text = total == null
                    ? Html.NOT_MEASURED
                    : Html.millis((Double) total.p50()) + " · " + Html.millis((Double) total.p99());
            svg.append(format(
                    "<text class=halo x=%.1f y=%.1f text-anchor=middle>%s</text>",
                    along(startX, middleX, endX), along(startY, middleY, endY) + 4, Html.escaped(text)));
        }
    }

    /** A point of the way: nearer to where it begins, so that labels of ways that cross lie apart. */
    private static double along(double from, double bend, double to) {
        double there = LABEL_AT;
        return (1 - there) * (1 - there) * from + 2 * (1 - there) * there * bend + there * there * to;
    }

    private static String head(double fromX, double fromY, double x, double y, String colour) {
        double length = Math.hypot(x - fromX, y - fromY);
        double ux = (x - fromX) / length;
        double uy = (y - fromY) / length;
        return format(
                "<path style=\"fill:%s\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fz\" />",
                colour,
                x + ux * 5,
                y + uy * 5,
                x - ux * 6 + uy * 5,
                y - uy * 6 - ux * 5,
                x - ux * 6 - uy * 5,
                y - uy * 6 + ux * 5);
    }
}
