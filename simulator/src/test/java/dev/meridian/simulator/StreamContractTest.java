package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.meridian.model.Bytes;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.RegionAddress;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.consumer.ChangeRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What is in a stream topic is as {@code streams/CONTRACT.md} and its schema say. */
class StreamContractTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TABLE = "contract";
    private static final String HOME = Cluster.REGIONS.get(0);
    private static final String AWAY = Cluster.REGIONS.get(1);

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static JsonSchema schema;
    private static List<JsonNode> home;
    private static List<JsonNode> away;

    @BeforeAll
    static void write() throws IOException {
        schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(Files.readString(contract().resolve("stream-record.schema.json")));
        cluster = Cluster.start(folder);
        try (DynamoDbClient client = Cluster.client(cluster.frontDoorPort(), HOME)) {
            Cluster.createTable(client, TABLE);
            Cluster.addReplicas(client, TABLE, AWAY);
            client.updateTimeToLive(request -> request.tableName(TABLE)
                    .timeToLiveSpecification(ttl -> ttl.enabled(true).attributeName("expires")));
            changes(client);
        }
        home = records(HOME);
        away = records(AWAY);
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    private static Path contract() {
        Path here = Path.of("streams", "contract");
        return Files.exists(here) ? here : Path.of("..").resolve(here);
    }

    private static void changes(DynamoDbClient client) {
        Map<String, AttributeValue> every = new TreeMap<>(OneRegion.item("pk", "k", "n", 1));
        every.put("b", AttributeValue.fromB(SdkBytes.fromUtf8String("\u0000ü")));
        every.put("yes", AttributeValue.fromBool(true));
        every.put("none", AttributeValue.fromNul(true));
        every.put("list", AttributeValue.fromL(List.of(OneRegion.n(1), OneRegion.s("\"\\\u0001😀"))));
        every.put("map", AttributeValue.fromM(Map.of("a.b", AttributeValue.fromM(Map.of()))));
        every.put("ss", AttributeValue.fromSs(List.of("b", "a")));
        every.put("ns", AttributeValue.fromNs(List.of("1e-130", "-9.99e125", "3.10")));
        every.put("bs", AttributeValue.fromBs(List.of(SdkBytes.fromUtf8String("x"))));
        client.putItem(request -> request.tableName(TABLE).item(every));
        client.updateItem(request -> request.tableName(TABLE)
                .key(OneRegion.item("pk", "k"))
                .updateExpression("ADD n :one")
                .expressionAttributeValues(Map.of(":one", OneRegion.n(1))));
        // Changes nothing: no record.
        client.updateItem(request ->
                request.tableName(TABLE).key(OneRegion.item("pk", "k")).updateExpression("SET n = n"));
        client.deleteItem(request -> request.tableName(TABLE).key(OneRegion.item("pk", "k")));
        client.transactWriteItems(request -> request.transactItems(
                item -> item.put(put -> put.tableName(TABLE).item(OneRegion.item("pk", "t1"))),
                item -> item.put(put -> put.tableName(TABLE).item(OneRegion.item("pk", "t2")))));
        client.executeTransaction(request -> request.transactStatements(
                statement -> statement.statement("DELETE FROM " + TABLE + " WHERE pk = 't1'"),
                statement -> statement.statement("UPDATE " + TABLE + " SET n = 1 WHERE pk = 't2'")));
        client.putItem(request -> request.tableName(TABLE)
                .item(OneRegion.item("pk", "old", "expires", System.currentTimeMillis() / 1000 - 60)));
    }

    private static List<JsonNode> records(String region) {
        String kafka = cluster.regions().stream()
                .filter(each -> each.region().value().equals(region))
                .map(RegionAddress::kafkaBootstrap)
                .findFirst()
                .orElseThrow();
        return StreamTopics.read(kafka, region, TABLE, records -> records.size() >= 9).stream()
                .map(StreamContractTest::asObject)
                .toList();
    }

    private static JsonNode asObject(ConsumerRecord<byte[], byte[]> record) {
        try {
            ObjectNode object = JSON.createObjectNode();
            ObjectNode headers = object.putObject("headers");
            for (Header header : record.headers()) {
                headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
            object.set("key", JSON.readTree(record.key()));
            object.set("value", JSON.readTree(record.value()));
            assertThat(record.timestamp())
                    .isEqualTo(object.at("/value/dynamodb/ApproximateCreationDateTime")
                            .asLong());
            return object;
        } catch (IOException notJson) {
            throw new AssertionError(notJson);
        }
    }

    private static List<JsonNode> of(List<JsonNode> records, String key) {
        return records.stream()
                .filter(record -> record.at("/key/pk/S").asText().equals(key))
                .toList();
    }

    private static List<String> texts(List<JsonNode> records, String pointer) {
        return records.stream().map(record -> record.at(pointer).asText()).toList();
    }

    @Test
    void everyRecordIsAsTheSchemaSays() {
        assertThat(home)
                .hasSize(9)
                .allSatisfy(record -> assertThat(schema.validate(record)).isEmpty());
        assertThat(away)
                .hasSize(9)
                .allSatisfy(record -> assertThat(schema.validate(record)).isEmpty());
    }

    @Test
    void everyExampleIsAsTheSchemaSaysAndCanBeRead() throws IOException {
        List<String> events = new ArrayList<>();
        try (Stream<Path> files = Files.list(contract())) {
            for (Path file : files.filter(each -> !each.toString().endsWith(".schema.json"))
                    .sorted()
                    .toList()) {
                JsonNode example = JSON.readTree(file.toFile());
                assertThat(schema.validate(example)).as(file.toString()).isEmpty();
                ChangeRecord read = read(example);
                events.add(read.event() + " " + read.cause().wireName());
                assertThat(example.at("/value/dynamodb/SizeBytes").asInt())
                        .as(file + ": size")
                        .isEqualTo(read.keys().sizeBytes() + size(read.newImage()) + size(read.oldImage()));
            }
        }
        assertThat(events)
                .containsExactlyInAnyOrder(
                        "INSERT user", "MODIFY user", "REMOVE user", "REMOVE ttl", "MODIFY replication");
    }

    private static int size(dev.meridian.model.Item image) {
        return image == null ? 0 : image.sizeBytes();
    }

    private static ChangeRecord read(JsonNode record) {
        TreeMap<String, String> headers = new TreeMap<>();
        record.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        return ChangeRecord.of(new BusRecord(
                new dev.meridian.streams.TopicPartition("t", 0),
                7,
                1,
                bytes(record, "key"),
                bytes(record, "value"),
                headers));
    }

    private static Bytes bytes(JsonNode record, String member) {
        return Bytes.wrap(record.path(member).toString().getBytes(StandardCharsets.UTF_8));
    }

    /** A schema that lets everything pass says nothing. */
    @Test
    void theSchemaRefusesWhatIsNotSo() {
        JsonNode insert = of(home, "k").get(0);
        for (String header : List.of("origin", "version", "sequence", "cause", "table-id")) {
            ObjectNode without = insert.deepCopy();
            ((ObjectNode) without.path("headers")).remove(header);
            assertThat(schema.validate(without)).as("without " + header).isNotEmpty();
        }
        ObjectNode noImage = insert.deepCopy();
        ((ObjectNode) noImage.at("/value/dynamodb")).remove("NewImage");
        assertThat(schema.validate(noImage)).isNotEmpty();
        ObjectNode untyped = insert.deepCopy();
        ((ObjectNode) untyped.at("/value/dynamodb/NewImage")).put("n", 1);
        assertThat(schema.validate(untyped)).isNotEmpty();
        ObjectNode byNobody = insert.deepCopy();
        ((ObjectNode) byNobody.path("headers")).put("cause", "ttl");
        assertThat(schema.validate(byNobody)).isNotEmpty();
        ObjectNode later = insert.deepCopy();
        ((ObjectNode) later.path("headers")).put("new-header", "x");
        ((ObjectNode) later.path("value")).put("newMember", 1);
        assertThat(schema.validate(later)).isEmpty();
    }

    @Test
    void eventsAreThoseOfTheWritesInTheirOrder() {
        assertThat(texts(of(home, "k"), "/value/eventName")).containsExactly("INSERT", "MODIFY", "REMOVE");
        assertThat(texts(of(away, "k"), "/value/eventName")).containsExactly("INSERT", "MODIFY", "REMOVE");
    }

    /** Time to live is on in both regions: whichever comes first deletes. */
    @Test
    void anExpiredItemIsRemovedOnceInEachRegionAndTheCauseSaysByWhom() {
        List<String> causes = new ArrayList<>();
        for (List<JsonNode> region : List.of(home, away)) {
            assertThat(texts(of(region, "old"), "/value/eventName")).containsExactly("INSERT", "REMOVE");
            JsonNode remove = of(region, "old").get(1);
            boolean here = remove.at("/headers/origin").equals(remove.at("/value/awsRegion"));
            assertThat(remove.at("/headers/cause").asText()).isEqualTo(here ? "ttl" : "replication");
            causes.add(remove.at("/headers/cause").asText());
        }
        assertThat(causes).contains("ttl");
    }

    @Test
    void aReplicatedChangeKeepsOriginAndVersionAndSaysItsCause() {
        assertThat(texts(away, "/value/awsRegion")).containsOnly(AWAY);
        for (String key : List.of("k", "t1", "t2")) {
            assertThat(texts(of(away, key), "/headers/cause")).containsOnly("replication");
            assertThat(texts(of(away, key), "/headers/origin")).containsOnly(HOME);
            assertThat(texts(of(away, key), "/headers/version"))
                    .isEqualTo(texts(of(home, key), "/headers/version"))
                    .isSorted();
        }
    }

    @Test
    void theChangesOfATransactionShareItsIdInEveryRegion() {
        for (List<JsonNode> region : List.of(home, away)) {
            List<String> first = texts(of(region, "t1"), "/headers/transaction-id");
            assertThat(first).hasSize(2).doesNotHaveDuplicates().doesNotContain("");
            assertThat(texts(of(region, "t2"), "/headers/transaction-id")).isEqualTo(first);
            assertThat(texts(of(region, "k"), "/headers/transaction-id")).containsOnly("");
        }
        assertThat(texts(of(away, "t1"), "/headers/transaction-id"))
                .isEqualTo(texts(of(home, "t1"), "/headers/transaction-id"));
    }

    @Test
    void typedRecordsHoldWhatTheJsonSays() {
        ChangeRecord modify = read(of(home, "k").get(1));
        assertThat(modify.event()).isEqualTo(ChangeRecord.Event.MODIFY);
        assertThat(modify.newImage().get("n")).isEqualTo(dev.meridian.model.AttributeValue.N.of(2));
        assertThat(modify.oldImage().get("n")).isEqualTo(dev.meridian.model.AttributeValue.N.of(1));
        assertThat(modify.newImage().attributes().keySet())
                .containsExactly("b", "bs", "list", "map", "n", "none", "ns", "pk", "ss", "yes");
        assertThat(modify.origin().value()).isEqualTo(HOME);
    }
}
