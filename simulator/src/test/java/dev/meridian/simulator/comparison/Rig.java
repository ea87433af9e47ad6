package dev.meridian.simulator.comparison;

import dev.meridian.simulator.comparison.HttpLoad.Measured;
import dev.meridian.simulator.comparison.HttpLoad.Requests;
import dev.meridian.simulator.load.Endpoint;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What studies measure with.
 *
 * @param folder for data and logs
 * @param seconds of each measure
 * @param warmUpSeconds of each kind of request before the first measure
 * @param heap of a server, as -Xmx has it
 * @param patience for whatever has to end by itself: a load, changes that are published and applied
 */
record Rig(
        Path launcher,
        Path folder,
        HttpLoad load,
        int seconds,
        int warmUpSeconds,
        String heap,
        Duration patience,
        PrintWriter out) {
    static final double MEGA = 1e6;

    private static final String WARM = "warm";
    private static final int WARM_ITEMS = 10_000;

    void say(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    /** Meridian that does not run yet, on an empty folder. */
    MeridianProcess meridian(String name, int regions) throws IOException {
        return new MeridianProcess(launcher, folder.resolve(name), regions, options(), true);
    }

    private String options() {
        return "-Xmx" + heap + " " + System.getenv().getOrDefault("MERIDIAN_OPTS", "");
    }

    /** The same, and nothing of it asked that would take memory itself. */
    MeridianProcess unwatched(String name, int regions) throws IOException {
        return new MeridianProcess(launcher, folder.resolve(name), regions, options(), false);
    }

    /** Has each kind of request made long enough for the compiler, on a table that is gone behind it. */
    void warmUp(MeridianProcess server, int valueBytes) {
        Tables tables = new Tables(server.endpoint());
        tables.create(WARM, List.of());
        ItemRequests items = new ItemRequests(server.endpoint(), WARM, WARM_ITEMS, valueBytes);
        fill(items, 0);
        load.run(items.gets(), warmUpSeconds);
        load.run(items.queries(), warmUpSeconds);
        load.run(items.puts(), warmUpSeconds);
        server.settle(patience);
        tables.delete(WARM);
    }

    /** Puts the items from one on. @return items a second */
    double fill(ItemRequests items, long from) {
        long count = items.loadCount(from);
        long all = items.items() - from;
        long begin = System.nanoTime();
        Measured measured = load.send(
                items.loads(from),
                count,
                patience,
                answered -> say(
                        "  %,d of %,d items put, %,.0f/s",
                        answered * all / count,
                        all,
                        answered * all / (double) count / ((System.nanoTime() - begin) / 1e9)));
        if (measured.latencyMicros().getTotalCount() < count) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT, "%,d items are not put after %,d s; see --patience", all, patience.toSeconds()));
        }
        return measured.perSecond() * all / count;
    }

    /** Rate, latency and the server's cost of requests that only read. */
    Measured reads(String name, Requests requests, MeridianProcess server, double at, Figures to) {
        Duration before = server.cpu();
        Measured measured = load.run(requests, seconds);
        note(name, measured, at, to);
        cost(name + ", server's processor, µs", measured, server.cpu().minus(before), at, to);
        return measured;
    }

    /** The same of writes: their cost is that of publishing and applying them too, which is waited for. */
    Measured writes(String name, Requests requests, MeridianProcess server, double at, Figures to) {
        Duration before = server.cpu();
        Measured measured = load.run(requests, seconds);
        note(name, measured, at, to);
        Duration late = server.settle(patience);
        cost(name + ", all processor until settled, µs", measured, server.cpu().minus(before), at, to);
        to.put(at, name + ", settled after, s", late.toMillis() / 1e3);
        return measured;
    }

    private void note(String name, Measured measured, double at, Figures to) {
        say("  %-12s %,.0f/s", name, measured.perSecond());
        to.put(at, name + " a second", measured.perSecond());
        to.put(at, name + " p50, µs", measured.latencyMicros().getValueAtPercentile(50));
        to.put(at, name + " p99, µs", measured.latencyMicros().getValueAtPercentile(99));
    }

    private static void cost(String name, Measured measured, Duration cpu, double at, Figures to) {
        to.put(at, name, cpu.toNanos() / 1e3 / measured.latencyMicros().getTotalCount());
    }

    /** Reads a table page by page, one after the other; what the client does with a page does not count. */
    void scan(MeridianProcess server, String table, int pages, double at, Figures to) {
        Tables tables = new Tables(server.endpoint());
        JsonObject request = new JsonObject().put("TableName", table);
        Duration before = server.cpu();
        long items = 0;
        long nanos = 0;
        for (int page = 0; page < pages; page++) {
            String body = request.encode();
            long begin = System.nanoTime();
            String answer = tables.send("Scan", body);
            nanos += System.nanoTime() - begin;
            JsonObject said = new JsonObject(answer);
            items += said.getInteger("Count");
            JsonObject last = said.getJsonObject("LastEvaluatedKey");
            if (last == null) {
                break;
            }
            request.put("ExclusiveStartKey", last);
        }
        say("  %-12s %,.0f items/s", "Scan", items / (nanos / 1e9));
        to.put(at, "Scan items a second", items / (nanos / 1e9));
        to.put(
                at,
                "Scan item, server's processor, µs",
                server.cpu().minus(before).toNanos() / 1e3 / items);
    }

    void memory(MeridianProcess server, double at, Figures to) throws IOException {
        ServerProcess.Memory memory = server.memory();
        to.put(at, "resident, its own, MB", memory.own() / MEGA);
        to.put(at, "resident, pages of files, MB", memory.file() / MEGA);
        to.put(at, "heap in use after a collection, MB", server.heapLive() / MEGA);
    }

    /** SIGTERM, and until it is ready again. */
    void restart(MeridianProcess server, double at, Figures to) throws IOException {
        server.stop();
        Duration took = server.start();
        say("  ready again after %.1f s", took.toMillis() / 1e3);
        to.put(at, "ready again after, s", took.toMillis() / 1e3);
    }

    /** Of a server that is not Meridian's to settle. */
    Measured bare(Endpoint at, Requests requests) {
        return load.run(new Requests(at, "/2", requests.operation(), requests.bodies()), seconds);
    }
}
