package dev.meridian.simulator.comparison;

import dev.meridian.simulator.comparison.HttpLoad.Requests;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** The same number of items in more and more tables, on a server of its own for each number. */
record TablesStudy(List<Integer> counts, int valueBytes) implements Study {
    /** Each table has a partition at least. */
    private static final int ITEMS_LEAST = 10_000;

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        int most = counts.get(counts.size() - 1);
        int items = Math.max(ITEMS_LEAST, most * ItemRequests.PARTITION);
        Figures figures = new Figures(
                "Tables",
                "One region; about " + items + " items in all, with values of " + valueBytes + " B",
                "tables");
        for (int count : counts) {
            rig.say("%,d tables", count);
            try (MeridianProcess server = rig.meridian("tables-" + count, 1)) {
                server.start();
                rig.warmUp(server, valueBytes);
                measure(rig, server, count, items, figures);
            }
        }
        figures.chart("Rate, a second", "GetItem a second", "PutItem a second");
        figures.chart("Latency p99, µs", "GetItem p99, µs", "PutItem p99, µs");
        figures.chart("Memory, MB", "resident, its own, MB", "heap in use after a collection, MB");
        figures.chart("Seconds", "ready again after, s", "CreateTable until ACTIVE, s");
        return List.of(figures);
    }

    private void measure(Rig rig, MeridianProcess server, int count, int items, Figures figures) throws IOException {
        Tables tables = new Tables(server.endpoint());
        int partitions = items / ItemRequests.PARTITION / count;
        List<ItemRequests> all = new ArrayList<>();
        long begin = System.nanoTime();
        for (int table = 0; table < count; table++) {
            String name = "table-" + table;
            tables.create(name, List.of());
            all.add(new ItemRequests(server.endpoint(), name, (long) partitions * ItemRequests.PARTITION, valueBytes));
        }
        double each = (System.nanoTime() - begin) / 1e9 / count;
        rig.say("  CreateTable until ACTIVE: %.3f s each", each);
        figures.put(count, "CreateTable until ACTIVE, s", each);
        all.forEach(table -> rig.fill(table, 0));
        figures.put(
                count, "load settled after, s", server.settle(rig.patience()).toMillis() / 1e3);
        rig.reads("GetItem", any(all, ItemRequests::gets), server, count, figures);
        rig.writes("PutItem", any(all, ItemRequests::puts), server, count, figures);
        rig.memory(server, count, figures);
        rig.restart(server, count, figures);
    }

    /** Requests for one or the other table, by chance. */
    private static Requests any(List<ItemRequests> tables, Function<ItemRequests, Requests> kind) {
        List<Requests> each = tables.stream().map(kind).toList();
        SplittableRandom random = new SplittableRandom(5);
        Requests first = each.get(0);
        return new Requests(
                first.endpoint(),
                first.path(),
                first.operation(),
                number -> each.get(random.nextInt(each.size())).bodies().apply(number));
    }
}
