package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.RegionId;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.simulator.workload.StalenessCounter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Notes, when a fault cuts one region off from another's changes, what the one certifiably held then; and asks the other,
 * as soon as it can be asked, what it had changed above that.
 */
final class CutWatch {
    /** What was on its way arrives soon, if it does. */
    private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(600);

    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int LOOKS_MAX = 100;

    private final DrillCluster cluster;
    private final NodeClient pages;
    private final DrillClock clock;
    private final List<Cut> cuts = new ArrayList<>();
    private final List<Thread> looking = new ArrayList<>();

    CutWatch(DrillCluster cluster, DrillClock clock) {
        this.cluster = cluster;
        this.clock = clock;
        this.pages = cluster.pages();
    }

    /** For {@link Timeline#listen}. */
    void injected(Injected injected) {
        boolean begins = injected.doneMicros() == null && injected.trouble() == null;
        for (RegionPair pair : cutBy(injected.fault())) {
            if (begins) {
                begin(injected, pair);
            }
        }
        for (RegionPair pair : mendedBy(injected.fault())) {
            Long done = injected.doneMicros();
            if (begins) {
                change(pair, true, cut -> cut.mended(injected.begunMicros()));
            } else if (done != null) {
                // It may take a while, and others are waiting for their turn to be broken.
                look("changes " + pair, () -> askForChanges(pair));
            }
        }
    }

    private List<RegionPair> cutBy(Fault fault) {
        if (fault instanceof Fault.RegionKill kill) {
            return from(kill.region());
        }
        if (fault instanceof Fault.RegionStop stop) {
            return from(stop.region());
        }
        if (fault instanceof Fault.KafkaStop stop) {
            return from(stop.region());
        }
        if (fault instanceof Fault.LinkCut cut) {
            return List.of(cut.link());
        }
        return fault instanceof Fault.ReplicationPause pause ? List.of(pause.link()) : List.of();
    }

    private List<RegionPair> mendedBy(Fault fault) {
        if (fault instanceof Fault.RegionStart start) {
            return from(start.region());
        }
        if (fault instanceof Fault.KafkaStart start) {
            return from(start.region());
        }
        if (fault instanceof Fault.LinkMend mend) {
            return List.of(mend.link());
        }
        return fault instanceof Fault.ReplicationResume resume ? List.of(resume.link()) : List.of();
    }

    private List<RegionPair> from(RegionId region) {
        return cluster.regions().stream()
                .filter(other -> !other.equals(region))
                .map(other -> new RegionPair(region, other))
                .toList();
    }

    private synchronized void begin(Injected injected, RegionPair pair) {
        boolean kill = injected.fault() instanceof Fault.RegionKill;
        cuts.add(new Cut(injected.fault().describe(), pair, kill, injected.begunMicros(), null, null, null, null));
        look("cut " + pair, () -> settle(pair, injected.fault() instanceof Fault.LinkCut));
    }

    private synchronized void look(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        looking.add(thread);
    }

    /** The last cut of a pair. @param open only if it is not mended */
    private synchronized void change(RegionPair pair, boolean open, UnaryOperator<Cut> changed) {
        for (int i = cuts.size() - 1; i >= 0; i--) {
            Cut cut = cuts.get(i);
            if (cut.pair().equals(pair)) {
                if (!open || cut.mendedMicros() == null) {
                    cuts.set(i, changed.apply(cut));
                }
                return;
            }
        }
    }

    private synchronized @Nullable Cut last(RegionPair pair) {
        Cut last = null;
        for (Cut cut : cuts) {
            last = cut.pair().equals(pair) ? cut : last;
        }
        return last;
    }

    private void settle(RegionPair pair, boolean originAnswers) {
        String known = "";
        long since = System.nanoTime();
        for (int look = 0; look < LOOKS_MAX && System.nanoTime() - since < SETTLED_NANOS; look++) {
            Cut cut = last(pair);
            if (cut == null || cut.mendedMicros() != null) {
                return;
            }
            try {
                JsonNode holds = pages.get(
                                pair.to().value(),
                                "drain",
                                Map.of(
                                        "from",
                                        pair.from().value(),
                                        "to",
                                        pair.to().value()))
                        .path("holdsThrough");
                String version = holds.path("version").asText("");
                if (!version.equals(known)) {
                    known = version;
                    since = System.nanoTime();
                    long offset = cluster.clockOffsetMillis(pair.from());
                    long millis = Instant.parse(holds.path("time").asText()).toEpochMilli() - offset;
                    change(pair, true, open -> open.holding(version, millis));
                }
            } catch (CommandFailedException down) {
                return;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        if (originAnswers) {
            askForChanges(pair);
        }
    }

    /** Of those that were committed before the cut; each item once, with its last change. */
    private void askForChanges(RegionPair pair) {
        Cut cut = last(pair);
        String above = cut == null ? null : cut.holdsThrough();
        if (cut == null || above == null || cut.changes() != null) {
            return;
        }
        try {
            List<JsonNode> before = new ArrayList<>();
            long at = clock.wallMillis(cut.atMicros()) + cluster.clockOffsetMillis(pair.from());
            JsonNode page = pages.get(pair.from().value(), "changes", Map.of("above", above));
            for (JsonNode change : page.path("changes")) {
                boolean wanted = !change.path("table").asText().equals(StalenessCounter.TABLE);
                if (wanted && Instant.parse(change.path("committed").asText()).toEpochMilli() <= at) {
                    before.add(change);
                }
            }
            change(pair, false, last -> last.changed(before));
        } catch (CommandFailedException doesNotAnswer) {
            // What is not known stays so.
        }
    }

    List<Cut> cuts() {
        List<Thread> threads;
        synchronized (this) {
            threads = List.copyOf(looking);
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException asked) {
                Thread.currentThread().interrupt();
            }
        }
        synchronized (this) {
            return List.copyOf(cuts);
        }
    }
}
