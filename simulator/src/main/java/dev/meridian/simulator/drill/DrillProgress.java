package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.Fault;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Says once a second how a drill goes, and at once what happens. */
final class DrillProgress implements AutoCloseable {
    private static final double MICROS_PER_SECOND = 1e6;

    private final PrintWriter out;
    private final DrillClock clock;
    private final long loadMicros;
    private final List<RegionId> regions;
    private final ScheduledExecutorService everySecond = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "progress");
        thread.setDaemon(true);
        return thread;
    });
    /** What is broken now, by what ends it. */
    private final Map<Fault, String> broken = new LinkedHashMap<>();

    private int requestsSeen;
    private int appliedSeen;

    DrillProgress(PrintWriter out, DrillClock clock, long loadMicros, List<RegionId> regions) {
        this.out = out;
        this.clock = clock;
        this.loadMicros = loadMicros;
        this.regions = regions;
    }

    void start(DrillClients clients, RegionWatch watch) {
        everySecond.scheduleAtFixedRate(() -> line(clients, watch), 1, 1, TimeUnit.SECONDS);
    }

    private synchronized void line(DrillClients clients, RegionWatch watch) {
        List<ClientRequest> requests = clients.requestsFrom(requestsSeen);
        requestsSeen += requests.size();
        List<Applied> applied = watch.appliedFrom(appliedSeen);
        appliedSeen += applied.size();
        SortedMap<RegionId, Long> answered = new TreeMap<>();
        long errors = 0;
        for (ClientRequest request : requests) {
            if (request.outcome().isAnswered()) {
                answered.merge(request.home(), 1L, Long::sum);
            } else {
                errors++;
            }
        }
        Durations lag = new Durations();
        applied.forEach(change -> lag.addMillis(change.lagMillis()));
        List<String> rates = new ArrayList<>();
        regions.forEach(region -> rates.add(region + " " + answered.getOrDefault(region, 0L) + "/s"));
        String lags = lag.count() == 0
                ? "lag -"
                : String.format(Locale.ROOT, "lag p50 %.0f p99 %.0f ms", lag.millisAt(50), lag.millisAt(99));
        out.printf(
                Locale.ROOT,
                "%s %s  %s  errors %d  %s%s%n",
                time(),
                bar(),
                String.join("  ", rates),
                errors,
                lags,
                brokenNow());
        out.flush();
    }

    private String brokenNow() {
        if (broken.isEmpty()) {
            return "";
        }
        String first = broken.values().iterator().next();
        return "  | " + first + (broken.size() == 1 ? "" : " and " + (broken.size() - 1) + " more");
    }

    private String time() {
        return String.format(Locale.ROOT, "%6.1f s", clock.micros() / MICROS_PER_SECOND);
    }

    private String bar() {
        int width = 20;
        int full = (int) Math.min(width, Math.max(0, clock.micros() * width / Math.max(1, loadMicros)));
        return "[" + "#".repeat(full) + ".".repeat(width - full) + "]";
    }

    synchronized void say(String mark, String what) {
        out.printf("%s %s %s%n", time(), mark, what);
        out.flush();
    }

    void injected(Injected injected) {
        note(injected);
        String trouble = injected.trouble();
        if (trouble != null) {
            say("!!!", injected.fault().describe() + ": " + trouble);
        } else if (injected.doneMicros() == null) {
            say(">>>", injected.fault().describe());
        }
    }

    private synchronized void note(Injected injected) {
        Fault fault = injected.fault();
        Fault undo = fault.undo();
        boolean begins = injected.doneMicros() == null && injected.trouble() == null;
        if (begins && undo != null && !undo.equals(fault)) {
            broken.put(undo, fault.describe());
        } else if (injected.doneMicros() != null) {
            broken.remove(fault);
        }
    }

    @Override
    public void close() {
        everySecond.shutdownNow();
    }
}
