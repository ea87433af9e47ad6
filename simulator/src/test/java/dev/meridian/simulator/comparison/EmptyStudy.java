package dev.meridian.simulator.comparison;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What regions without a table take, with their brokers, when nobody asks them anything; some rounds. */
record EmptyStudy(int regions, int rounds) implements Study {
    /** For what is begun at the start and ends by itself. */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(20);

    @Override
    public List<Figures> run(Rig rig) throws IOException {
        Figures figures = new Figures(
                regions + " empty regions",
                "From the launcher's start until all are ready; resident memory 20 s later, with a heap of at most "
                        + rig.heap(),
                "round");
        for (int round = 1; round <= rounds; round++) {
            rig.say("%d empty regions, round %d", regions, round);
            try (MeridianProcess server = rig.unwatched("empty-" + round, regions)) {
                double ready = server.start().toMillis() / 1e3;
                ServerProcess.Memory first = server.memory();
                long until = System.nanoTime() + IDLE_NANOS;
                while (System.nanoTime() < until) {
                    LockSupport.parkNanos(until - System.nanoTime());
                }
                ServerProcess.Memory idle = server.memory();
                rig.say("  ready after %.1f s, resident %.0f MB", ready, idle.all() / Rig.MEGA);
                figures.put(round, "ready after, s", ready);
                figures.put(round, "resident when ready, MB", first.all() / Rig.MEGA);
                figures.put(round, "resident, idle, MB", idle.all() / Rig.MEGA);
                figures.put(round, "of that its own, MB", idle.own() / Rig.MEGA);
                figures.put(round, "of that pages of files, MB", idle.file() / Rig.MEGA);
                rig.restart(server, round, figures);
            }
        }
        figures.chart("Resident memory, MB", "resident when ready, MB", "resident, idle, MB");
        figures.chart("Ready after, s", "ready after, s", "ready again after, s");
        return List.of(figures);
    }
}
