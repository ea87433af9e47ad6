package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.node.LocalCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteReplicationGroupMemberAction;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ReplicationGroupUpdate;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/** Three regions in this JVM, as {@code meridian up} runs them, through the AWS SDK and the front door. */
class ThreeRegionsTest {
    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static final Map<String, DynamoDbClient> CLIENTS = new HashMap<>();

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder);
        Cluster.REGIONS.forEach(region -> CLIENTS.put(region, Cluster.client(cluster.frontDoorPort(), region)));
    }

    @AfterAll
    static void stop() {
        CLIENTS.values().forEach(DynamoDbClient::close);
        cluster.close();
    }

    private static DynamoDbClient us() {
        return CLIENTS.get("us-east-1");
    }

    private static Map<String, AttributeValue> key(String pk) {
        return Map.of("pk", AttributeValue.fromS(pk));
    }

    private static Map<String, AttributeValue> read(DynamoDbClient client, String table, String pk) {
        return client.getItem(request -> request.tableName(table).key(key(pk))).item();
    }

    private static Map<String, Map<String, AttributeValue>> readAll(DynamoDbClient client, String table) {
        Map<String, Map<String, AttributeValue>> items = new HashMap<>();
        client.scanPaginator(request -> request.tableName(table))
                .items()
                .forEach(item -> items.put(item.get("pk").s(), item));
        return items;
    }

    @Test
    void whatIsWrittenInAnyRegionIsReadInAllAndWhatIsDeletedInOneIsGoneInAll() {
        Cluster.createTable(us(), "everywhere");
        Cluster.addReplicas(us(), "everywhere", "eu-west-1", "ap-northeast-1");
        CLIENTS.forEach((region, client) -> {
            client.putItem(request -> request.tableName("everywhere")
                    .item(Map.of("pk", AttributeValue.fromS(region), "n", AttributeValue.fromN("1"))));
            CLIENTS.values()
                    .forEach(other -> Cluster.await(
                            "the item of " + region,
                            () -> !read(other, "everywhere", region).isEmpty()));
        });
        DynamoDbClient eu = CLIENTS.get("eu-west-1");
        assertThat(eu.updateItem(request -> request.tableName("everywhere")
                                .key(key("us-east-1"))
                                .updateExpression("SET n = n + :one ADD tags :t")
                                .expressionAttributeValues(Map.of(
                                        ":one", AttributeValue.fromN("41"), ":t", AttributeValue.fromSs(List.of("x"))))
                                .returnValues(ReturnValue.UPDATED_NEW))
                        .attributes())
                .containsEntry("n", AttributeValue.fromN("42"));
        Cluster.await(
                "the update",
                () -> "42".equals(read(us(), "everywhere", "us-east-1").get("n").n()));
        assertThatThrownBy(() -> us().deleteItem(request -> request.tableName("everywhere")
                        .key(key("us-east-1"))
                        .conditionExpression("n = :n")
                        .expressionAttributeValues(Map.of(":n", AttributeValue.fromN("1")))))
                .isInstanceOf(ConditionalCheckFailedException.class);
        us().deleteItem(request -> request.tableName("everywhere").key(key("us-east-1")));
        CLIENTS.values()
                .forEach(other -> Cluster.await(
                        "the delete",
                        () -> read(other, "everywhere", "us-east-1").isEmpty()));
    }

    @Test
    void theAsynchronousClientIsServedToo() {
        Cluster.createTable(us(), "async");
        try (DynamoDbAsyncClient client = Cluster.asyncClient(cluster.frontDoorPort(), "us-east-1")) {
            List<CompletableFuture<?>> writes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String pk = "k" + i;
                writes.add(client.putItem(request -> request.tableName("async").item(key(pk))));
            }
            CompletableFuture.allOf(writes.toArray(new CompletableFuture<?>[0])).join();
            assertThat(client.scan(request -> request.tableName("async")).join().count())
                    .isEqualTo(200);
        }
    }

    /** Every locale of the JDK: names in many scripts, half written in each of two regions, with their neighbours. */
    @Test
    void realRecordsWrittenInTwoRegionsAtOnceAreIdenticalInTheThird() throws Exception {
        Cluster.createTable(us(), "locales");
        Map<String, Map<String, AttributeValue>> records = locales();
        List<Map<String, AttributeValue>> all = new ArrayList<>(records.values());
        all.subList(0, 50)
                .forEach(item ->
                        us().putItem(request -> request.tableName("locales").item(item)));
        Cluster.addReplicas(us(), "locales", "eu-west-1", "ap-northeast-1");
        int half = all.size() / 2;
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> write(us(), all.subList(50, half)));
        write(CLIENTS.get("eu-west-1"), all.subList(half, all.size()));
        first.join();
        DynamoDbClient third = CLIENTS.get("ap-northeast-1");
        Cluster.await("all records", () -> readAll(third, "locales").size() == records.size());
        assertThat(readAll(third, "locales")).isEqualTo(records);
    }

    private static void write(DynamoDbClient client, List<Map<String, AttributeValue>> items) {
        items.forEach(
                item -> client.putItem(request -> request.tableName("locales").item(item)));
    }

    private static Map<String, Map<String, AttributeValue>> locales() {
        Map<String, Map<String, AttributeValue>> records = new HashMap<>();
        for (Locale locale : Locale.getAvailableLocales()) {
            for (Locale in : List.of(locale, Locale.JAPANESE, Locale.forLanguageTag("ar"))) {
                String pk = locale.toLanguageTag() + "/" + in.toLanguageTag();
                records.put(
                        pk,
                        Map.of(
                                "pk", AttributeValue.fromS(pk),
                                "name", AttributeValue.fromS(locale.getDisplayName(in)),
                                "script", AttributeValue.fromS(locale.getScript()),
                                "length",
                                        AttributeValue.fromN(
                                                "" + locale.getDisplayName(in).length())));
            }
        }
        return records;
    }

    @Test
    void aReplicaThatIsRemovedIsGoneThereAndNowhereElse() {
        Cluster.createTable(us(), "shrinking");
        us().putItem(request -> request.tableName("shrinking").item(key("a")));
        Cluster.addReplicas(us(), "shrinking", "eu-west-1");
        DynamoDbClient eu = CLIENTS.get("eu-west-1");
        assertThat(read(eu, "shrinking", "a")).isEqualTo(key("a"));
        eu.putItem(request -> request.tableName("shrinking").item(key("b")));
        us().updateTable(request -> request.tableName("shrinking")
                .replicaUpdates(ReplicationGroupUpdate.builder()
                        .delete(DeleteReplicationGroupMemberAction.builder()
                                .regionName("eu-west-1")
                                .build())
                        .build()));
        Cluster.await("the replica is gone", () -> {
            try {
                eu.describeTable(request -> request.tableName("shrinking"));
                return false;
            } catch (ResourceNotFoundException gone) {
                return true;
            }
        });
        Cluster.await(
                "its last write has arrived",
                () -> !read(us(), "shrinking", "b").isEmpty());
        assertThat(read(us(), "shrinking", "a")).isEqualTo(key("a"));
    }

    @Test
    void aReplicaHasTheCapacityOfTheTableAndALaterChangeAnywhereGoesEverywhere() {
        Cluster.createTable(us(), "capacity");
        us().updateTable(request -> request.tableName("capacity")
                .billingMode("PROVISIONED")
                .provisionedThroughput(units -> units.readCapacityUnits(5L).writeCapacityUnits(6L)));
        Cluster.addReplicas(us(), "capacity", "eu-west-1");
        DynamoDbClient eu = CLIENTS.get("eu-west-1");
        assertThat(writeUnits(eu)).isEqualTo(6);
        eu.updateTable(request -> request.tableName("capacity")
                .provisionedThroughput(units -> units.readCapacityUnits(7L).writeCapacityUnits(8L)));
        Cluster.await("the change", () -> writeUnits(us()) == 8);
    }

    private static long writeUnits(DynamoDbClient client) {
        return client.describeTable(request -> request.tableName("capacity"))
                .table()
                .provisionedThroughput()
                .writeCapacityUnits();
    }

    @Test
    void whatIsNoReplicaCannotBeRemovedAndWhatIsNoRegionCannotBeAdded() {
        Cluster.createTable(us(), "alone");
        assertThatThrownBy(() -> us().updateTable(request -> request.tableName("alone")
                        .replicaUpdates(update -> update.delete(member -> member.regionName("eu-west-1")))))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining(
                        "Replica specified in the Replica Update or Replica Delete action of the request was not found.");
        assertThatThrownBy(() -> us().updateTable(request -> request.tableName("alone")
                        .replicaUpdates(update -> update.create(member -> member.regionName("mars-1")))))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("Region mars-1 is not supported.");
        assertThat(us().describeTable(request -> request.tableName("alone"))
                        .table()
                        .replicas())
                .isEmpty();
    }

    @Test
    void queriesAndPagesWork() {
        us().createTable(request -> request.tableName("composite")
                .keySchema(
                        element -> element.attributeName("pk").keyType("HASH"),
                        element -> element.attributeName("sk").keyType("RANGE"))
                .attributeDefinitions(
                        definition -> definition.attributeName("pk").attributeType("S"),
                        definition -> definition.attributeName("sk").attributeType("N"))
                .billingMode("PAY_PER_REQUEST"));
        us().waiter().waitUntilTableExists(request -> request.tableName("composite"));
        for (int i = -20; i < 20; i++) {
            String sk = Integer.toString(i);
            us().putItem(request -> request.tableName("composite")
                    .item(Map.of("pk", AttributeValue.fromS("p"), "sk", AttributeValue.fromN(sk))));
        }
        List<String> found = us()
                .queryPaginator(request -> request.tableName("composite")
                        .keyConditionExpression("pk = :p AND sk BETWEEN :a AND :b")
                        .expressionAttributeValues(Map.of(
                                ":p", AttributeValue.fromS("p"),
                                ":a", AttributeValue.fromN("-5"),
                                ":b", AttributeValue.fromN("5")))
                        .scanIndexForward(false)
                        .limit(3))
                .items()
                .stream()
                .map(item -> item.get("sk").n())
                .toList();
        assertThat(found).containsExactly("5", "4", "3", "2", "1", "0", "-1", "-2", "-3", "-4", "-5");
    }
}
