package dev.meridian.simulator.report;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Text of pages: escaped, numbers as people read them. */
final class Html {
    static final String NOT_MEASURED = "not measured";

    private static final double MILLIS_PER_SECOND = 1_000;

    private Html() {}

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** What happened, as a report calls it. */
    static String title(String described) {
        return described.replace(" -> ", " → ");
    }

    static String number(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    static String millis(@Nullable Double millis) {
        if (millis == null) {
            return NOT_MEASURED;
        }
        if (millis >= 10 * MILLIS_PER_SECOND) {
            return number("%.1f s", millis / MILLIS_PER_SECOND);
        }
        if (millis >= MILLIS_PER_SECOND) {
            return number("%.2f s", millis / MILLIS_PER_SECOND);
        }
        return number(millis < 10 && millis != Math.rint(millis) ? "%.1f ms" : "%.0f ms", millis);
    }

    static String seconds(@Nullable Double seconds) {
        return seconds == null ? NOT_MEASURED : millis((Double) (seconds * MILLIS_PER_SECOND));
    }

    static String count(@Nullable Long count) {
        return count == null ? NOT_MEASURED : number("%,d", count);
    }

    /** A moment of the load. */
    static String at(double seconds) {
        return number("%.1f s", seconds);
    }

    static String verdict(@Nullable Boolean passed) {
        return passed == null
                ? "<span class=warn>" + NOT_MEASURED + "</span>"
                : passed ? "<span class=good>✓ passed</span>" : "<span class=bad>✗ failed</span>";
    }

    /**
     * A table.
     *
     * @param heads a head that begins with {@code #} is one of numbers
     * @param rows cells as HTML
     */
    static String table(List<String> heads, List<List<String>> rows) {
        StringBuilder html = new StringBuilder("<div class=scroll><table><thead><tr>");
        for (String head : heads) {
            html.append(isNumber(head) ? "<th class=n>" : "<th>")
                    .append(escaped(isNumber(head) ? head.substring(1) : head))
                    .append("</th>");
        }
        html.append("</tr></thead><tbody>");
        for (List<String> row : rows) {
            html.append("<tr>");
            for (int column = 0; column < row.size(); column++) {
                html.append(isNumber(heads.get(column)) ? "<td class=n>" : "<td>")
                        .append(row.get(column))
                        .append("</td>");
            }
            html.append("</tr>");
        }
        return html.append("</tbody></table></div>").toString();
    }

    private static boolean isNumber(String head) {
        return head.startsWith("#");
    }

    static String section(String title, String content) {
        return "<section><h2>" + escaped(title) + "</h2>" + content + "</section>\n";
    }

    /** One that may be broken over pages in print. */
    static String longSection(String title, String content) {
        return "<section class=long><h2>" + escaped(title) + "</h2>" + content + "</section>\n";
    }

    static String details(String summary, String content) {
        return "<details><summary>" + escaped(summary) + "</summary>" + content + "</details>";
    }

    static String paragraph(String text) {
        return "<p>" + escaped(text) + "</p>";
    }

    static String soft(String text) {
        return "<p class=soft>" + escaped(text) + "</p>";
    }
}
