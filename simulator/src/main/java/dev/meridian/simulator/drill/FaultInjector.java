package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.node.cli.client.NodeClient;
import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.Link;
import dev.meridian.simulator.scenario.RegionPair;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Does to a running cluster what a scenario says, and undoes it. Thread-safe. */
final class FaultInjector {
    private final DrillCluster cluster;
    private final NodeClient pages;
    private final TableChanges tables;
    private final SortedMap<RegionPair, LinkState> links = new TreeMap<>();
    private final SortedMap<RegionId, DiskState> disks = new TreeMap<>();

    /** How a link differs from what it is when nothing is wrong. @param loss negative: its own */
    private record LinkState(boolean cut, Duration extra, double loss) {
        static final LinkState WELL = new LinkState(false, Duration.ZERO, -1);
    }

    /** A region's disk; what is wrong with it outlives a restart. */
    private record DiskState(boolean full, Duration extra) {
        static final DiskState WELL = new DiskState(false, Duration.ZERO);
    }

    /** Replicas that a scenario adds and removes. */
    interface TableChanges {
        void addReplica(String table, RegionId region);

        void removeReplica(String table, RegionId region);
    }

    FaultInjector(DrillCluster cluster, TableChanges tables) {
        this.cluster = cluster;
        this.pages = cluster.pages();
        this.tables = tables;
    }

    /** Returns when it is so: a region that is started serves. */
    void inject(Fault fault) throws InterruptedException {
        if (!folderChanged(fault) && !regionChanged(fault) && !linkChanged(fault) && !diskChanged(fault)) {
            clockOrTablesChanged(fault);
        }
    }

    private boolean folderChanged(Fault fault) throws InterruptedException {
        try {
            if (fault instanceof Fault.FolderCopied copied) {
                cluster.process(copied.region())
                        .whileFrozen(() -> cluster.folder(copied.region()).copy());
            } else if (fault instanceof Fault.KafkaLost lost) {
                cluster.folder(lost.region()).loseKafka();
            } else if (fault instanceof Fault.FolderRestored restored) {
                cluster.folder(restored.region()).restore(restored.age(), restored.withKafka());
            } else {
                return false;
            }
            return true;
        } catch (IOException failed) {
            throw new DrillFailedException(fault.describe() + ": " + failed.getMessage(), failed);
        }
    }

    private boolean regionChanged(Fault fault) throws InterruptedException {
        if (fault instanceof Fault.RegionKill kill) {
            cluster.process(kill.region()).kill();
        } else if (fault instanceof Fault.RegionStop stop) {
            cluster.process(stop.region()).close();
        } else if (fault instanceof Fault.RegionStart start) {
            cluster.start(start.region());
            apply(start.region(), disk(start.region()));
        } else if (fault instanceof Fault.KafkaStop stop) {
            action(stop.region(), "kafka", Map.of("do", "stop"));
        } else if (fault instanceof Fault.KafkaStart start) {
            action(start.region(), "kafka", Map.of("do", "start"));
        } else if (fault instanceof Fault.LogExpiry expiry) {
            action(expiry.region(), "expire-log", Map.of());
        } else {
            return false;
        }
        return true;
    }

    private void action(RegionId region, String name, Map<String, String> parameters) {
        pages.post(region.value(), "drill/" + name, parameters);
    }

    private boolean linkChanged(Fault fault) {
        if (fault instanceof Fault.LinkCut cut) {
            LinkState now = state(cut.link());
            apply(cut.link(), new LinkState(true, now.extra(), now.loss()));
        } else if (fault instanceof Fault.LinkMend mend) {
            LinkState now = state(mend.link());
            apply(mend.link(), new LinkState(false, now.extra(), now.loss()));
        } else if (fault instanceof Fault.LinkSlow slow) {
            LinkState now = state(slow.link());
            apply(slow.link(), new LinkState(now.cut(), slow.extra(), now.loss()));
        } else if (fault instanceof Fault.LinkLossy lossy) {
            LinkState now = state(lossy.link());
            apply(lossy.link(), new LinkState(now.cut(), now.extra(), lossy.loss()));
        } else if (fault instanceof Fault.ReplicationPause pause) {
            pages.post(pause.link().to().value(), "pause", from(pause.link()));
        } else if (fault instanceof Fault.ReplicationResume resume) {
            pages.post(resume.link().to().value(), "resume", from(resume.link()));
        } else {
            return false;
        }
        return true;
    }

    private static Map<String, String> from(RegionPair pair) {
        return Map.of("from", pair.from().value());
    }

    private synchronized LinkState state(RegionPair pair) {
        return links.getOrDefault(pair, LinkState.WELL);
    }

    private synchronized void apply(RegionPair pair, LinkState state) {
        links.put(pair, state);
        Link link = cluster.link(pair).slowedBy(state.extra());
        cluster.proxy(pair).set(state.loss() < 0 ? link : link.withLoss(state.loss()), state.cut());
    }

    private boolean diskChanged(Fault fault) {
        if (fault instanceof Fault.DiskFull full) {
            apply(full.region(), new DiskState(true, disk(full.region()).extra()));
        } else if (fault instanceof Fault.DiskFreed freed) {
            apply(freed.region(), new DiskState(false, disk(freed.region()).extra()));
        } else if (fault instanceof Fault.SlowDisk slow) {
            apply(slow.region(), new DiskState(disk(slow.region()).full(), slow.extra()));
        } else {
            return false;
        }
        return true;
    }

    private synchronized DiskState disk(RegionId region) {
        return disks.getOrDefault(region, DiskState.WELL);
    }

    private synchronized void apply(RegionId region, DiskState state) {
        DiskState before = disk(region);
        disks.put(region, state);
        if (state.full() || before.full()) {
            action(region, "disk", Map.of("roomBytes", state.full() ? "0" : "-1"));
        }
        if (!state.extra().isZero() || !before.extra().isZero()) {
            action(
                    region,
                    "commit-delay",
                    Map.of("millis", String.valueOf(state.extra().toMillis())));
        }
    }

    private void clockOrTablesChanged(Fault fault) {
        if (fault instanceof Fault.ClockOffset clock) {
            cluster.setClockOffset(clock.region(), clock.offset());
        } else if (fault instanceof Fault.ClockJump jump) {
            Duration before = Duration.ofMillis(cluster.clockOffsetMillis(jump.region()));
            cluster.setClockOffset(jump.region(), before.plus(jump.by()));
        } else if (fault instanceof Fault.ReplicaAdd add) {
            tables.addReplica(add.table(), add.region());
        } else if (fault instanceof Fault.ReplicaRemove remove) {
            tables.removeReplica(remove.table(), remove.region());
        } else if (!(fault instanceof Fault.Nothing)) {
            throw new AssertionError("a drill does not know " + fault.describe());
        }
    }
}
