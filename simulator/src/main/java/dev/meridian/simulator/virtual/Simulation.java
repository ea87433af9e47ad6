package dev.meridian.simulator.virtual;

import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.Reply;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.check.LawBroken;
import dev.meridian.simulator.check.RecordedBus;
import dev.meridian.simulator.check.RecordedStore;
import dev.meridian.simulator.check.SurvivingWrites;
import dev.meridian.simulator.check.WrittenItem;
import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.RegionPair;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import dev.meridian.simulator.scenario.WorkloadSpec;
import dev.meridian.simulator.workload.ItemRequest;
import dev.meridian.simulator.workload.Load;
import dev.meridian.simulator.workload.PlannedOperation;
import dev.meridian.simulator.workload.StalenessCounter;
import dev.meridian.simulator.workload.TableShape;
import dev.meridian.simulator.workload.Workload;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run of a scenario in virtual time: tables are made and filled, the load runs while faults happen, what is broken is
 * mended, and when all regions have everything they are compared. All laws are looked at all the time.
 */
public final class Simulation {
    private static final long LOOK_MICROS = 100_000;
    private static final long PATIENCE_MICROS = 120_000_000;

    /** After everything has arrived: what else is on its way goes out too. */
    private static final long SETTLE_MICROS = 3_000_000;

    /** Documents by table id, of a region that was put back and loads the table from the others. */
    private static final String REJOINING = "rejoining";

    private static final int PRELOAD_AT_ONCE = 50;

    /** One in so many writes is read elsewhere behind its token. */
    private static final int PROBE_ONE_IN = 10;

    private static final long PROBE_WAIT_MILLIS = 5_000;

    private final Plan plan;
    private final Scenario scenario;
    private final long seed;
    private final Ports bugs;
    private final Trace trace;
    private final Progress progress;
    private final Costs costs = Costs.DEFAULT;
    private final EventQueue queue = new EventQueue();
    private final SortedMap<RegionId, VirtualRegion> regions = new TreeMap<>();
    private final SortedMap<RegionId, MemoryBus> buses = new TreeMap<>();
    private final SortedMap<RegionPair, VirtualLink> links = new TreeMap<>();
    private final Map<String, List<RegionId>> members = new TreeMap<>();
    private final Map<RegionId, List<WrittenItem>> lastCommitted = new HashMap<>();
    private final Map<RegionId, Map<TopicPartition, Long>> taken = new TreeMap<>();
    private final Map<RegionId, Map<TableId, Boolean>> loading = new TreeMap<>();

    private final Map<RegionId, TreeMap<Long, Copied>> copies = new TreeMap<>();

    private final ReplicationMeter meter;
    private final LawBook laws;
    private final Clients clients;
    private final RandomGenerator random;
    private long loadBeganMicros;
    private int operations;
    private @Nullable Duration convergence;
    private @Nullable Throwable wrong;

    /** An operator's copy of a region's folder. @param had what the store has had by then */
    private record Copied(VirtualRegion.Copy folder, SurvivingWrites.Copy had) {}

    /** Hears how far a run is. */
    @FunctionalInterface
    public interface Progress {
        /** @param virtualTime since the load began; in a run of several rounds, since the run began */
        void at(Duration virtualTime, long requests);
    }

    private Simulation(Plan plan, Path folder, Ports bugs, Trace trace, Progress progress) {
        this.plan = plan;
        this.scenario = plan.scenario();
        this.seed = plan.seed();
        this.bugs = bugs;
        this.trace = trace;
        this.progress = progress;
        this.random = Load.random(seed, "world");
        RandomGenerator linkRandom = Load.random(seed, "links");
        scenario.links().forEach((pair, link) -> links.put(pair, new VirtualLink(queue, link, linkRandom)));
        this.meter = new ReplicationMeter(scenario.links().keySet());
        World world = new World();
        for (RegionId id : scenario.regions()) {
            VirtualRegion region = new VirtualRegion(
                    id, folder.resolve(id.value()), scenario, world, queue, costs, Load.random(seed, "region " + id));
            regions.put(id, region);
            buses.put(id, region.kafka);
            taken.put(id, new HashMap<>());
            loading.put(id, new HashMap<>());
        }
        this.laws =
                new LawBook(buses, scenario.partitions(), !scenario.evictAfter().isZero());
        this.clients = new Clients(scenario, queue, regions, world);
        scenario.tables().forEach(table -> members.put(table.name(), new ArrayList<>(table.replicas())));
    }

