package dev.meridian.simulator.comparison;

import java.io.IOException;
import java.util.List;

/** A table with a replica in each of more and more regions, all in one process; requests go to one of them. */
record RegionsStudy(List<Integer> counts, int valueBytes) implements Study {
    private static final String TABLE = "items";
    private static final int ITEMS = 10_000;

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        Figures figures = new Figures(
                "Regions",
                "All in one process on this machine, " + ITEMS + " items with values of " + valueBytes
                        + " B and a replica in each region; one region is asked",
                "regions");
        for (int count : counts) {
            rig.say("%d regions", count);
            try (MeridianProcess server = rig.meridian("regions-" + count, count)) {
                server.start();
                rig.warmUp(server, valueBytes);
                Tables tables = new Tables(server.endpoint());
                tables.create(TABLE, List.of());
                if (count > 1) {
                    tables.replicate(TABLE, MeridianProcess.REGIONS.subList(1, count));
                }
                ItemRequests items = new ItemRequests(server.endpoint(), TABLE, ITEMS, valueBytes);
                rig.fill(items, 0);
                server.settle(rig.patience());
                rig.reads("GetItem", items.gets(), server, count, figures);
                rig.writes("PutItem", items.puts(), server, count, figures);
                rig.memory(server, count, figures);
                rig.restart(server, count, figures);
            }
        }
        figures.chart("Rate, a second", "GetItem a second", "PutItem a second");
        figures.chart("Processor for a PutItem, µs", "PutItem, all processor until settled, µs");
        figures.chart("Memory, MB", "resident, its own, MB", "heap in use after a collection, MB");
        figures.chart("Ready again after, s", "ready again after, s");
        return List.of(figures);
    }
}
