package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.RegionAddress;
import dev.meridian.simulator.StreamCommands.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** {@code meridian streams audit} and {@code tail} against running regions. */
class StreamCommandsTest {
    private static final String HOME = Cluster.REGIONS.get(0);
    private static final String AWAY = Cluster.REGIONS.get(1);

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static DynamoDbClient client;
    private static DynamoDbClient awayClient;

    @BeforeAll
    static void start() throws IOException {
        cluster = Cluster.start(folder);
        client = Cluster.client(cluster.frontDoorPort(), HOME);
        awayClient = Cluster.client(cluster.frontDoorPort(), AWAY);
    }

    @AfterAll
    static void end() {
        client.close();
        awayClient.close();
        cluster.close();
    }

    private static Outcome run(String... words) {
        return StreamCommands.run(cluster.frontDoorPort(), words);
    }

    private static String kafka(String region) {
        return cluster.regions().stream()
                .filter(each -> each.region().equals(new RegionId(region)))
                .map(RegionAddress::kafkaBootstrap)
                .findFirst()
                .orElseThrow();
    }

    private static void write(DynamoDbClient to, String table, String who, int i) {
        Map<String, AttributeValue> key = OneRegion.item("pk", who + i % 7);
        if (i % 5 == 4) {
            to.deleteItem(request -> request.tableName(table).key(key));
        } else {
            to.updateItem(request -> request.tableName(table)
                    .key(key)
                    .updateExpression("SET t = :t ADD n :one")
                    .expressionAttributeValues(Map.of(":one", OneRegion.n(1), ":t", OneRegion.s("ä\"\\\u0001😀" + i))));
        }
    }

    @Test
    void whileBothRegionsWriteNothingIsFoundInEither() throws Exception {
        String table = "audited";
        Cluster.createTable(client, table);
        Cluster.addReplicas(client, table, AWAY);
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> writers = List.of(
                new Thread(() -> writeUntil(client, table, "shared", stop)),
                new Thread(() -> writeUntil(awayClient, table, "shared", stop)),
                new Thread(() -> writeUntil(client, table, "own", stop)));
        writers.forEach(Thread::start);
        try {
            for (String region : List.of(HOME, AWAY)) {
                Cluster.await(
                        "the topic of " + region,
                        () -> run("audit", "--table", table, "--region", region).exit() == 0);
            }
            for (int i = 0; i < 4; i++) {
                for (String region : List.of(HOME, AWAY)) {
                    Outcome outcome = run("audit", "--table", table, "--region", region);
                    assertThat(outcome.exit()).as(outcome.toString()).isZero();
                    assertThat(outcome.out()).contains("0 gaps, 0 duplicates, 0 out of order, 0 that differ");
                }
            }
        } finally {
            stop.set(true);
            for (Thread writer : writers) {
                writer.join();
            }
        }
        JsonNode json = new ObjectMapper()
                .readTree(run("audit", "--table", table, "--region", HOME, "--json")
                        .out());
        assertThat(json.path("findings")).isEmpty();
        assertThat(json.path("records").asLong()).isGreaterThan(100);
        assertThat(json.path("items").asLong()).isPositive();
        assertThat(json.path("changeRows").asLong()).isPositive();
    }

    private static void writeUntil(DynamoDbClient to, String table, String who, AtomicBoolean stop) {
        for (int i = 0; !stop.get(); i++) {
            write(to, table, who, i);
        }
    }

    @Test
    void aRecordThatSomebodyWroteAgainIsFound() throws Exception {
        String table = "spoiled";
        Cluster.createTable(client, table);
        for (int i = 0; i < 20; i++) {
            write(client, table, "k", i);
        }
        List<ConsumerRecord<byte[], byte[]>> records =
                StreamTopics.read(kafka(HOME), HOME, table, read -> read.size() >= 10);
        ConsumerRecord<byte[], byte[]> again = records.get(0);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka(HOME)), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            again.topic(),
                            again.partition(),
                            again.timestamp(),
                            again.key(),
                            again.value(),
                            again.headers()))
                    .get();
        }
        Outcome outcome = run("audit", "--table", table, "--region", HOME);
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.out())
                .contains("DUPLICATE partition " + again.partition())
                .contains("1 duplicates");
    }

    @Test
    void whatCannotBeAuditedIsSaid() {
        assertThat(run("audit", "--table", "nowhere", "--region", HOME))
                .satisfies(outcome -> assertThat(outcome.exit()).isEqualTo(1))
                .satisfies(outcome -> assertThat(outcome.err()).contains("there is no table nowhere"));
        assertThat(run("audit", "--table", "nowhere", "--region", "mars-1").err())
                .contains("no region mars-1");
    }

    @Test
    void tailSaysWhatChangedWhereItWasWrittenAndHowLongItTook() throws Exception {
        String table = "followed";
        Cluster.createTable(client, table);
        Cluster.addReplicas(client, table, AWAY);
        client.putItem(request -> request.tableName(table).item(OneRegion.item("pk", "k", "n", 1, "gone", "x")));
        client.updateItem(request -> request.tableName(table)
                .key(OneRegion.item("pk", "k"))
                .updateExpression("SET n = :two, added = :text REMOVE gone")
                .expressionAttributeValues(Map.of(":two", OneRegion.n(2), ":text", OneRegion.s("new\n"))));
        Instant middle = Instant.now();
        client.deleteItem(request -> request.tableName(table).key(OneRegion.item("pk", "k")));
        StreamTopics.read(kafka(AWAY), AWAY, table, read -> read.size() >= 3);

        String[] here = run("tail", "--table", table, "--region", HOME, "--from", "beginning", "--limit", "3")
                .out()
                .split("\n");
        assertThat(here[0])
                .matches(
                        "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}  INSERT  us-east-1  pk=\"k\"  \\+gone: \"x\", \\+n: 1");
        assertThat(here[1]).endsWith("MODIFY  us-east-1  pk=\"k\"  +added: \"new\\n\", -gone: \"x\", n: 1 → 2");
        assertThat(here[2]).endsWith("REMOVE  us-east-1  pk=\"k\"  -added: \"new\\n\", -n: 2");
        assertThat(String.join("", here)).doesNotContain("\u001b");

        String[] there = run(
                        "tail", "--table", table, "--region", AWAY, "--from", "beginning", "--limit", "3", "--json")
                .out()
                .split("\n");
        JsonNode modify = new ObjectMapper().readTree(there[1]);
        assertThat(modify.path("origin").asText()).isEqualTo(HOME);
        assertThat(modify.path("region").asText()).isEqualTo(AWAY);
        assertThat(modify.path("cause").asText()).isEqualTo("replication");
        assertThat(modify.at("/changed/n/old/N").asText()).isEqualTo("1");
        assertThat(modify.at("/changed/n/new/N").asText()).isEqualTo("2");
        assertThat(modify.path("lagMillis").isNumber()).isTrue();

        String last = run("tail", "--table", table, "--region", HOME, "--from", middle.toString(), "--limit", "1")
                .out();
        assertThat(last).contains("REMOVE");
        assertThat(run("tail", "--table", table, "--region", HOME, "--from", "yesterday")
                        .exit())
                .isEqualTo(2);
    }

    @Test
    void aTableThatIsNotThereIsNamed() {
        Outcome tail = run("tail", "--table", "nope", "--region", HOME);
        assertThat(tail.exit()).isEqualTo(1);
        assertThat(tail.err())
                .isEqualTo(
                        run("audit", "--table", "nope", "--region", HOME).err().replace("audit", "tail"))
                .contains("nope")
                .doesNotContain("nothing has been published");
    }
}