    /** @param folder for the stores; what is in it afterwards is of no use */
    public static SimulationResult run(Plan plan, Path folder, Progress progress) {
        return new Simulation(plan, folder, Ports.NONE, Trace.unread(), progress).run();
    }

    /** @param reader of the trace, line by line */
    public static SimulationResult traced(Plan plan, Path folder, Consumer<String> reader) {
        return traced(plan, folder, Ports.NONE, reader);
    }

    /** A run with something in the ports. */
    static SimulationResult traced(Plan plan, Path folder, Ports ports, Consumer<String> reader) {
        return new Simulation(plan, folder, ports, Trace.readBy(reader), (at, requests) -> {}).run();
    }

    private SimulationResult run() {
        SimulationResult.BrokenLaw broken = null;
        try {
            regions.values().forEach(VirtualRegion::start);
            setUp();
            long round = 0;
            do {
                live(round++);
                heal();
                laws.checkEnd(processes());
            } while (queue.nowMicros() < micros(plan.atLeast()));
        } catch (LawBroken law) {
            String what = String.valueOf(law.getMessage());
            trace.note(sinceLoad(), "BROKEN " + what);
            broken = new SimulationResult.BrokenLaw(law.law(), what, sinceLoad());
        } finally {
            regions.values().forEach(VirtualRegion::close);
        }
        return result(broken);
    }

    private SimulationResult result(SimulationResult.@Nullable BrokenLaw broken) {
        List<SimulationResult.Loss> losses = new ArrayList<>();
        for (ReplicationMeter.Loss loss : meter.losses()) {
            SortedMap<String, Integer> missing = new TreeMap<>();
            loss.records().forEach((region, count) -> missing.put(region.value(), count));
            losses.add(new SimulationResult.Loss(
                    loss.region().value(), Duration.ofNanos(loss.oldestMicros() * 1_000), loss.changes(), missing));
        }
        return new SimulationResult(
                scenario.name(),
                seed,
                broken,
                trace.hash(),
                Duration.ofNanos(queue.nowMicros() * 1_000),
                queue.done(),
                clients.sent(),
                clients.failed(),
                operations,
                laws.conflictsFound(),
                laws.tokens().checked(),
                convergence,
                meter.lagMicros(),
                clients.latencyMicros(),
                clients.failovers().stream().map(SimulationResult.Failure::of).toList(),
                losses);
    }

    private SortedMap<RegionId, HandTurnedRegion> processes() {
        SortedMap<RegionId, HandTurnedRegion> processes = new TreeMap<>();
        regions.forEach((id, region) -> processes.put(id, region.process()));
        return processes;
    }

    private VirtualRegion region(RegionId id) {
        return Objects.requireNonNull(regions.get(id));
    }

    private VirtualLink link(RegionPair pair) {
        return Objects.requireNonNull(links.get(pair));
    }

    private long sinceLoad() {
        return queue.nowMicros() - loadBeganMicros;
    }

    /** Lets things happen until a time has come. */
    private void runUntil(long micros) {
        while (queue.next(micros)) {
            Throwable found = wrong;
            if (found instanceof Error error) {
                throw error;
            }
            if (found instanceof RuntimeException bug) {
                throw bug;
            }
        }
    }

