package dev.meridian.simulator.comparison;

import java.io.IOException;
import java.util.List;

/** One table that grows: what it costs to have more items. @param sizes in ascending order */
record DataStudy(List<Integer> sizes, int valueBytes, int scanPages) implements Study {
    private static final String TABLE = "items";

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        Figures figures = new Figures(
                "Items of one table",
                "One region, a heap of " + rig.heap() + "; values of " + valueBytes + " B",
                "items");
        try (MeridianProcess server = rig.meridian("data", 1)) {
            server.start();
            rig.warmUp(server, valueBytes);
            new Tables(server.endpoint()).create(TABLE, List.of());
            int from = 0;
            for (int size : sizes) {
                measure(rig, server, from, size, figures);
                from = size;
                if (size < sizes.get(sizes.size() - 1)) {
                    rig.warmUp(server, valueBytes);
                }
            }
        }
        figures.chart("Rate, a second", "BatchWriteItem items a second", "Scan items a second");
        figures.chart("Rate, a second", "GetItem a second", "PutItem a second", "Query a second");
        figures.chart("Latency p99, µs", "GetItem p99, µs", "PutItem p99, µs", "Query p99, µs");
        figures.chart(
                "Processor for one request, µs",
                "GetItem, server's processor, µs",
                "PutItem, all processor until settled, µs",
                "Query, server's processor, µs");
        figures.chart(
                "Memory and disk, MB",
                "resident, its own, MB",
                "resident, pages of files, MB",
                "heap in use after a collection, MB",
                "store's file, MB",
                "Kafka's segments, MB");
        figures.chart("Ready again after, s", "ready again after, s");
        return List.of(figures);
    }

    private void measure(Rig rig, MeridianProcess server, int from, int size, Figures figures) throws IOException {
        rig.say("%,d items", size);
        ItemRequests items = new ItemRequests(server.endpoint(), TABLE, size, valueBytes);
        double rate = rig.fill(items, from);
        rig.say("  %-12s %,.0f items/s", "load", rate);
        figures.put(size, "BatchWriteItem items a second", rate);
        figures.put(size, "load settled after, s", server.settle(rig.patience()).toMillis() / 1e3);
        rig.reads("GetItem", items.gets(), server, size, figures);
        rig.reads("Query", items.queries(), server, size, figures);
        rig.scan(server, TABLE, scanPages, size, figures);
        rig.writes("PutItem", items.puts(), server, size, figures);
        rig.memory(server, size, figures);
        figures.put(size, "store's file, MB", server.storeBytes() / Rig.MEGA);
        figures.put(size, "Kafka's segments, MB", server.kafkaBytes() / Rig.MEGA);
        rig.restart(server, size, figures);
    }
}
