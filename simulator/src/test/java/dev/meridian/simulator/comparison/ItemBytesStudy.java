package dev.meridian.simulator.comparison;

import dev.meridian.simulator.comparison.HttpLoad.Measured;
import java.io.IOException;
import java.util.List;

/** Small and large items, a table for each size. */
record ItemBytesStudy(List<Integer> sizes) implements Study {
    private static final int ITEMS = 10_000;
    private static final long BYTES = 64_000_000;

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        Figures figures = new Figures(
                "Bytes of an item",
                "One region. Bytes are those of the value, beside a key of " + ItemRequests.OTHER_BYTES
                        + " B with all names; " + ITEMS + " items, fewer of large ones",
                "bytes");
        try (MeridianProcess server = rig.meridian("bytes", 1)) {
            server.start();
            rig.warmUp(server, 1_000);
            for (int size : sizes) {
                rig.say("items of %,d B", size);
                String table = "bytes-" + size;
                new Tables(server.endpoint()).create(table, List.of());
                long count = Math.max(1, Math.min(ITEMS, BYTES / size) / ItemRequests.PARTITION);
                ItemRequests items = new ItemRequests(server.endpoint(), table, count * ItemRequests.PARTITION, size);
                rig.fill(items, 0);
                server.settle(rig.patience());
                bytes("GetItem", rig.reads("GetItem", items.gets(), server, size, figures), size, figures);
                bytes("PutItem", rig.writes("PutItem", items.puts(), server, size, figures), size, figures);
            }
        }
        figures.chart("Rate, a second", "GetItem a second", "PutItem a second");
        figures.chart("Bytes, MB a second", "GetItem MB a second", "PutItem MB a second");
        figures.chart("Latency p99, µs", "GetItem p99, µs", "PutItem p99, µs");
        figures.chart(
                "Processor for one request, µs",
                "GetItem, server's processor, µs",
                "PutItem, all processor until settled, µs");
        return List.of(figures);
    }

    private static void bytes(String name, Measured measured, int size, Figures figures) {
        figures.put(size, name + " MB a second", measured.perSecond() * (size + ItemRequests.OTHER_BYTES) / Rig.MEGA);
    }
}
