package dev.meridian.simulator.report;

import dev.meridian.simulator.report.LineChart.Across;
import dev.meridian.simulator.report.LineChart.Curve;
import dev.meridian.simulator.report.LineChart.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** What grows with what, as a page that needs nothing else: tables and curves like those of a drill's report. */
public final class CurvesPage {
    /** Values that lie further apart than this are told from each other on a logarithmic axis only. */
    private static final double APART = 30;

    private static final int TICKS = 6;

    private final StringBuilder html = new StringBuilder();

    /**
     * Some curves in one picture.
     *
     * @param curves values by what they run over, by name
     */
    public record Chart(String title, Map<String, SortedMap<Double, Double>> curves) {}

    public CurvesPage(String title, String about) {
        html.append(HtmlReport.begin(title))
                .append("<header><h1>")
                .append(Html.escaped(title))
                .append("</h1></header>")
                .append(Html.soft(about));
    }

    /** @param rows as text; the first is the heading */
    public void add(String title, String about, List<List<String>> rows, List<Chart> charts) {
        List<String> heads = new ArrayList<>();
        rows.get(0).forEach(head -> heads.add(heads.isEmpty() ? head : "#" + head));
        List<List<String>> cells = rows.stream()
                .skip(1)
                .map(row -> row.stream().map(Html::escaped).toList())
                .toList();
        StringBuilder pictures = new StringBuilder();
        charts.forEach(chart -> pictures.append(picture(chart)));
        html.append(Html.longSection(
                title,
                Html.soft(about)
                        + Html.table(heads, cells)
                        + "<div class=charts style=\"margin-top:18px\">"
                        + pictures
                        + "</div>"));
    }

    public void write(Path file) throws IOException {
        Files.writeString(file, html + HtmlReport.END);
    }

    private static String picture(Chart chart) {
        double[] across = range(chart.curves().values().stream()
                .flatMap(curve -> curve.keySet().stream())
                .toList());
        double[] values = range(chart.curves().values().stream()
                .flatMap(curve -> curve.values().stream())
                .toList());
        Scale scale = isLogarithmic(across)
                ? Scale.logarithmic(across[0], across[1])
                : Scale.upTo(across[1] > 0 ? across[1] : 1, TICKS);
        LineChart picture = new LineChart(
                chart.title(),
                new Across(scale, CurvesPage::number, Double.MAX_VALUE),
                isLogarithmic(values),
                CurvesPage::number,
                List.of());
        int colour = 0;
        for (Map.Entry<String, SortedMap<Double, Double>> curve : chart.curves().entrySet()) {
            List<Point> points = curve.getValue().entrySet().stream()
                    .map(each -> new Point(each.getKey(), each.getValue()))
                    .toList();
            picture.with(new Curve(curve.getKey(), colour++, false, points));
        }
        return picture.html();
    }

    private static double[] range(List<Double> values) {
        return new double[] {
            values.stream().mapToDouble(Double::doubleValue).min().orElse(0),
            values.stream().mapToDouble(Double::doubleValue).max().orElse(0)
        };
    }

    private static boolean isLogarithmic(double[] range) {
        return range[0] > 0 && range[1] / range[0] > APART;
    }

    private static String number(double value) {
        if (value >= 1e6) {
            return Html.number("%s M", brief(value / 1e6));
        }
        return value >= 1e3 ? Html.number("%s k", brief(value / 1e3)) : brief(value);
    }

    private static String brief(double value) {
        return Html.number(value == Math.rint(value) ? "%.0f" : "%.1f", value);
    }
}
