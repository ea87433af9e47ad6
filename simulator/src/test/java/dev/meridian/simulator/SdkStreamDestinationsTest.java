package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.streams.Lane;
import dev.meridian.streams.TopicNames;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ApproximateCreationDateTimePrecision;
import software.amazon.awssdk.services.dynamodb.model.DestinationStatus;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.KinesisDataStreamDestination;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.Tag;

/** Stream topics as the AWS SDK turns them on and off and sets them up, and what is in Kafka then. */
class SdkStreamDestinationsTest {
    private static final String HOME = "us-east-1";
    private static final String AWAY = "eu-west-1";
    private static final ObjectMapper JSON = new ObjectMapper();

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
    static void stop() {
        client.close();
        awayClient.close();
        cluster.close();
    }

    private static String topic(String region, String table) {
        return TopicNames.of(Lane.STREAM, new RegionId(region), table);
    }

    private static String arn(String region, String table) {
        return "arn:aws:kinesis:" + region + ":000000000000:stream/" + topic(region, table);
    }

    private static String kafka(String region) {
        return cluster.regions().stream()
                .filter(each -> each.region().value().equals(region))
                .findFirst()
                .orElseThrow()
                .kafkaBootstrap();
    }

    private static KinesisDataStreamDestination described(DynamoDbClient at, String table) {
        List<KinesisDataStreamDestination> all = at.describeKinesisStreamingDestination(
                        request -> request.tableName(table))
                .kinesisDataStreamDestinations();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    private static void disable(DynamoDbClient at, String region, String table) {
        assertThat(at.disableKinesisStreamingDestination(
                                request -> request.tableName(table).streamArn(arn(region, table)))
                        .destinationStatus())
                .isEqualTo(DestinationStatus.DISABLING);
        Cluster.await(
                "the destination is disabled",
                () -> described(at, table).destinationStatus() == DestinationStatus.DISABLED);
    }

    private static void enable(DynamoDbClient at, String region, String table) {
        assertThat(at.enableKinesisStreamingDestination(
                                request -> request.tableName(table).streamArn(arn(region, table)))
                        .destinationStatus())
                .isEqualTo(DestinationStatus.ENABLING);
        assertThat(described(at, table).destinationStatus()).isEqualTo(DestinationStatus.ACTIVE);
    }

    private static void put(String table, String key, long n) {
        client.putItem(request -> request.tableName(table).item(OneRegion.item("pk", key, "n", n)));
    }

    private static List<JsonNode> records(String region, String table, int count) {
        return StreamTopics.read(kafka(region), region, table, records -> records.size() >= count).stream()
                .map(SdkStreamDestinationsTest::json)
                .toList();
    }

    private static JsonNode json(ConsumerRecord<byte[], byte[]> record) {
        try {
            return JSON.readTree(record.value());
        } catch (IOException notJson) {
            throw new AssertionError(notJson);
        }
    }

    private static List<String> numbers(List<JsonNode> records) {
        return records.stream()
                .map(record -> record.at("/dynamodb/NewImage/n/N").asText())
                .toList();
    }

    @Test
    void whatIsWrittenWhileItIsDisabledIsNotInTheTopicAndAllElseIs() {
        String table = "paused";
        Cluster.createTable(client, table);
        assertThat(described(client, table).destinationStatus()).isEqualTo(DestinationStatus.ACTIVE);
        assertThat(described(client, table).streamArn()).isEqualTo(arn(HOME, table));
        put(table, "k", 1);
        put(table, "k", 2);
        disable(client, HOME, table);
        put(table, "k", 3);
        put(table, "other", 4);
        enable(client, HOME, table);
        put(table, "k", 5);
        disable(client, HOME, table);
        put(table, "k", 6);
        enable(client, HOME, table);
        put(table, "k", 7);
        List<JsonNode> records = records(HOME, table, 4);
        assertThat(numbers(records)).containsExactly("1", "2", "5", "7");
        assertThat(records.get(2).at("/dynamodb/OldImage/n/N").asText()).isEqualTo("3");
        StreamCommands.Outcome audit =
                StreamCommands.run(cluster.frontDoorPort(), "audit", "--table", table, "--region", HOME);
        assertThat(audit.exit()).as(audit.toString()).isZero();
        assertThat(audit.out()).contains("2 items", "4 records");
    }

    @Test
    void eachRegionsTopicIsItsOwn() {
        String table = "replicated";
        Cluster.createTable(client, table);
        Cluster.addReplicas(client, table, AWAY);
        disable(awayClient, AWAY, table);
        put(table, "k", 1);
        Cluster.await(
                "the write is replicated",
                () -> awayClient
                        .getItem(request -> request.tableName(table).key(OneRegion.item("pk", "k")))
                        .hasItem());
        assertThat(described(client, table).destinationStatus()).isEqualTo(DestinationStatus.ACTIVE);
        enable(awayClient, AWAY, table);
        put(table, "k", 2);
        assertThat(numbers(records(HOME, table, 2))).containsExactly("1", "2");
        List<JsonNode> away = records(AWAY, table, 1);
        assertThat(numbers(away)).containsExactly("2");
        assertThat(away.get(0).path("eventName").asText()).isEqualTo("MODIFY");
    }

    /** Over toggles under writes, the topic holds exactly what it is to. */
    @Test
    void togglingUnderLoadLosesAndDoublesNothing() throws Exception {
        String table = "toggled";
        Cluster.createTable(client, table);
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            for (int i = 0; !stop.get(); i++) {
                put(table, "k" + i % 5, i);
            }
        });
        writer.start();
        try {
            for (int i = 0; i < 5; i++) {
                disable(client, HOME, table);
                enable(client, HOME, table);
                StreamCommands.Outcome audit =
                        StreamCommands.run(cluster.frontDoorPort(), "audit", "--table", table, "--region", HOME);
                assertThat(audit.exit()).as(audit.toString()).isZero();
            }
        } finally {
            stop.set(true);
            writer.join();
        }
    }

    @Test
    void timesAreInMicrosecondsFromTheUpdateOn() {
        String table = "precise";
        Cluster.createTable(client, table);
        assertThat(described(client, table).approximateCreationDateTimePrecision())
                .isNull();
        put(table, "k", 1);
        Instant before = Instant.now();
        client.updateKinesisStreamingDestination(request -> request.tableName(table)
                .streamArn(arn(HOME, table))
                .updateKinesisStreamingConfiguration(
                        configuration -> configuration.approximateCreationDateTimePrecision(
                                ApproximateCreationDateTimePrecision.MICROSECOND)));
        assertThat(described(client, table).approximateCreationDateTimePrecision())
                .isEqualTo(ApproximateCreationDateTimePrecision.MICROSECOND);
        for (int i = 2; i <= 21; i++) {
            put(table, "k", i);
        }
        List<JsonNode> records = records(HOME, table, 21);
        assertThat(records.get(0)
                        .at("/dynamodb/ApproximateCreationDateTimePrecision")
                        .asText())
                .isEqualTo("MILLISECOND");
        List<JsonNode> precise = records.subList(1, 21);
        assertThat(precise)
                .allSatisfy(record -> assertThat(record.at("/dynamodb/ApproximateCreationDateTimePrecision")
                                .asText())
                        .isEqualTo("MICROSECOND"));
        List<Long> times = precise.stream()
                .map(record ->
                        record.at("/dynamodb/ApproximateCreationDateTime").asLong())
                .toList();
        assertThat(times)
                .isSorted()
                .allSatisfy(time -> assertThat(Instant.EPOCH
                                .plusNanos(time % 1_000_000 * 1_000)
                                .plusSeconds(time / 1_000_000))
                        .isBetween(before.minusSeconds(1), Instant.now()));
        assertThat(times).anySatisfy(time -> assertThat(time % 1_000).isNotZero());
        StreamCommands.Outcome tail = StreamCommands.run(
                cluster.frontDoorPort(),
                "tail",
                "--table",
                table,
                "--region",
                HOME,
                "--from",
                "beginning",
                "--limit",
                "21",
                "--json");
        assertThat(tail.out().lines().filter(line -> line.contains("\"committed\":\"20")))
                .hasSize(21);
    }

    @Test
    void whatCannotBeIsRefusedAsAwsDoes() {
        String table = "refused";
        Cluster.createTable(client, table);
        assertThatThrownBy(() -> client.describeKinesisStreamingDestination(request -> request.tableName("no-table")))
                .isInstanceOf(ResourceNotFoundException.class);
        enable(client, HOME, table);
        assertThatThrownBy(() -> enable(client, HOME, table))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("must be DISABLED or ENABLE_FAILED to perform ENABLE operation.");
        assertThatThrownBy(() -> client.enableKinesisStreamingDestination(request ->
                        request.tableName(table).streamArn("arn:aws:kinesis:us-east-1:000000000000:stream/mine")))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining(arn(HOME, table));
        disable(client, HOME, table);
        assertThatThrownBy(() -> disable(client, HOME, table))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("must be ACTIVE to perform DISABLE operation.");
        assertThatThrownBy(() -> client.updateKinesisStreamingDestination(request -> request.tableName(table)
                        .streamArn(arn(HOME, table))
                        .updateKinesisStreamingConfiguration(
                                configuration -> configuration.approximateCreationDateTimePrecision(
                                        ApproximateCreationDateTimePrecision.MICROSECOND))))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("Updates are only allowed in ACTIVE state.");
    }

    private static Tag tag(String key, String value) {
        return Tag.builder().key("meridian:" + key).value(value).build();
    }

    private static long retentionMillis(Admin admin, String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try {
            return Long.parseLong(admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .get(resource)
                    .get("retention.ms")
                    .value());
        } catch (ExecutionException notThere) {
            return 0;
        } catch (InterruptedException asked) {
            throw new AssertionError(asked);
        }
    }

    @Test
    void tablesWhoseNamesDifferInADotOnlyReplicateAndStream() {
        List<String> tables = List.of("col_x", "col.x");
        tables.forEach(table -> Cluster.createTable(client, table));
        tables.forEach(table -> Cluster.addReplicas(client, table, AWAY));
        for (String table : tables) {
            put(table, table, 1);
            assertThat(described(client, table).streamArn()).isEqualTo(arn(HOME, table));
            assertThat(numbers(records(HOME, table, 1))).containsExactly("1");
            assertThat(numbers(records(AWAY, table, 1))).containsExactly("1");
        }
        assertThat(topic(HOME, "col_x")).isEqualTo("meridian." + HOME + ".col_x.stream");
        assertThat(topic(HOME, "col.x")).startsWith("meridian." + HOME + ".col.x.stream-");
    }

    @Test
    void tagsSetUpTheTopics() throws Exception {
        String table = "tagged";
        client.createTable(request -> request.tableName(table)
                .billingMode("PAY_PER_REQUEST")
                .keySchema(OneRegion.hash("pk"))
                .attributeDefinitions(OneRegion.definitions("pk S"))
                .tags(tag("partitions", "3"), tag("stream-retention", "7d"), tag("replication-factor", "1")));
        client.waiter().waitUntilTableExists(request -> request.tableName(table));
        put(table, "k", 1);
        records(HOME, table, 1);
        String name = topic(HOME, table);
        String arn = client.describeTable(request -> request.tableName(table))
                .table()
                .tableArn();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka(HOME)))) {
            assertThat(admin.describeTopics(List.of(name))
                            .allTopicNames()
                            .get()
                            .get(name)
                            .partitions())
                    .hasSize(3)
                    .allSatisfy(partition -> assertThat(partition.replicas()).hasSize(1));
            assertThat(retentionMillis(admin, name))
                    .isEqualTo(Duration.ofDays(7).toMillis());
            client.tagResource(request -> request.resourceArn(arn).tags(tag("stream-retention", "90m")));
            Cluster.await(
                    "the topic that is there is kept for 90 minutes",
                    () -> retentionMillis(admin, name) == Duration.ofMinutes(90).toMillis());
            client.tagResource(request -> request.resourceArn(arn).tags(tag("stream-retention", "forever")));
            Cluster.await("the topic is kept for ever", () -> retentionMillis(admin, name) == -1);
            client.untagResource(request -> request.resourceArn(arn).tagKeys("meridian:stream-retention"));
            Cluster.await(
                    "the topic is kept for a day",
                    () -> retentionMillis(admin, name) == Duration.ofDays(1).toMillis());
        }
        assertThatThrownBy(() ->
                        client.tagResource(request -> request.resourceArn(arn).tags(tag("partitions", "4"))))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("has 3 partitions since it was made");
        assertThatThrownBy(() ->
                        client.untagResource(request -> request.resourceArn(arn).tagKeys("meridian:partitions")))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("cannot be removed");
        put(table, "k", 2);
        assertThat(numbers(records(HOME, table, 2))).containsExactly("1", "2");
    }
}
