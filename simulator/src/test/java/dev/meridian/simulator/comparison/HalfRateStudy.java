package dev.meridian.simulator.comparison;

import dev.meridian.simulator.comparison.HttpLoad.Measured;
import java.io.IOException;
import java.util.List;

/** The latency of PutItem at half of the rate that the server can do at most, for clients that do not wait; some rounds. */
record HalfRateStudy(int rounds, int valueBytes) implements Study {
    private static final String TABLE = "items";
    private static final int ITEMS = 10_000;

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        Figures figures = new Figures(
                "PutItem at half of the maximum rate",
                "One region, " + ITEMS + " items with values of " + valueBytes
                        + " B. The maximum is a closed loop's; half of it comes by chance, as from many clients, and"
                        + " latency counts from when a request was due",
                "round");
        try (MeridianProcess server = rig.meridian("half", 1)) {
            server.start();
            rig.warmUp(server, valueBytes);
            new Tables(server.endpoint()).create(TABLE, List.of());
            ItemRequests items = new ItemRequests(server.endpoint(), TABLE, ITEMS, valueBytes);
            rig.fill(items, 0);
            server.settle(rig.patience());
            for (int round = 1; round <= rounds; round++) {
                rig.say("round %d", round);
                Measured most = rig.writes("PutItem", items.puts(), server, round, figures);
                Measured half = rig.load().atRate(items.puts(), most.perSecond() / 2, rig.seconds(), unused -> true);
                server.settle(rig.patience());
                double p50 = half.latencyMicros().getValueAtPercentile(50);
                double p99 = half.latencyMicros().getValueAtPercentile(99);
                rig.say("  at half of it %,.0f/s, p99 %.1f times p50", half.perSecond(), p99 / p50);
                figures.put(round, "at half, a second", half.perSecond());
                figures.put(round, "at half p50, µs", p50);
                figures.put(round, "at half p99, µs", p99);
                figures.put(round, "at half p99.9, µs", half.latencyMicros().getValueAtPercentile(99.9));
                figures.put(round, "at half, p99 by p50", p99 / p50);
            }
        }
        figures.chart("At half of the maximum, µs", "at half p50, µs", "at half p99, µs");
        return List.of(figures);
    }
}
