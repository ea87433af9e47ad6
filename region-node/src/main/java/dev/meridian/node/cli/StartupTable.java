package dev.meridian.node.cli;

import dev.meridian.node.RegionAddress;
import dev.meridian.node.cli.client.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What runs where. */
final class StartupTable {
    private StartupTable() {}

    static void print(List<RegionAddress> regions, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("REGION", "DYNAMODB", "KAFKA", "DATA"));
        for (RegionAddress region : regions) {
            rows.add(List.of(
                    region.region().value(),
                    region.endpoint(),
                    region.kafkaBootstrap(),
                    region.data().toString()));
        }
        TextTable.print(rows, out);
    }
}
