package dev.meridian.simulator.comparison;

import dev.meridian.node.cli.client.TextTable;
import dev.meridian.simulator.report.CurvesPage;
import dev.meridian.simulator.report.CurvesPage.Chart;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What was measured at several values of one quantity: a row for each measure, a column for each value. */
final class Figures {
    private static final String NONE = "-";

    private final String title;
    private final String about;
    private final String across;
    private final Map<String, SortedMap<Double, Double>> measures = new LinkedHashMap<>();
    private final List<Chart> charts = new ArrayList<>();

    /** @param across what the quantity is */
    Figures(String title, String about, String across) {
        this.title = title;
        this.about = about;
        this.across = across;
    }

    /** @param measure with its unit, last */
    void put(double at, String measure, double value) {
        measures.computeIfAbsent(measure, unused -> new TreeMap<>()).put(at, value);
    }

    /** Draws some measures, those of them that there are, into one picture. */
    void chart(String title, String... names) {
        Map<String, SortedMap<Double, Double>> curves = new LinkedHashMap<>();
        for (String name : names) {
            if (measures.containsKey(name)) {
                curves.put(name, measures.get(name));
            }
        }
        if (!curves.isEmpty()) {
            charts.add(new Chart(title + ", by " + across, curves));
        }
    }

    void print(PrintWriter out) {
        out.println();
        out.println(title);
        TextTable.print(rows(), out);
    }

    void addTo(CurvesPage page) {
        page.add(title, about, rows(), charts);
    }

    private List<List<String>> rows() {
        SortedSet<Double> values = new TreeSet<>();
        measures.values().forEach(each -> values.addAll(each.keySet()));
        List<List<String>> rows = new ArrayList<>();
        List<String> heads = new ArrayList<>(List.of(across));
        values.forEach(at -> heads.add(String.format(Locale.ROOT, "%,.0f", at)));
        rows.add(heads);
        measures.forEach((measure, at) -> {
            List<String> row = new ArrayList<>(List.of(measure));
            values.forEach(value -> row.add(at.containsKey(value) ? text(at.get(value)) : NONE));
            rows.add(row);
        });
        return rows;
    }

    private static String text(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 || size == 0 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