    /** For what is done inside of stages, which keep what is thrown to themselves. */
    private void noting(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error thrown) {
            if (wrong == null) {
                wrong = thrown;
            }
        }
    }

    private interface Condition {
        boolean holds();
    }

    /** Looks every now and then whether something is so. */
    private void runUntil(String what, Condition condition) {
        long deadline = queue.nowMicros() + PATIENCE_MICROS;
        while (!condition.holds()) {
            if (queue.nowMicros() >= deadline) {
                throw new LawBroken(
                        "regions converge",
                        "in " + PATIENCE_MICROS / 1_000_000 + " s " + what + " did not happen; on its way: "
                                + meter.describePending());
            }
            runUntil(queue.nowMicros() + LOOK_MICROS / 10);
            noteLoaded();
        }
    }

    private void setUp() {
        for (WorkloadSpec spec : scenario.workloads()) {
            make(Workload.of(spec).table(), scenario.table(spec.table()).replicas());
        }
        if (plan.probed()) {
            members.put(StalenessCounter.TABLE, new ArrayList<>(scenario.regions()));
            make(StalenessCounter.SHAPE, scenario.regions());
        }
        runUntil("all replicas active", this::isServing);
        if (plan.probed()) {
            VirtualRegion any = region(scenario.regions().get(0));
            meter.leaveOut(Objects.requireNonNull(any.process().store.catalog().table(StalenessCounter.TABLE))
                    .id());
        }
        List<Iterator<ItemRequest>> preload = Load.preload(scenario, seed);
        for (int i = 0; i < preload.size(); i++) {
            RegionId first = scenario.table(scenario.workloads().get(i).table())
                    .replicas()
                    .get(0);
            preload(first, preload.get(i));
        }
        runUntil("everything that the tables are filled with everywhere", () -> meter.pending() == 0);
    }

    private void make(TableShape table, List<RegionId> replicas) {
        RegionId first = replicas.get(0);
        ask(first, "CreateTable", table.createTable());
        for (RegionId other : replicas.subList(1, replicas.size())) {
            addReplica(table.name(), first, other);
        }
    }

    private void ask(RegionId region, String operation, byte[] body) {
        region(region).process().operations().execute(operation, body).whenComplete((reply, failure) -> {
            if (failure != null) {
                wrong = new AssertionError(operation + " failed: " + failure, failure);
            }
        });
    }

    /** One change of replicas is done at a time: one that comes too early is asked for again. */
    private void addReplica(String table, RegionId at, RegionId added) {
        boolean[] done = {false};
        runUntil("a replica was added", () -> {
            if (!done[0]) {
                changeReplicas(table, at, "Create", added)
                        .whenComplete((reply, failure) -> done[0] = done[0] || failure == null);
            }
            return done[0];
        });
    }

    private CompletionStage<Reply> changeReplicas(String table, RegionId at, String what, RegionId of) {
        String body = "{\"TableName\":\"" + table + "\",\"ReplicaUpdates\":[{\"" + what + "\":{\"RegionName\":\"" + of
                + "\"}}]}";
        return region(at).process().operations().execute("UpdateTable", body.getBytes(StandardCharsets.UTF_8));
    }

    private void preload(RegionId first, Iterator<ItemRequest> requests) {
        int[] open = {0};
        while (requests.hasNext()) {
            for (int i = 0; i < PRELOAD_AT_ONCE && requests.hasNext(); i++) {
                ItemRequest request = requests.next();
                open[0]++;
                region(first)
                        .process()
                        .operations()
                        .execute(request.operation(), request.body())
                        .whenComplete((reply, failure) -> {
                            if (failure != null) {
                                wrong = new AssertionError("an item could not be written: " + failure, failure);
                            }
                            open[0]--;
                        });
            }
            runUntil("the tables filled", () -> open[0] == 0);
        }
    }

    private boolean isServing() {
        return members.entrySet().stream()
                .allMatch(table -> table.getValue().stream()
                        .allMatch(region -> isServing(region(region), table.getKey(), table.getValue())));
    }

    private static boolean isServing(VirtualRegion region, String table, List<RegionId> all) {
        if (!region.isAlive()) {
            return false;
        }
        TableDescriptor local = region.process().store.catalog().table(table);
        return local != null
                && local.status() == TableStatus.ACTIVE
                && (all.size() == 1 || local.replicated())
                && region.process().control.members(local).stream()
                        .allMatch(member -> member.status().equals("ACTIVE"));
    }

    private void live(long round) {
        loadBeganMicros = queue.nowMicros();
        meter.measure();
        trace.listen();
        trace.note(0, "load begins");
        operations = 0;
        sendNext(new Load(scenario, seed + round));
        for (Step step : scenario.steps()) {
            queue.at(loadBeganMicros + micros(step.at()), () -> happen(step.fault()));
        }
        if (round == 0) {
            queue.after(LOOK_MICROS, this::look);
        }
        if (plan.probed()) {
            count(1, loadBeganMicros + micros(scenario.duration()));
        }
        runUntil(loadBeganMicros + micros(scenario.duration()));
        trace.note(sinceLoad(), "load ends");
    }

    /** What a drill's probe of staleness writes. */
    private void count(long number, long untilMicros) {
        if (queue.nowMicros() >= untilMicros) {
            return;
        }
        regions.values().stream().filter(VirtualRegion::isAlive).forEach(region -> {
            ItemRequest write = StalenessCounter.write(region.id, number);
            region.process().operations().execute(write.operation(), write.body());
        });
        queue.after(micros(StalenessCounter.PERIOD), () -> count(number + 1, untilMicros));
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1_000;
    }

    private void sendNext(Load load) {
        if (load.hasNext()) {
            PlannedOperation next = load.next();
            boolean isPlanned = plan.operations().contains(operations++);
            queue.at(loadBeganMicros + next.atMicros(), () -> {
                if (isPlanned) {
                    clients.send(next);
                }
                sendNext(load);
            });
        }
    }

    /** Now and then somebody asks how far regions are. */
    private void look() {
        noteLoaded();
        long shown = plan.atLeast().isZero() ? sinceLoad() : queue.nowMicros();
        progress.at(Duration.ofNanos(shown * 1_000), clients.sent());
        List<VirtualRegion> alive =
                regions.values().stream().filter(VirtualRegion::isAlive).toList();
        if (!alive.isEmpty()) {
            laws.checkClaims(
                    pick(alive).process(), pick(alive).process(), pick(alive).process());
        }
        queue.after(LOOK_MICROS, this::look);
    }

    private VirtualRegion pick(List<VirtualRegion> among) {
        return among.get(random.nextInt(among.size()));
    }

    /** Regions that have loaded a table have all that there was of it. */
    private void noteLoaded() {
        regions.forEach((id, region) -> {
            if (!region.isAlive()) {
                return;
            }
            for (TableDescriptor table :
                    region.process().store.catalog().tables().values()) {
                boolean loads = region.process().control.members(table).stream()
                        .filter(member -> member.region().equals(id))
                        .anyMatch(member -> !member.status().equals("ACTIVE"));
                Map<TableId, Boolean> before = Objects.requireNonNull(loading.get(id));
                if (!loads && Boolean.TRUE.equals(before.get(table.id()))) {
                    meter.loaded(table.id(), id);
                    laws.loaded(id);
                    trace.note(sinceLoad(), id + " has loaded " + table.name());
                    List<RegionId> known = Objects.requireNonNull(members.get(table.name()));
                    if (!known.contains(id)) {
                        known.add(id);
                    }
                }
                before.put(table.id(), loads);
            }
        });
    }

    private void heal() {
        scenario.healing().forEach(this::happen);
        long endedMicros = queue.nowMicros();
        runUntil(
                "all regions to serve",
                () -> regions.values().stream().allMatch(VirtualRegion::isAlive) && isServing());
        runUntil("everything everywhere", () -> isServing() && hasArrived());
        convergence = Duration.ofNanos((queue.nowMicros() - endedMicros) * 1_000);
        trace.note(sinceLoad(), "all regions have everything");
        runUntil(queue.nowMicros() + SETTLE_MICROS);
    }

    /** Of what a region wrote that did not know yet that it was put back, some never arrives under its first version. */
    private boolean hasArrived() {
        return meter.pending() == 0 || (!copies.isEmpty() && LawBook.isConverged(processes()));
    }

    private void happen(Fault fault) {
        trace.note(sinceLoad(), fault.describe());
        if (fault instanceof Fault.RegionKill kill && region(kill.region()).isAlive()) {
            meter.killed(kill.region(), queue.nowMicros());
            // What is answered from now on, nobody hears.
            clients.ended(kill.region());
            region(kill.region()).kill();
        } else if (fault instanceof Fault.RegionStop stop
                && region(stop.region()).isAlive()) {
            meter.killed(stop.region(), queue.nowMicros());
            region(stop.region()).stop();
            clients.ended(stop.region());
        } else if (fault instanceof Fault.RegionStart start) {
            queue.after(costs.brokerStart(), region(start.region())::startBroker);
            queue.after(costs.start(), () -> {
                if (!region(start.region()).isAlive()) {
                    region(start.region()).start();
                    trace.note(sinceLoad(), start.region() + " serves");
                }
            });
        } else if (fault instanceof Fault.LinkCut cut) {
            link(cut.link()).cut();
        } else if (fault instanceof Fault.LinkMend mend) {
            link(mend.link()).mend();
        } else if (fault instanceof Fault.LinkSlow slow) {
            link(slow.link()).slow(slow.extra());
        } else if (fault instanceof Fault.LinkLossy lossy) {
            link(lossy.link()).lossy(lossy.loss());
        } else if (fault instanceof Fault.KafkaStop stop) {
            region(stop.region()).stopKafka();
        } else if (fault instanceof Fault.KafkaStart start) {
            region(start.region()).startKafka();
        } else if (fault instanceof Fault.DiskFull full) {
            region(full.region()).diskFull(true);
        } else if (fault instanceof Fault.DiskFreed freed) {
            region(freed.region()).diskFull(false);
        } else if (fault instanceof Fault.SlowDisk slow) {
            region(slow.region()).diskSlow(slow.extra());
        } else if (fault instanceof Fault.ClockOffset offset) {
            region(offset.region()).clockOffset(offset.offset());
        } else if (fault instanceof Fault.ClockJump jump) {
            region(jump.region()).clockJump(jump.by());
        } else if (fault instanceof Fault.ReplicationPause pause) {
            pause(pause.link(), true);
        } else if (fault instanceof Fault.ReplicationResume resume) {
            pause(resume.link(), false);
        } else if (fault instanceof Fault.LogExpiry expiry) {
            expire(expiry.region());
        } else if (fault instanceof Fault.FolderCopied copied
                && region(copied.region()).isAlive()) {
            VirtualRegion region = region(copied.region());
            copies.computeIfAbsent(region.id, unused -> new TreeMap<>())
                    .put(queue.nowMicros(), new Copied(region.copy(), laws.copy(region.id)));
        } else if (fault instanceof Fault.KafkaLost lost) {
            region(lost.region()).kafka.lose();
            laws.lostKafka(lost.region());
            taken.values().forEach(places -> places.keySet().removeIf(at -> isOf(lost.region(), at)));
        } else if (fault instanceof Fault.FolderRestored restored) {
            restore(restored);
        } else if (fault instanceof Fault.ReplicaAdd add
                && !Objects.requireNonNull(members.get(add.table())).contains(add.region())) {
            changeReplicasLater(add.table(), "Create", add.region());
        } else if (fault instanceof Fault.ReplicaRemove remove
                && Objects.requireNonNull(members.get(remove.table())).remove(remove.region())) {
            changeReplicasLater(remove.table(), "Delete", remove.region());
        }
    }

    private static boolean isOf(RegionId region, TopicPartition at) {
        return at.topic().startsWith("meridian." + region + ".");
    }

    /** As of a copy that was made long enough ago; nothing if the region was down then. */
    private void restore(Fault.FolderRestored restored) {
        RegionId id = restored.region();
        long wanted = queue.nowMicros() - micros(restored.age());
        Map.Entry<Long, Copied> copy = copies.getOrDefault(id, new TreeMap<>()).floorEntry(wanted);
        if (copy == null || region(id).isAlive()) {
            return;
        }
        region(id).replaceStore(copy.getValue().folder());
        if (restored.withKafka()) {
            region(id).kafka.restore(copy.getValue().folder().kafka());
        }
        laws.restored(id, copy.getValue().had());
        meter.forget(id);
        lastCommitted.remove(id);
        // What it had read of others it reads once more.
        Objects.requireNonNull(taken.get(id)).clear();
        taken.values().forEach(places -> places.keySet().removeIf(at -> isOf(id, at)));
    }

    private void pause(RegionPair pair, boolean paused) {
        VirtualRegion to = region(pair.to());
        if (to.isAlive()) {
            to.process().control.pause(pair.from(), paused);
        } else {
            // Whoever wants it asks again.
            queue.after(LOOK_MICROS, () -> pause(pair, paused));
        }
    }

    private void expire(RegionId id) {
        MemoryBus kafka = region(id).kafka;
        for (String topic : kafka.topics()) {
            int partitions = topic.endsWith(".replication") ? scenario.partitions() : 0;
            for (TopicPartition at : TopicPartition.allOf(topic, partitions)) {
                List<BusRecord> kept = kafka.records(at);
                if (!kept.isEmpty()) {
                    kafka.trim(at, kept.get(kept.size() - 1).offset() + 1);
                }
            }
        }
    }

    /** Asks a region that has the table, and again if it cannot now. */
    private void changeReplicasLater(String table, String what, RegionId of) {
        for (RegionId at : Objects.requireNonNull(members.get(table))) {
            if (!at.equals(of) && region(at).isAlive()) {
                changeReplicas(table, at, what, of).whenComplete((reply, failure) -> {
                    if (failure != null) {
                        trace.note(sinceLoad(), what + " of " + of + " was refused: " + failure.getMessage());
                        queue.after(LOOK_MICROS * 5, () -> changeReplicasLater(table, what, of));
                    }
                });
                return;
            }
        }
        queue.after(LOOK_MICROS * 5, () -> changeReplicasLater(table, what, of));
    }

    /** What regions and clients tell. */
    private final class World implements VirtualRegion.Environment, Clients.Answers {
        @Override
        public OrderedBus bus(VirtualRegion reader, RegionId of) {
            VirtualRegion other = region(of);
            return new LinkedBus(other.kafka, other::isKafkaUp, link(new RegionPair(of, reader.id)), queue, costs);
        }

        @Override
        public List<RegionId> regions() {
            return scenario.regions();
        }

        @Override
        public Ports ports() {
            return bugs;
        }

        @Override
        public void turned(VirtualRegion region, String duty, int work) {
            trace.add(queue.nowMicros(), region.id + duty, work);
        }

        @Override
        public void committed(VirtualRegion region, List<RecordedStore.Edit> edits) {
            noting(() -> look(region, edits));
        }

        @Override
        public RecordedBus.Appended appending(VirtualRegion region, List<BusRecord> records) {
            return laws.appending(region.process(), records);
        }

        private void look(VirtualRegion region, List<RecordedStore.Edit> edits) {
            HandTurnedRegion process = region.process();
            if (edits.isEmpty()) {
                lastCommitted.put(region.id, List.of());
                return;
            }
            laws.observe(process, edits);
            List<WrittenItem> own = new ArrayList<>();
            for (RecordedStore.Edit edit : edits) {
                if (edit instanceof RecordedStore.Edit.Own made) {
                    own.add(made.write());
                    wrote(region, process, made.write());
                } else if (edit instanceof RecordedStore.Edit.Applied applied) {
                    WrittenItem write = applied.write();
                    trace.note(
                            sinceLoad(),
                            "applied",
                            write.version().time().bits(),
                            () -> region.id + " applies " + shown(write));
                    laws.applied(process, write);
                } else if (edit instanceof RecordedStore.Edit.Taken position) {
                    taken(region, position.position());
                } else if (edit instanceof RecordedStore.Edit.Purged purged) {
                    laws.forget(region.id, purged.table());
                } else if (edit instanceof RecordedStore.Edit.Document kept
                        && kept.space().equals(REJOINING)
                        && !kept.isGone()) {
                    laws.rejoins(region.id, TableId.parse(kept.key()));
                    // What it wrote before it knew that it was put back is written anew.
                    meter.forget(region.id);
                } else if (edit instanceof RecordedStore.Edit.Dropped dropped) {
                    laws.forget(region.id, dropped.table());
                }
            }
            lastCommitted.put(region.id, own);
        }

        private void wrote(VirtualRegion region, HandTurnedRegion process, WrittenItem write) {
            trace.note(
                    sinceLoad(), "wrote", write.version().time().bits(), () -> region.id + " commits " + shown(write));
            TableDescriptor local = process.store.catalog().table(write.table());
            if (local == null) {
                return;
            }
            laws.wrote(process, write, write.isDelete() && !local.replicated());
            List<RegionId> others = new ArrayList<>(Objects.requireNonNull(members.get(local.name())));
            others.remove(region.id);
            if (local.replicated()) {
                meter.committed(write.version(), write.table(), others, queue.nowMicros());
            }
        }

        private void taken(VirtualRegion region, Position position) {
            Map<TopicPartition, Long> places = Objects.requireNonNull(taken.get(region.id));
            long from = places.getOrDefault(position.at(), 0L);
            places.put(position.at(), position.next());
            // A region that was put back replays its own topics.
            if (!position.at().topic().endsWith(".replication")
                    || position.origin().equals(region.id)) {
                return;
            }
            // What is no longer kept may have been fetched before.
            for (BusRecord record : region(position.origin()).kafka.records(position.at(), from, position.next())) {
                Change change = ChangeCodec.decode(
                        Objects.requireNonNull(record.value()).asBuffer());
                meter.arrived(change.stamp().version(), region.id, queue.nowMicros());
            }
        }

        @Override
        public void answered(
                PlannedOperation operation, ItemRequest request, RegionId region, @Nullable ApiException failure) {
            noting(() -> judge(operation, request, region, failure));
        }

        private void judge(
                PlannedOperation operation, ItemRequest request, RegionId region, @Nullable ApiException failure) {
            if (failure != null) {
                trace.note(
                        sinceLoad(),
                        "refused",
                        0,
                        () -> operation.id() + " is refused by " + region + ": " + failure.code());
                return;
            }
            trace.add(sinceLoad(), operation.id(), 1);
            if (request.writes()) {
                List<WrittenItem> committed = lastCommitted.getOrDefault(region, List.of());
                laws.acknowledged()
                        .acknowledged(operation.id(), !(request instanceof ItemRequest.DeleteItem), committed);
                if (!committed.isEmpty() && random.nextInt(PROBE_ONE_IN) == 0) {
                    probe(region, committed.get(committed.size() - 1));
                }
            }
        }

        /** Somebody hands the position of a write to another region and reads there. */
        private void probe(RegionId wroteAt, WrittenItem write) {
            VersionVector position = region(wroteAt).process().causality().position();
            VirtualRegion other = pick(List.copyOf(regions.values()));
            if (!other.isAlive() || !isServedBy(other, write.table())) {
                return;
            }
            HandTurnedRegion process = other.process();
            process.causality().reached(position, PROBE_WAIT_MILLIS).whenComplete((unused, late) -> {
                if (late == null && other.isAlive() && other.process() == process && isServedBy(other, write.table())) {
                    noting(() -> laws.tokens().read(write, other.id, LawBook.held(process, write)));
                }
            });
        }

        private boolean isServedBy(VirtualRegion region, TableId table) {
            TableDescriptor local = region.process().store.catalog().table(table);
            return local != null && local.status() == TableStatus.ACTIVE;
        }

        @Override
        public void bug(AssertionError thrown) {
            noting(() -> {
                throw thrown;
            });
        }

        @Override
        public void failed(PlannedOperation operation, RegionId region, String why) {
            trace.note(
                    sinceLoad(), "failed", why.hashCode(), () -> operation.id() + " fails at " + region + ": " + why);
        }

        @Override
        public void routed(RegionId home, RegionId to) {
            trace.note(sinceLoad(), "clients of " + home + " go to " + to);
        }

        private String shown(WrittenItem write) {
            ItemKey key = write.key();
            return write.version() + " of " + printable(key) + (write.isDelete() ? ", a delete" : "");
        }

        private String printable(ItemKey key) {
            String partition = new String(key.partition().toArray(), StandardCharsets.UTF_8);
            return key.sort() == null ? partition : partition + "/" + key.sort();
        }
    }
}
