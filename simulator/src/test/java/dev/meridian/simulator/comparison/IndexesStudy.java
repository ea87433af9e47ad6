package dev.meridian.simulator.comparison;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/** Tables with more and more global secondary indexes, of all attributes; each put moves the item in all of them. */
record IndexesStudy(List<Integer> counts, int valueBytes) implements Study {
    private static final int ITEMS = 10_000;

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        Figures figures = new Figures(
                "Global secondary indexes",
                "One region, " + ITEMS + " items with values of " + valueBytes
                        + " B. Indexes have all attributes; a put changes the item's place in each",
                "indexes");
        try (MeridianProcess server = rig.meridian("indexes", 1)) {
            server.start();
            rig.warmUp(server, valueBytes);
            for (int count : counts) {
                rig.say("%d indexes", count);
                List<String> indexes = IntStream.range(0, count)
                        .mapToObj(each -> "index" + each)
                        .toList();
                String table = "indexes-" + count;
                new Tables(server.endpoint()).create(table, indexes);
                ItemRequests items = new ItemRequests(server.endpoint(), table, ITEMS, valueBytes, indexes);
                figures.put(count, "BatchWriteItem items a second", rig.fill(items, 0));
                server.settle(rig.patience());
                rig.reads("GetItem", items.gets(), server, count, figures);
                if (count > 0) {
                    rig.reads("Query", items.queries(indexes.get(0)), server, count, figures);
                }
                rig.writes("PutItem", items.puts(), server, count, figures);
            }
        }
        figures.chart("Rate, a second", "GetItem a second", "Query a second", "PutItem a second");
        figures.chart("PutItem latency, µs", "PutItem p50, µs", "PutItem p99, µs");
        figures.chart("Processor for one request, µs", "PutItem, all processor until settled, µs");
        return List.of(figures);
    }
}
