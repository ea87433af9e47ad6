package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A region's process is killed again and again while it is written to. */
class KillTest {
    private static final int KILLS = Integer.getInteger("meridian.kills", 20);
    private static final int WRITERS = 4;
    private static final int PARTITIONS = 2;
    private static final String TABLE = "killed";

    @TempDir(cleanup = org.junit.jupiter.api.io.CleanupMode.ON_SUCCESS)
    Path folder;

    @Test
    void nothingAcknowledgedIsLostAndEachChangeIsInEachStreamOnce() throws Exception {
        long seed = Long.getLong("meridian.seed", System.nanoTime());
        System.out.println("KillTest: replay the instants with -Dmeridian.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int ports = Ports.free(4);
        try (RegionProcess killed = process("one", ports, "two", ports + 2);
                RegionProcess other = process("two", ports + 2, "one", ports);
                DynamoDbClient client = Cluster.client(ports, "one");
                DynamoDbClient otherClient = Cluster.client(ports + 2, "two")) {
            other.start();
            killed.start();
            Cluster.createTable(client, TABLE);
            Cluster.addReplicas(client, TABLE, "two");
            Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
            AtomicBoolean stop = new AtomicBoolean();
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                String key = "k" + i;
                Thread writer = new Thread(() -> write(client, key, acknowledged, stop));
                writer.start();
                writers.add(writer);
            }
            for (int kill = 0; kill < KILLS; kill++) {
                LockSupport.parkNanos(Duration.ofMillis(random.nextInt(50, 500)).toNanos());
                killed.kill();
                killed.start();
            }
            stop.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
            assertThat(acknowledged.values()).allMatch(value -> value > KILLS);
            check(client, otherClient, acknowledged, ports);
            audit(ports, "one");
            audit(ports + 2, "two");
        }
    }

    private static void audit(int port, String region) {
        StreamCommands.Outcome outcome = StreamCommands.run(port, "audit", "--table", TABLE, "--region", region);
        assertThat(outcome.exit()).as(outcome.toString()).isZero();
    }

    /** @param port of its pages; its Kafka has the one behind it, and so has its peer's */
    private RegionProcess process(String region, int port, String peer, int peerPort) throws IOException {
        RegionProcess process = new RegionProcess(new RegionId(region), folder, port);
        process.configure("""
            region: %s
            data: %s
            http: {port: %d}
            kafka: {embedded: {port: %d}}
            peers: [{region: %s, bootstrap: "127.0.0.1:%d"}]
            partitions: 2
            """.formatted(region, folder.resolve(region), port, port + 1, peer, peerPort + 1));
        return process;
    }

    /** Counts up under one key, each number until it is acknowledged. */
    private static void write(
            DynamoDbClient client, String key, Map<String, Integer> acknowledged, AtomicBoolean stop) {
        int next = 1;
        while (!stop.get()) {
            Map<String, AttributeValue> item =
                    Map.of("pk", AttributeValue.fromS(key), "n", AttributeValue.fromN(Integer.toString(next)));
            try {
                client.putItem(request -> request.tableName(TABLE).item(item));
                acknowledged.put(key, next);
                next++;
            } catch (SdkException away) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }
    }

    private static void check(
            DynamoDbClient client, DynamoDbClient otherClient, Map<String, Integer> acknowledged, int ports)
            throws Exception {
        acknowledged.forEach((key, value) -> {
            assertThat(number(client, key)).as(key).isGreaterThanOrEqualTo(value);
            Cluster.await("the other region has " + key, () -> number(otherClient, key) == number(client, key));
        });
        Map<String, Integer> last = new HashMap<>();
        acknowledged.keySet().forEach(key -> last.put(key, number(client, key)));
        checkStream("one", ports + 1, last, true);
        checkStream("two", ports + 3, last, false);
    }

    private static int number(DynamoDbClient client, String key) {
        Map<String, AttributeValue> item = client.getItem(
                        request -> request.tableName(TABLE).key(Map.of("pk", AttributeValue.fromS(key))))
                .item();
        return item.containsKey("n") ? Integer.parseInt(item.get("n").n()) : 0;
    }

    private static void checkStream(String region, int kafkaPort, Map<String, Integer> last, boolean own)
            throws Exception {
        Map<String, List<Integer>> values = new HashMap<>();
        Map<Integer, Long> sequences = new HashMap<>();
        StringBuilder trace = new StringBuilder();
        for (ConsumerRecord<byte[], byte[]> record : records(region, kafkaPort, last)) {
            long sequence = Long.parseLong(
                    new String(record.headers().lastHeader("sequence").value(), StandardCharsets.UTF_8));
            trace.append(record.partition() + "/" + record.offset() + "=" + sequence + " ");
            Long before = sequences.put(record.partition(), sequence);
            assertThat(sequence)
                    .as("order in " + region + ", partition/offset=sequence: " + trace)
                    .isGreaterThan(before == null ? 0 : before);
            JsonNode image = new ObjectMapper().readTree(record.value()).at("/dynamodb/NewImage");
            values.computeIfAbsent(image.at("/pk/S").asText(), unused -> new ArrayList<>())
                    .add(image.at("/n/N").asInt());
        }
        values.forEach((key, numbers) -> {
            List<Integer> all = new ArrayList<>();
            for (int n = 1; n <= last.get(key); n++) {
                all.add(n);
            }
            assertThat(numbers).as(key + " in the stream of " + region).isEqualTo(all);
        });
        assertThat(values.keySet()).as(own ? "own" : "replicated").isEqualTo(last.keySet());
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(
            String region, int kafkaPort, Map<String, Integer> last) {
        int expected = last.values().stream().mapToInt(Integer::intValue).sum();
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            partitions.add(new TopicPartition("meridian." + region + "." + TABLE + ".stream", partition));
        }
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", "127.0.0.1:" + kafkaPort,
                "isolation.level", "read_committed",
                "auto.offset.reset", "earliest");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            // What is still to come, and what must not come: some more polls after the last one expected.
            for (int quiet = 0; quiet < 20 && (records.size() < expected || quiet < 5); quiet++) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    records.add(record);
                    quiet = 0;
                }
            }
        }
        return records;
    }
}
