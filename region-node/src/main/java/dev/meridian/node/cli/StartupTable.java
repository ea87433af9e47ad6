package dev.meridian.node.cli;

import dev.meridian.node.RegionAddress;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What runs where, aligned for a person. */
final class StartupTable {
    private static final String GAP = "   ";

    private StartupTable() {}

    static void print(List<RegionAddress> regions, PrintWriter out) {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"REGION", "DYNAMODB", "KAFKA", "DATA"});
        for (RegionAddress region : regions) {
            rows.add(new String[] {
                region.region().value(),
                region.endpoint(),
                region.kafkaBootstrap(),
                region.data().toString()
            });
        }
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int column = 0; column < row.length; column++) {
                widths[column] = Math.max(widths[column], row[column].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.length; column++) {
                line.append(row[column])
                        .append(" ".repeat(widths[column] - row[column].length()))
                        .append(GAP);
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }
}
