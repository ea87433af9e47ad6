package dev.meridian.simulator.virtual;

import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.Replicator;
import dev.meridian.simulator.check.RecordedBus;
import dev.meridian.simulator.check.RecordedStore;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One region's machine: a process that may be killed, a Kafka, a disk and a clock. */
final class VirtualRegion {
    /** When virtual time begins: 2026-01-01, so that clocks look like clocks. */
    private static final long EPOCH_MILLIS =
            Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private static final String STORE = "store";

    final RegionId id;
    final MemoryBus kafka = new MemoryBus();
    private final Path folder;
    private final Scenario scenario;
    private final Environment environment;
    private final EventQueue queue;
    private final Costs costs;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final Map<String, Timer> timers = new HashMap<>();
    private int lives;
    private long clockOffsetMillis;
    private long diskExtraMicros;
    private boolean diskFull;
    private boolean kafkaUp = true;
    private boolean brokerStarted;
    private @Nullable LocalBus bus;
    private @Nullable HandTurnedRegion process;

    /** Whose work was queued for the store last, since the last commit. */
    private Queued queued = Queued.NOTHING;

    private boolean replicatorTurns;

    private enum Queued {
        NOTHING,
        LOCAL,
        /** A batch of another region's changes: always alone in its commit, so that it is known what came before what. */
        REMOTE
    }

    /** What surrounds a region. */
    interface Environment {
        /** The Kafka of another region, as {@code reader} sees it. */
        OrderedBus bus(VirtualRegion reader, RegionId of);

        List<RegionId> regions();

        /** What stands in the ports, inside of what the simulator puts there itself. */
        Ports ports();

        void committed(VirtualRegion region, List<RecordedStore.Edit> edits);

        /** What a region hands to its bus. @return to be told where it is */
        RecordedBus.Appended appending(VirtualRegion region, List<BusRecord> records);

        /** A duty has been turned and had something to do. */
        void turned(VirtualRegion region, String duty, int work);
    }

    /** When a duty is to be turned next. */
    private static final class Timer {
        final Duty duty;
        long dueMicros = Long.MAX_VALUE;
        long number;

        Timer(Duty duty) {
            this.duty = duty;
        }
    }

    VirtualRegion(
            RegionId id,
            Path folder,
            Scenario scenario,
            Environment environment,
            EventQueue queue,
            Costs costs,
            RandomGenerator random) {
        this.id = id;
        this.folder = folder;
        this.scenario = scenario;
        this.environment = environment;
        this.queue = queue;
        this.costs = costs;
        this.random = random;
        this.clock = () -> Instant.ofEpochMilli(EPOCH_MILLIS + queue.nowMicros() / 1000 + clockOffsetMillis);
    }

    boolean isAlive() {
        return process != null;
    }

    boolean isKafkaUp() {
        return kafkaUp && (brokerStarted || isAlive());
    }

    /** Only of a region that is alive. */
    HandTurnedRegion process() {
        return Objects.requireNonNull(process);
    }

    /** Others reach its Kafka before the rest of the process has started. */
    void startBroker() {
        brokerStarted = true;
        if (kafkaUp) {
            kafka.up();
        }
    }

