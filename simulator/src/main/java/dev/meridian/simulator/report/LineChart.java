package dev.meridian.simulator.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Curves as inline SVG: over the time of a drill, with a band wherever something was broken, or over anything else. */
final class LineChart {
    static final int COLOURS = 6;

    private static final double WIDTH = 480;
    private static final double HEIGHT = 210;
    private static final double LEFT = 46;
    private static final double RIGHT = 8;
    private static final double TOP = 8;
    private static final double BOTTOM = 24;

    private final String title;
    private final Across across;
    private final boolean logarithmic;
    private final Unit unit;
    private final List<Curve> curves = new ArrayList<>();
    private final List<Band> bands;

    /** How values are labelled. */
    interface Unit {
        String label(double value);
    }

    /**
     * What the curves run over.
     *
     * @param gap points further apart than this are not joined
     */
    record Across(Scale scale, Unit unit, double gap) {
        private static final int TICKS = 6;
        private static final double GAP_SECONDS = 2.5;

        /** The time of a drill, in seconds since it began. */
        static Across time(double seconds) {
            Scale scale = Scale.upTo(Math.max(1, seconds), TICKS);
            return new Across(scale, second -> format("%.0f s", second), GAP_SECONDS);
        }
    }

    record Point(double at, double value) {}

    /** @param colour an index; @param dashed to tell it from another of its colour */
    record Curve(String name, int colour, boolean dashed, List<Point> points) {}

    /** @param to the same as from for an instant */
    record Band(double from, double to, String name) {}

    LineChart(String title, Across across, boolean logarithmic, Unit unit, List<Band> bands) {
        this.title = title;
        this.across = across;
        this.logarithmic = logarithmic;
        this.unit = unit;
        this.bands = bands;
    }

    LineChart with(Curve curve) {
        curves.add(curve);
        return this;
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    private double x(double at) {
        return LEFT + (WIDTH - LEFT - RIGHT) * across.scale().share(at);
    }

    String html() {
        double most = curves.stream()
                .flatMap(curve -> curve.points().stream())
                .mapToDouble(Point::value)
                .max()
                .orElse(0);
        Scale scale = logarithmic ? Scale.logarithmic(least(), most) : Scale.linear(most);
        StringBuilder svg = new StringBuilder(format(
                "<figure><figcaption>%s</figcaption><svg viewBox=\"0 0 %.0f %.0f\" role=img aria-label=\"%s\">",
                Html.escaped(title), WIDTH, HEIGHT, Html.escaped(title)));
        bands.forEach(band -> draw(band, svg));
        scale.ticks().forEach(tick -> {
            double y = y(scale.share(tick));
            svg.append(format("<line class=grid x1=%.1f x2=%.1f y1=%.1f y2=%.1f />", LEFT, WIDTH - RIGHT, y, y));
            svg.append(format(
                    "<text x=%.1f y=%.1f text-anchor=end>%s</text>",
                    LEFT - 5, y + 3.5, Html.escaped(unit.label(tick))));
        });
        across(svg);
        for (Curve curve : curves) {
            draw(curve, scale, svg);
        }
        return svg.append("</svg>").append(legend()).append("</figure>").toString();
    }

    private double least() {
        return curves.stream()
                .flatMap(curve -> curve.points().stream())
                .mapToDouble(Point::value)
                .filter(value -> value > 0)
                .min()
                .orElse(1);
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
    }

    private void draw(Band band, StringBuilder svg) {
        double from = x(band.from());
        double to = x(band.to());
        if (to - from >= 1) {
            svg.append(format(
                    "<rect class=band x=%.1f y=%.1f width=%.1f height=%.1f />",
                    from, TOP, to - from, HEIGHT - TOP - BOTTOM));
        }
        svg.append(format("<line class=mark x1=%.1f x2=%.1f y1=%.1f y2=%.1f />", from, from, TOP, HEIGHT - BOTTOM));
        boolean late = from > WIDTH / 2;
        svg.append(format(
                "<text class=fault x=%.1f y=%.1f text-anchor=%s>%s</text>",
                late ? from - 4 : from + 4, TOP + 10, late ? "end" : "start", Html.escaped(band.name())));
    }

    private void across(StringBuilder svg) {
        svg.append(format(
                "<line class=axis x1=%.1f x2=%.1f y1=%.1f y2=%.1f />",
                LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM, HEIGHT - BOTTOM));
        across.scale()
                .ticks()
                .forEach(tick -> svg.append(format(
                        "<text x=%.1f y=%.1f text-anchor=middle>%s</text>",
                        x(tick),
                        HEIGHT - BOTTOM + 15,
                        Html.escaped(across.unit().label(tick)))));
    }

    private void draw(Curve curve, Scale scale, StringBuilder svg) {
        StringBuilder path = new StringBuilder();
        double last = Double.NEGATIVE_INFINITY;
        for (Point point : curve.points()) {
            if (point.at() > across.scale().most()) {
                break;
            }
            char command = point.at() - last > across.gap() ? 'M' : 'L';
            path.append(format("%s%.1f %.1f", command, x(point.at()), y(scale.share(point.value()))));
            if (command == 'M') {
                // A point alone is a dot: the line's ends are round.
                path.append("h0");
            }
            last = point.at();
        }
        if (!path.isEmpty()) {
            svg.append(format(
                    "<path class=curve style=\"stroke:var(--s%d)\"%s d=\"%s\" />",
                    curve.colour() % COLOURS, curve.dashed() ? " stroke-dasharray=\"5 4\"" : "", path));
        }
    }

    private String legend() {
        StringBuilder html = new StringBuilder("<div class=legend>");
        for (Curve curve : curves) {
            String fill = curve.dashed()
                    ? format(
                            "repeating-linear-gradient(90deg,var(--s%d) 0 5px,transparent 5px 8px)",
                            curve.colour() % COLOURS)
                    : format("var(--s%d)", curve.colour() % COLOURS);
            html.append(format("<span><i style=\"background:%s\"></i>%s</span>", fill, Html.escaped(curve.name())));
        }
        return html.append("</div>").toString();
    }
}
