package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.streams.consumer.ChangeConsumer;
import dev.meridian.streams.consumer.ChangeRecord;
import dev.meridian.streams.consumer.TransactionalSink;
import dev.meridian.streams.kafka.KafkaBus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A consumer adds up what it is told of while the regions that it reads from lose their Kafka, one after the other. */
class ConsumerFailoverTest {
    private static final String TABLE = "sums";
    private static final int ITEMS_PER_REGION = 4;

    @TempDir
    Path folder;

    /** Sums and progress in one place. A commit fails now and then, before or behind its effect. */
    private static final class Sums implements TransactionalSink {
        final SplittableRandom random;
        Map<String, Long> sums = new HashMap<>();
        Optional<String> progress = Optional.empty();
        int failures;

        Sums(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public synchronized Optional<String> progress() {
            return progress;
        }

        @Override
        public synchronized void commit(List<ChangeRecord> changes, String reached) {
            int luck = random.nextInt(20);
            if (luck == 0) {
                failures++;
                throw new IllegalStateException("before the commit");
            }
            Map<String, Long> next = new HashMap<>(sums);
            changes.forEach(
                    change -> next.merge(text(change, "pk"), Long.parseLong(text(change, "amount")), Long::sum));
            sums = next;
            progress = Optional.of(reached);
            if (luck == 1) {
                failures++;
                throw new IllegalStateException("behind the commit");
            }
        }

        synchronized Map<String, Long> now() {
            return sums;
        }

        private static String text(ChangeRecord change, String attribute) {
            var value = change.newImage().get(attribute);
            return value instanceof dev.meridian.model.AttributeValue.N number
                    ? number.value().toPlainString()
                    : ((dev.meridian.model.AttributeValue.S) value).value();
        }
    }

    @Test
    void aRunningSumThroughTwoFailoversUnderLoadIsExact() throws Exception {
        long seed = Long.getLong("meridian.seed", System.nanoTime());
        System.out.println("ConsumerFailoverTest: replay the amounts with -Dmeridian.seed=" + seed);
        Sums sums = new Sums(seed);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        List<AutoCloseable> toClose = new ArrayList<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (LocalCluster cluster = Cluster.start(folder)) {
            Map<String, DynamoDbClient> clients = new TreeMap<>();
            for (String region : Cluster.REGIONS) {
                DynamoDbClient client = Cluster.client(cluster.frontDoorPort(), region);
                clients.put(region, client);
                toClose.add(client);
            }
            Cluster.createTable(clients.get(Cluster.REGIONS.get(0)), TABLE);
            Cluster.addReplicas(
                    clients.get(Cluster.REGIONS.get(0)), TABLE, Cluster.REGIONS.get(1), Cluster.REGIONS.get(2));
            clients.forEach((region, client) -> threads.add(thread(failure, () -> write(client, region, seed, stop))));
            ChangeConsumer consumer = consumer(cluster, sums, toClose);
            Thread reading = thread(failure, () -> read(consumer, done));

            awaitGrowth(sums);
            for (int lost = 0; lost < 2; lost++) {
                // On a slow machine it may have turned away from the first region for its slowness.
                Cluster.await("it reads a region", () -> consumer.regions().size() == 1);
                List<RegionId> read = consumer.regions();
                cluster.node(read.get(0)).stopKafka();
                Cluster.await(
                        "it no longer reads " + read, () -> !consumer.regions().equals(read));
                awaitGrowth(sums);
                cluster.node(read.get(0)).startKafka();
            }
            awaitGrowth(sums);
            stop.set(true);
            for (Thread writer : threads) {
                writer.join();
            }
            Map<String, Long> expected = totals(clients);
            Cluster.await("all is read: " + expected, () -> sums.now().equals(expected) || isOver(sums, expected));
            assertThat(sums.now()).isEqualTo(expected);
            assertThat(sums.failures).isPositive();
            done.set(true);
            reading.join();
            consumer.close();
            assertThat(failure.get()).isNull();
        } finally {
            stop.set(true);
            done.set(true);
            for (AutoCloseable each : toClose) {
                each.close();
            }
        }
    }

    private static boolean isOver(Sums sums, Map<String, Long> expected) {
        return expected.entrySet().stream()
                .anyMatch(item -> sums.now().getOrDefault(item.getKey(), 0L) > item.getValue());
    }

    private static Thread thread(AtomicReference<Throwable> failure, Runnable work) {
        Thread thread = new Thread(work);
        thread.setUncaughtExceptionHandler((unused, thrown) -> failure.set(thrown));
        thread.start();
        return thread;
    }

    private static ChangeConsumer consumer(LocalCluster cluster, Sums sums, List<AutoCloseable> toClose) {
        ChangeConsumer.Options options = ChangeConsumer.of(TABLE, sums).failoverAfter(Duration.ofSeconds(1));
        cluster.regions().forEach(region -> {
            KafkaBus bus = new KafkaBus(
                    new KafkaBus.Config("sums-" + region.region(), region.kafkaBootstrap(), new TreeMap<>()));
            toClose.add(bus);
            options.region(region.region().value(), bus);
        });
        return options.open();
    }

    private static void read(ChangeConsumer consumer, AtomicBoolean done) {
        while (!done.get()) {
            try {
                consumer.poll(Duration.ofMillis(200));
            } catch (IllegalStateException sinkFailed) {
                assertThat(sinkFailed).hasMessageContaining("the commit");
            } catch (Exception other) {
                throw new AssertionError(other);
            }
        }
    }

    /** Each write adds an amount to its item's total and says it. */
    private static void write(DynamoDbClient client, String region, long seed, AtomicBoolean stop) {
        SplittableRandom random = new SplittableRandom(seed ^ region.hashCode());
        while (!stop.get()) {
            Map<String, AttributeValue> key = OneRegion.item("pk", region + "/" + random.nextInt(ITEMS_PER_REGION));
            AttributeValue amount = OneRegion.n(random.nextInt(1, 100));
            client.updateItem(request -> request.tableName(TABLE)
                    .key(key)
                    .updateExpression("SET amount = :a ADD running :a")
                    .expressionAttributeValues(Map.of(":a", amount)));
            LockSupport.parkNanos(Duration.ofMillis(3).toNanos());
        }
    }

    private static void awaitGrowth(Sums sums) {
        long before = total(sums);
        Cluster.await("sums grow", () -> total(sums) > before + 20_000);
    }

    private static long total(Sums sums) {
        return sums.now().values().stream().mapToLong(Long::longValue).sum();
    }

    private static Map<String, Long> totals(Map<String, DynamoDbClient> clients) {
        Map<String, Long> totals = new HashMap<>();
        clients.forEach((region, client) -> {
            for (int item = 0; item < ITEMS_PER_REGION; item++) {
                Map<String, AttributeValue> key = OneRegion.item("pk", region + "/" + item);
                totals.put(
                        region + "/" + item,
                        Long.parseLong(client.getItem(request ->
                                        request.tableName(TABLE).key(key).consistentRead(true))
                                .item()
                                .get("running")
                                .n()));
            }
        });
        return totals;
    }
}
