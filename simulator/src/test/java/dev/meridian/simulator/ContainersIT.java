package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.streams.Lane;
import dev.meridian.streams.TopicNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.Network;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Two regions in containers, each with a node and a Kafka, under kills and cuts. Skipped where no Docker engine answers. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ContainersIT {
    private static final String US = "us-east-1";
    private static final String EU = "eu-west-1";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Items that are each written, changed and deleted. */
    private static final int ITEMS = 60;

    /** As of any JVM that a SIGTERM ended. */
    private static final int TERMINATED = 143;

    @TempDir
    static Path folder;

    private static final List<AutoCloseable> OPEN = new ArrayList<>();
    private static ContainerImages images;
    private static ContainerRegion us;
    private static ContainerRegion eu;
    private static DynamoDbClient atUs;
    private static DynamoDbClient atEu;
    private static Network usToEu;

    @BeforeAll
    static void start() throws Exception {
        images = ContainerImages.build();
        int ports = Ports.free(4);
        us = new ContainerRegion(images, folder, US, ports, ports + 1, List.of(EU));
        eu = new ContainerRegion(images, folder, EU, ports + 2, ports + 3, List.of(US));
        usToEu = ContainerRegion.inner();
        Network euToUs = ContainerRegion.inner();
        OPEN.addAll(List.of(usToEu, euToUs, us, eu));
        us.kafka.joins(usToEu);
        eu.node.joins(usToEu);
        eu.kafka.joins(euToUs);
        us.node.joins(euToUs);
        us.start();
        eu.start();
        atUs = Cluster.client(us.port, US);
        atEu = Cluster.client(eu.port, EU);
        OPEN.addAll(List.of(atUs, atEu));
    }

    @AfterAll
    static void stop() throws Exception {
        for (int i = OPEN.size() - 1; i >= 0; i--) {
            OPEN.get(i).close();
        }
    }

    private static Map<String, AttributeValue> item(String pk, int n) {
        return Map.of("pk", AttributeValue.fromS(pk), "n", AttributeValue.fromN(Integer.toString(n)));
    }

    private static void put(DynamoDbClient client, String table, String pk, int n) {
        client.putItem(request -> request.tableName(table).item(item(pk, n)));
    }

    private static boolean has(DynamoDbClient client, String table, String pk) {
        return client.getItem(request -> request.tableName(table).key(Map.of("pk", AttributeValue.fromS(pk))))
                .hasItem();
    }

    private static void delete(DynamoDbClient client, String table, String pk) {
        client.deleteItem(request -> request.tableName(table).key(Map.of("pk", AttributeValue.fromS(pk))));
    }

    /** All that the stream topic of a table holds now, by item, in its order. */
    private static Map<String, List<String>> streamed(ContainerRegion region, String table) throws Exception {
        String topic = TopicNames.of(Lane.STREAM, new RegionId(region.name), table);
        Map<String, List<String>> byItem = new TreeMap<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", "127.0.0.1:" + region.kafkaPort,
                        "isolation.level", "read_committed",
                        "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(found -> new TopicPartition(topic, found.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    JsonNode change = JSON.readTree(record.value());
                    String pk = change.at("/dynamodb/Keys/pk/S").asText();
                    String n = change.at("/dynamodb/NewImage/n/N").asText();
                    byItem.computeIfAbsent(pk, unused -> new ArrayList<>())
                            .add(change.get("eventName").asText() + n);
                }
            }
        }
        return byItem;
    }

    private static void writeAll(String table, int from, int to) {
        for (int i = from; i < to; i++) {
            put(atUs, table, "k" + i, 1);
            put(atUs, table, "k" + i, 2);
            delete(atUs, table, "k" + i);
        }
    }

    /** The first: the others run on what it leaves. */
    @Test
    @Order(1)
    void regionsAreUpgradedOneAfterTheOtherAndClientsThatFailOverSeeNothingOfIt() throws Exception {
        Cluster.createTable(atUs, "upgraded");
        Cluster.addReplicas(atUs, "upgraded", EU);
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger acknowledged = new AtomicInteger();
        Set<Integer> left = ConcurrentHashMap.newKeySet();
        try (DynamoDbClient usOnce = Cluster.clientWithoutRetries(us.port, US);
                DynamoDbClient euOnce = Cluster.clientWithoutRetries(eu.port, EU)) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                FailingOver client = new FailingOver(List.of(usOnce, euOnce), 0, left);
                while (!done.get()) {
                    String key = "k" + acknowledged.get();
                    client.call(region -> put(region, "upgraded", key, 1));
                    acknowledged.incrementAndGet();
                }
            });
            try {
                for (ContainerRegion region : List.of(us, eu)) {
                    int before = acknowledged.get();
                    Cluster.await("writes", () -> writer.isDone() || acknowledged.get() > before + ITEMS);
                    assertThat(region.upgrade(images.node())).isEqualTo(TERMINATED);
                }
            } finally {
                done.set(true);
                writer.join();
            }
        }
        assertThat(left).containsExactlyInAnyOrder(0, 1);
        for (DynamoDbClient client : List.of(atUs, atEu)) {
            Cluster.await(
                    "all " + acknowledged + " writes",
                    () -> client.scanPaginator(request -> request.tableName("upgraded")).items().stream()
                                    .count()
                            == acknowledged.get());
        }
    }

    @Test
    void eachChangeIsInTheTopicOnceAndInOrderThoughTheNodeIsKilledAndItsKafkaIsCutOff() throws Exception {
        Cluster.createTable(atUs, "streamed");
        writeAll("streamed", 0, ITEMS / 3);
        us.node.killAndStart();
        awaitReady(us);
        assertThat(has(atUs, "streamed", "k0")).isFalse();
        writeAll("streamed", ITEMS / 3, 2 * ITEMS / 3);
        us.node.disconnect(us.home);
        writeAll("streamed", 2 * ITEMS / 3, ITEMS);
        assertThat(streamed(us, "streamed"))
                .as("what was written without Kafka")
                .doesNotContainKey("k" + (ITEMS - 1));
        us.node.connect(us.home);
        Map<String, List<String>> expected = new TreeMap<>();
        for (int i = 0; i < ITEMS; i++) {
            expected.put("k" + i, List.of("INSERT1", "MODIFY2", "REMOVE"));
        }
        Cluster.await("the last change in the topic", () -> {
            try {
                return streamed(us, "streamed").values().stream()
                                .mapToInt(List::size)
                                .sum()
                        >= 3 * ITEMS;
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        });
        assertThat(streamed(us, "streamed")).isEqualTo(expected);
        Container.ExecResult audit = us.node.execInContainer(
                "meridian",
                "streams",
                "audit",
                "--table",
                "streamed",
                "--region",
                US,
                "--endpoint",
                "http://127.0.0.1:8000");
        assertThat(audit.getExitCode()).as(audit.toString()).isZero();
        assertThat(audit.getStdout()).contains(3 * ITEMS + " records compared");
    }

    private static void awaitReady(ContainerRegion region) {
        Cluster.await("the node of " + region.name + " serves", () -> {
            try (DynamoDbClient client = Cluster.client(region.port, region.name)) {
                client.listTables();
                return true;
            } catch (SdkException notYet) {
                return false;
            }
        });
    }

    @Test
    void aCutDirectionStopsWhatGoesThatWayOnlyAndHealingBringsItEvenAfterAStartMeanwhile() {
        Cluster.createTable(atUs, "cut");
        Cluster.addReplicas(atUs, "cut", EU);
        put(atUs, "cut", "before", 1);
        Cluster.await("what was written before", () -> has(atEu, "cut", "before"));
        eu.node.disconnect(usToEu);
        put(atUs, "cut", "lost", 1);
        put(atEu, "cut", "other way", 1);
        Cluster.await("the other way", () -> has(atUs, "cut", "other way"));
        eu.node.killAndStart();
        awaitReady(eu);
        assertThat(has(atEu, "cut", "lost")).isFalse();
        put(atEu, "cut", "after the start", 1);
        Cluster.await("the other way after the start", () -> has(atUs, "cut", "after the start"));
        assertThat(has(atEu, "cut", "lost")).isFalse();
        eu.node.connect(usToEu);
        Cluster.await("what was written during the cut", () -> has(atEu, "cut", "lost"));
    }

    @Test
    void theNodeIsNobodyInParticularAndCanWriteOnlyToItsVolume() throws Exception {
        assertThat(us.node.execInContainer("id", "-u").getStdout().strip()).isEqualTo("10001");
        assertThat(us.node.execInContainer("touch", "/written").getExitCode()).isNotZero();
        assertThat(us.node.execInContainer("touch", "/tmp/written").getExitCode())
                .isNotZero();
        assertThat(us.node.execInContainer("touch", "/var/lib/meridian/written").getExitCode())
                .isZero();
        assertThat(us.node.execInContainer("/opt/meridian/healthy").getExitCode())
                .isZero();
        assertThat(us.node
                        .execInContainer("meridian", "status", "--endpoint", "http://127.0.0.1:8000")
                        .getStdout())
                .contains(EU);
    }
}
