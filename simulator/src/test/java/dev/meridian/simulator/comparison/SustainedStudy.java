package dev.meridian.simulator.comparison;

import dev.meridian.simulator.comparison.HttpLoad.Measured;
import dev.meridian.simulator.comparison.HttpLoad.Requests;
import dev.meridian.simulator.comparison.MeridianProcess.Backlog;
import dev.meridian.simulator.load.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The rate of PutItem that three regions with a replica and a stream each keep up with: nothing piles up between them.
 * Found by halving, then held.
 *
 * @param seconds that it is held for
 * @param stepSeconds of each rate that is tried
 * @param rate to be held; 0 to find the highest
 */
record SustainedStudy(int seconds, int stepSeconds, double rate, int valueBytes) implements Study {
    private static final String TABLE = "items";
    private static final int REGIONS = 3;
    private static final int ITEMS = 10_000;
    private static final double MORE = 1.5;

    /** Of a closed loop's rate: more connections make larger commits, but not so much larger. */
    private static final double MOST_TIMES = 4;

    private static final int STEPS = 4;
    private static final int HOLDS = 4;
    private static final double LESS = 0.85;

    /** The last answers may come that much later than the last requests, as a share of the time. */
    private static final double LATE_SHARE = 0.03;

    /** Chance makes no fewer of the requests asked for. */
    private static final double LEAST_SHARE = 0.9;

    /** Of the samples that a table shows. */
    private static final int SHOWN = 10;

    /** @param settled how long the rest took behind the last write */
    private record Try(double asked, int seconds, Measured answered, Backlogs backlogs, Duration settled) {
        boolean isSustained() {
            double count = answered.latencyMicros().getTotalCount();
            return count >= LEAST_SHARE * asked * seconds
                    && count / answered.perSecond() <= (1 + LATE_SHARE) * seconds
                    && backlogs.isBounded(asked);
        }
    }

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        Figures tries = new Figures(
                "Rates tried, three replicas with streams",
                "Three regions in one process, " + ITEMS + " items with values of " + valueBytes
                        + " B, all writes to one region, by chance as from many clients. The backlog is what is not"
                        + " published or not applied somewhere yet, in all regions together",
                "asked a second");
        try (Servers others = new Servers(rig.launcher(), Path.of(""), rig.folder())) {
            Endpoint ceiling = others.ceiling();
            // Its ports are free ones only now that the other server has taken its own.
            try (MeridianProcess server = rig.meridian("sustained", REGIONS)) {
                return run(rig, server, ceiling, tries);
            }
        }
    }

    private List<Figures> run(Rig rig, MeridianProcess server, Endpoint ceiling, Figures tries) throws IOException {
        server.start();
        rig.warmUp(server, valueBytes);
        Tables tables = new Tables(server.endpoint());
        tables.create(TABLE, List.of());
        tables.replicate(TABLE, MeridianProcess.REGIONS.subList(1, REGIONS));
        Requests puts = new ItemRequests(server.endpoint(), TABLE, ITEMS, valueBytes).puts();
        rig.bare(ceiling, puts);
        double before = rig.bare(ceiling, puts).perSecond();
        double asked = rate > 0 ? rate : highest(rig, server, puts, tries);
        Try held = hold(rig, server, puts, asked, tries);
        double after = rig.bare(ceiling, puts).perSecond();
        return List.of(tries, held(held, (before + after) / 2));
    }

    /** Up from half of a closed loop's rate until it is too much, then by halves between. */
    private double highest(Rig rig, MeridianProcess server, Requests puts, Figures to) {
        double closed = rig.load().run(puts, rig.seconds()).perSecond();
        server.settle(rig.patience());
        rig.say("  a closed loop makes %,.0f/s", closed);
        double least = 0;
        double most = closed / 2;
        while (attempt(rig, server, puts, most, stepSeconds, to).isSustained()) {
            if (most > MOST_TIMES * closed) {
                return most;
            }
            least = most;
            most *= MORE;
        }
        for (int step = 0; step < STEPS; step++) {
            double asked = (least + most) / 2;
            if (attempt(rig, server, puts, asked, stepSeconds, to).isSustained()) {
                least = asked;
            } else {
                most = asked;
            }
        }
        if (least == 0) {
            throw new IllegalStateException("no rate was kept up with, down to " + Math.round(most) + " a second");
        }
        return least;
    }

    /** What a few seconds bear may still be too much. */
    private Try hold(Rig rig, MeridianProcess server, Requests puts, double first, Figures to) {
        double asked = first;
        for (int each = 0; each < HOLDS; each++) {
            Try held = attempt(rig, server, puts, asked, seconds, to);
            if (held.isSustained() || rate > 0) {
                return held;
            }
            asked *= LESS;
        }
        throw new IllegalStateException("no rate was kept up with for " + seconds + " s");
    }

    private static Try attempt(Rig rig, MeridianProcess server, Requests puts, double asked, int seconds, Figures to) {
        Backlogs backlogs = new Backlogs();
        long begin = System.nanoTime();
        Measured answered = rig.load().atRate(puts, asked, seconds, count -> {
            double second = (System.nanoTime() - begin) / 1e9;
            backlogs.add(second, server.backlog());
            // Far behind there is nothing more to be learnt, and what waits fills the memory.
            return count > asked * second / 2 - asked;
        });
        Duration settled = server.settle(rig.patience());
        Try done = new Try(asked, seconds, answered, backlogs, settled);
        rig.say(
                "  %,.0f/s for %d s: %,.0f/s answered, backlog at most %,d, grew by %,.1f/s, settled after %.1f s: %s",
                asked,
                seconds,
                answered.perSecond(),
                backlogs.mostLate(),
                backlogs.growth(),
                settled.toMillis() / 1e3,
                done.isSustained() ? "sustained" : "too much");
        to.put(asked, "seconds", seconds);
        to.put(asked, "answered a second", answered.perSecond());
        to.put(asked, "p50, µs", answered.latencyMicros().getValueAtPercentile(50));
        to.put(asked, "p99, µs", answered.latencyMicros().getValueAtPercentile(99));
        to.put(asked, "backlog at most", backlogs.mostLate());
        to.put(asked, "backlog grew by, a second", backlogs.growth());
        to.put(asked, "settled after, s", settled.toMillis() / 1e3);
        to.put(asked, "sustained, 1 if so", done.isSustained() ? 1 : 0);
        return done;
    }

    private Figures held(Try held, double ceiling) {
        Figures figures = new Figures(
                String.format(
                        Locale.ROOT,
                        "%.0f a second held for %d s: %s, %.3f of bare HTTP's %.0f",
                        held.answered().perSecond(),
                        seconds,
                        held.isSustained() ? "sustained" : "NOT sustained",
                        held.answered().perSecond() / ceiling,
                        ceiling),
                "What had not been published, and not been applied in another region, at some seconds of it",
                "second");
        List<Backlogs.Sample> samples = new ArrayList<>(held.backlogs().samples());
        int every = Math.max(1, samples.size() / SHOWN);
        for (int i = every - 1; i < samples.size(); i += every) {
            Backlog backlog = samples.get(i).backlog();
            figures.put(samples.get(i).second(), "not published", backlog.unpublished());
            figures.put(samples.get(i).second(), "not applied", backlog.unapplied());
        }
        figures.chart("Backlog", "not published", "not applied");
        return figures;
    }
}