    void start() {
        lives++;
        kafka.up();
        LocalBus own = new LocalBus(kafka, queue, costs);
        bus = own;
        if (!kafkaUp) {
            kafka.down();
        }
        SortedMap<RegionId, OrderedBus> buses = new TreeMap<>();
        for (RegionId other : environment.regions()) {
            buses.put(other, other.equals(id) ? own : environment.bus(this, other));
        }
        int life = lives;
        try {
            HandTurnedRegion started = new HandTurnedRegion(
                    id,
                    folder(life),
                    buses,
                    clock,
                    random,
                    new HandTurnedRegion.Settings(scenario.evictAfter(), scenario.partitions(), true),
                    Ports.both(new Recorder(), environment.ports()),
                    duty -> () -> ring(life, duty));
            process = started;
            timers.clear();
            started.duties().forEach((name, duty) -> {
                timers.put(name, new Timer(duty));
                turnAt(life, name, queue.nowMicros() + random.nextLong(costs.idle()));
            });
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private Path folder(int life) {
        return folder.resolve(STORE + life);
    }

    /** The process is gone, with all that it had not committed. */
    void kill() {
        end(true);
    }

    /** The process ends in good order. */
    void stop() {
        end(false);
    }

    private void end(boolean abruptly) {
        HandTurnedRegion ending = process();
        int life = lives;
        if (abruptly) {
            process = null;
            keepDisk(life);
        }
        Objects.requireNonNull(bus).end();
        // What it commits now, if it was killed, is in a folder that nobody opens again.
        ending.close();
        process = null;
        if (!abruptly) {
            keepDisk(life);
        }
        deleteFolder(folder(life));
        brokerStarted = false;
        kafka.down();
        queued = Queued.NOTHING;
    }

    private void keepDisk(int life) {
        try {
            Path next = folder(life + 1);
            Files.createDirectories(next);
            Files.copy(folder(life).resolve("data.mdb"), next.resolve("data.mdb"));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** What the folder holds, with the Kafka in it. */
    record Copy(byte[] store, MemoryBus.Copy kafka) {}

    /** Of a region that is alive. */
    Copy copy() {
        try {
            return new Copy(process().committed(), kafka.copy());
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The next process finds another store; only of a region that is not alive. */
    void replaceStore(Copy by) {
        try {
            Files.write(folder(lives + 1).resolve("data.mdb"), by.store);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static void deleteFolder(Path gone) {
        try {
            Files.deleteIfExists(gone.resolve("data.mdb"));
            Files.deleteIfExists(gone.resolve("lock.mdb"));
            Files.deleteIfExists(gone);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The simulation is over. */
    void close() {
        HandTurnedRegion ending = process;
        if (ending != null) {
            process = null;
            ending.close();
        }
    }

    void stopKafka() {
        kafkaUp = false;
        kafka.down();
    }

    void startKafka() {
        kafkaUp = true;
        if (isKafkaUp()) {
            kafka.up();
        }
    }

    void diskFull(boolean full) {
        diskFull = full;
    }

    void diskSlow(Duration extra) {
        diskExtraMicros = extra.toNanos() / 1000;
    }

    void clockOffset(Duration offset) {
        clockOffsetMillis = offset.toMillis();
    }

    void clockJump(Duration by) {
        clockOffsetMillis += by.toMillis();
    }

    long clockOffsetMillis() {
        return clockOffsetMillis;
    }

    private void ring(int life, String duty) {
        if (life == lives && process != null) {
            long soon = costs.turn() + random.nextLong(costs.turnSpread() + 1);
            turnAt(life, duty, queue.nowMicros() + (duty.equals("writer") ? commitMicros() : soon));
        }
    }

    private long commitMicros() {
        return costs.commit() / 2 + random.nextLong(costs.commit()) + diskExtraMicros;
    }

    private void turnAt(int life, String name, long micros) {
        Timer timer = timers.get(name);
        if (timer == null || micros >= timer.dueMicros) {
            return;
        }
        timer.dueMicros = micros;
        long number = ++timer.number;
        queue.at(micros, () -> {
            if (life == lives && process != null && timer.number == number) {
                turn(life, name, timer);
            }
        });
    }

    private void turn(int life, String name, Timer timer) {
        timer.dueMicros = Long.MAX_VALUE;
        int work;
        if (timer.duty instanceof Replicator) {
            replicatorTurns = true;
            work = timer.duty.turn();
            replicatorTurns = false;
        } else {
            if (name.equals("writer")) {
                queued = Queued.NOTHING;
            }
            work = timer.duty.turn();
        }
        long wait = idle(name);
        if (work > 0) {
            environment.turned(this, name, work);
            wait = costs.turn() + random.nextLong(costs.turnSpread() + 1);
        }
        if (process != null) {
            turnAt(life, name, queue.nowMicros() + wait);
        }
    }

    private long idle(String name) {
        return switch (name) {
            case "control", "heartbeat", "causal" -> costs.idle();
            default -> costs.idleRung();
        };
    }

    /** What is queued is committed now, not later. */
    private void flush() {
        queued = Queued.NOTHING;
        process().store.writer().turn();
    }

    /** Sees what the region commits, and keeps other regions' batches in commits of their own. */
    private final class Recorder implements Ports {
        @Override
        public OrderedBus bus(RegionId region, OrderedBus own) {
            return new RecordedBus(own, records -> environment.appending(VirtualRegion.this, records));
        }

        @Override
        public Store store(RegionId region, Store store) {
            int life = lives;
            return new RecordedStore(store, new RecordedStore.Listener() {
                @Override
                public boolean queueing() {
                    if (life != lives || process == null) {
                        return true;
                    }
                    if (diskFull) {
                        return false;
                    }
                    // What a commit tells may queue more.
                    while (queued == Queued.REMOTE || (replicatorTurns && queued == Queued.LOCAL)) {
                        flush();
                    }
                    queued = replicatorTurns ? Queued.REMOTE : Queued.LOCAL;
                    return true;
                }

                @Override
                public void committed(List<RecordedStore.Edit> edits) {
                    if (life == lives && process != null) {
                        environment.committed(VirtualRegion.this, edits);
                    }
                }
            });
        }
    }
}
