package dev.meridian.streams;

import dev.meridian.model.Duty;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.kafka.KafkaBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * How long a committed row is under way until a reader in another region has it: both lanes at once, through the real
 * publisher, broker, reader and duty threads, as a node runs them. The store is in memory, so that its fsync is not in
 * the numbers; the load is open, so that a delay counts for every row behind it too.
 */
public final class LagBenchmark {
    private static final CallPolicy POLICY = new CallPolicy("benchmark", InstantSource.system());
    private static final int PARTITIONS = 4;
    private static final int VALUE_CHARS = 400;
    private static final int WARM_UP_SECONDS = 30;
    private static final Duration IDLE = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final BenchmarkRows log = new BenchmarkRows("t", PARTITIONS, VALUE_CHARS);
    private final Map<Lane, Histogram> lags = new EnumMap<>(Lane.class);
    private final Histogram machine =
            new ConcurrentHistogram(Duration.ofMinutes(1).toNanos(), 3);
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private final AtomicLongArray dueNanos;
    private final int writes;
    private final int writesPerSecond;

    private LagBenchmark(int writesPerSecond, int seconds) {
        this.writesPerSecond = writesPerSecond;
        this.writes = writesPerSecond * (WARM_UP_SECONDS + seconds);
        this.dueNanos = new AtomicLongArray(writes + 1);
    }

    /** @param arguments writes a second and seconds; 200 and 60 if left out */
    public static void main(String[] arguments) throws Exception {
        int writesPerSecond = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60;
        Path folder = Files.createTempDirectory("lag-benchmark");
        LagBenchmark benchmark = new LagBenchmark(writesPerSecond, seconds);
        try {
            benchmark.run(folder);
            benchmark.print(seconds);
        } finally {
            benchmark.close();
            delete(folder);
        }
    }

    private void run(Path folder) {
        EmbeddedBroker broker =
                later(new EmbeddedBroker(new EmbeddedBroker.Config("bench", folder.resolve("kafka"), "127.0.0.1", 0)));
        KafkaBus here = later(new KafkaBus(new KafkaBus.Config("here", broker.bootstrap(), new TreeMap<>()), POLICY));
        KafkaBus there = later(new KafkaBus(new KafkaBus.Config("there", broker.bootstrap(), new TreeMap<>()), POLICY));
        for (Lane lane : Lane.values()) {
            lags.put(lane, new ConcurrentHistogram(Duration.ofMinutes(1).toNanos(), 3));
            publish(lane, here);
            read(lane, there);
        }
        watchMachine();
        write();
        long until = System.nanoTime() + PATIENCE.toNanos();
        long expected = writes - (long) WARM_UP_SECONDS * writesPerSecond;
        while (lags.values().stream().anyMatch(lag -> lag.getTotalCount() < expected) && System.nanoTime() < until) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    private void publish(Lane lane, KafkaBus bus) {
        DutyRunner[] runner = new DutyRunner[1];
        Publisher publisher =
                later(new Publisher(BenchmarkRows.REGION, lane, log, bus, POLICY, InstantSource.system(), () -> {
                    if (runner[0] != null) {
                        runner[0].ring();
                    }
                }));
        runner[0] = later(new DutyRunner("publish-" + lane, publisher, IDLE, Throwable::printStackTrace))
                .start();
    }

    private void read(Lane lane, KafkaBus bus) {
        BusReader reader = later(bus.reader(lane == Lane.STREAM ? Isolation.COMMITTED : Isolation.UNCOMMITTED));
        Map<TopicPartition, Long> from = new TreeMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            from.put(new TopicPartition(TopicNames.of(lane, BenchmarkRows.REGION, "t"), partition), 0L);
        }
        reader.follow(from);
        Duty duty = () -> {
            List<BusRecord> arrived = reader.poll(1_000);
            long now = System.nanoTime();
            arrived.forEach(record -> note(lane, record, now));
            return arrived.size();
        };
        DutyRunner runner = later(new DutyRunner("read-" + lane, duty, IDLE, Throwable::printStackTrace));
        reader.onArrival(runner::ring);
        runner.start();
    }

    /** How late a thread that only waits is woken: what the machine adds, and no code of ours can take away. */
    private void watchMachine() {
        Thread watch = new Thread(() -> {
            while (true) {
                long due = System.nanoTime() + Duration.ofMillis(2).toNanos();
                LockSupport.parkNanos(due - System.nanoTime());
                if (log.last().value() > (long) WARM_UP_SECONDS * writesPerSecond) {
                    machine.recordValue(Math.max(0, System.nanoTime() - due));
                }
            }
        });
        watch.setDaemon(true);
        watch.start();
    }

    private void note(Lane lane, BusRecord record, long nowNanos) {
        int sequence = Integer.parseInt(record.headers().get(Headers.SEQUENCE));
        if (sequence > WARM_UP_SECONDS * writesPerSecond) {
            lags.get(lane).recordValue(nowNanos - dueNanos.get(sequence));
        }
    }

    private void write() {
        long start = System.nanoTime();
        for (int sequence = 1; sequence <= writes; sequence++) {
            long due = start + Duration.ofSeconds(1).toNanos() * sequence / writesPerSecond;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            dueNanos.set(sequence, System.nanoTime());
            log.add(sequence);
        }
    }

    private void print(int seconds) {
        System.out.printf(
                "%d writes/s for %d s, %d processors%n",
                writesPerSecond, seconds, Runtime.getRuntime().availableProcessors());
        lags.forEach((lane, lag) -> print(lane.name(), lag));
        print("(waking up)", machine);
        Histogram fenced = lags.get(Lane.STREAM);
        Histogram plain = lags.get(Lane.REPLICATION);
        System.out.printf(
                "fenced / plain             p50 %7.2f     p90 %7.2f     p99 %7.2f%n",
                millis(fenced, 50) / millis(plain, 50),
                millis(fenced, 90) / millis(plain, 90),
                millis(fenced, 99) / millis(plain, 99));
    }

    private static void print(String what, Histogram lag) {
        System.out.printf(
                "%-12s times %6d  p50 %7.2f ms  p90 %7.2f ms  p99 %7.2f ms  max %7.2f ms%n",
                what, lag.getTotalCount(), millis(lag, 50), millis(lag, 90), millis(lag, 99), millis(lag, 100));
    }

    private static double millis(Histogram lag, double percentile) {
        return lag.getValueAtPercentile(percentile) / 1e6;
    }

    private <T extends AutoCloseable> T later(T part) {
        toClose.push(part);
        return part;
    }

    private void close() throws Exception {
        while (!toClose.isEmpty()) {
            toClose.pop().close();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
