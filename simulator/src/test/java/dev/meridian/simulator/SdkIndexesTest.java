package dev.meridian.simulator;

import static dev.meridian.simulator.OneRegion.hash;
import static dev.meridian.simulator.OneRegion.item;
import static dev.meridian.simulator.OneRegion.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CreateGlobalSecondaryIndexAction;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexUpdate;
import software.amazon.awssdk.services.dynamodb.model.IndexStatus;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.PutRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.Select;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** Local and global secondary indexes through the AWS SDK. */
class SdkIndexesTest {
    private static final Projection ALL =
            Projection.builder().projectionType(ProjectionType.ALL).build();
    private static final Projection KEYS_ONLY =
            Projection.builder().projectionType(ProjectionType.KEYS_ONLY).build();

    @TempDir
    static Path folder;

    private static OneRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new OneRegion(folder);
        region.createTable(
                "orders",
                table -> table.localSecondaryIndexes(LocalSecondaryIndex.builder()
                                .indexName("by-date")
                                .keySchema(hash("customer"), range("date"))
                                .projection(KEYS_ONLY)
                                .build())
                        .globalSecondaryIndexes(
                                global("by-status", ALL, hash("status"), range("date")),
                                global(
                                        "by-place",
                                        Projection.builder()
                                                .projectionType(ProjectionType.INCLUDE)
                                                .nonKeyAttributes("total")
                                                .build(),
                                        hash("country"),
                                        hash("city"),
                                        range("year"),
                                        range("number"))),
                2,
                "customer S",
                "id S",
                "date S",
                "status S",
                "country S",
                "city S",
                "year N",
                "number N");
        for (int i = 0; i < 20; i++) {
            Map<String, AttributeValue> order = item(
                    "customer",
                    "c" + i % 2,
                    "id",
                    "o" + i,
                    "date",
                    "2026-01-%02d".formatted(20 - i),
                    "total",
                    i,
                    "note",
                    "n" + i);
            if (i % 4 == 0) {
                order.put("status", OneRegion.s("open"));
            }
            if (i % 3 == 0) {
                order.putAll(
                        item("country", "de", "city", i % 2 == 0 ? "bonn" : "ulm", "year", 2020 + i / 10, "number", i));
            }
            client().putItem(request -> request.tableName("orders").item(order));
        }
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static DynamoDbClient client() {
        return region.client();
    }

    private static GlobalSecondaryIndex global(String name, Projection projection, KeySchemaElement... keys) {
        return GlobalSecondaryIndex.builder()
                .indexName(name)
                .keySchema(keys)
                .projection(projection)
                .build();
    }

    private static QueryResponse query(
            String index, String condition, Consumer<QueryRequest.Builder> more, Object... values) {
        return client().query(request -> more.accept(request.tableName("orders")
                .indexName(index)
                .keyConditionExpression(condition)
                .expressionAttributeValues(item(values))));
    }

    private static List<String> ids(List<Map<String, AttributeValue>> items) {
        return items.stream().map(item -> item.get("id").s()).toList();
    }

    @Test
    void aLocalIndexOrdersOneCustomersItemsAndFetchesWhatItDoesNotShow() {
        QueryResponse byDate = query(
                "by-date",
                "customer = :c AND #d BETWEEN :from AND :to",
                more -> more.expressionAttributeNames(Map.of("#d", "date")).consistentRead(true),
                ":c",
                "c0",
                ":from",
                "2026-01-05",
                ":to",
                "2026-01-11");
        assertThat(ids(byDate.items())).containsExactly("o14", "o12", "o10");
        assertThat(byDate.items().get(0)).containsOnlyKeys("customer", "id", "date");
        QueryResponse whole = query(
                "by-date",
                "customer = :c",
                more -> more.select(Select.ALL_ATTRIBUTES).limit(1),
                ":c",
                "c0");
        assertThat(whole.items().get(0)).containsKeys("note", "total");
        assertThat(query("by-date", "customer = :c", more -> more.projectionExpression("note"), ":c", "c1")
                        .items())
                .hasSize(10)
                .allSatisfy(item -> assertThat(item).containsOnlyKeys("note"));
    }

    @Test
    void aGlobalIndexHoldsOnlyItemsThatHaveItsKeysAndFollowsThem() {
        assertThat(ids(query("by-status", "#s = :s", SdkIndexesTest::named, ":s", "open")
                        .items()))
                .containsExactly("o16", "o12", "o8", "o4", "o0");
        client().updateItem(request -> request.tableName("orders")
                .key(item("customer", "c0", "id", "o8"))
                .updateExpression("SET #s = :s")
                .expressionAttributeNames(Map.of("#s", "status"))
                .expressionAttributeValues(item(":s", "shipped")));
        assertThat(ids(query("by-status", "#s = :s", SdkIndexesTest::named, ":s", "shipped")
                        .items()))
                .as("at once: an index is never behind")
                .containsExactly("o8");
        client().updateItem(request -> request.tableName("orders")
                .key(item("customer", "c0", "id", "o8"))
                .updateExpression("REMOVE #s")
                .expressionAttributeNames(Map.of("#s", "status")));
        assertThat(query("by-status", "#s = :s", SdkIndexesTest::named, ":s", "shipped")
                        .items())
                .isEmpty();
        client().updateItem(request -> request.tableName("orders")
                .key(item("customer", "c0", "id", "o8"))
                .updateExpression("SET #s = :s")
                .expressionAttributeNames(Map.of("#s", "status"))
                .expressionAttributeValues(item(":s", "open")));
    }

    private static void named(QueryRequest.Builder query) {
        query.expressionAttributeNames(Map.of("#s", "status")).scanIndexForward(true);
    }

    @Test
    void aKeyOfSeveralAttributesIsQueriedByAllItsPartitionAndAPrefixOfItsSortAttributes() {
        String place = "country = :country AND city = :city";
        assertThat(ids(query("by-place", place, SdkIndexesTest::year, ":country", "de", ":city", "bonn")
                        .items()))
                .containsExactly("o0", "o6", "o12", "o18");
        QueryResponse some = query(
                "by-place",
                place + " AND #y = :year AND #n > :n",
                more -> more.expressionAttributeNames(Map.of("#y", "year", "#n", "number")),
                ":country",
                "de",
                ":city",
                "bonn",
                ":year",
                2021,
                ":n",
                12);
        assertThat(ids(some.items())).containsExactly("o18");
        assertThat(some.items().get(0))
                .containsOnlyKeys("customer", "id", "country", "city", "year", "number", "total");
        assertThatThrownBy(() -> query("by-place", "country = :country", SdkIndexesTest::year, ":country", "de"))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("Query condition missed key schema element: city");
    }

    private static void year(QueryRequest.Builder query) {
        query.scanIndexForward(true);
    }

    @Test
    void anIndexIsPagedToItsEndWithoutARepeat() {
        for (boolean forward : new boolean[] {true, false}) {
            List<String> found = new ArrayList<>();
            client().queryPaginator(request -> request.tableName("orders")
                            .indexName("by-status")
                            .keyConditionExpression("#s = :s")
                            .expressionAttributeNames(Map.of("#s", "status"))
                            .expressionAttributeValues(item(":s", "open"))
                            .scanIndexForward(forward)
                            .limit(2))
                    .items()
                    .forEach(item -> found.add(item.get("id").s()));
            assertThat(found).hasSize(5).doesNotHaveDuplicates();
        }
        List<String> scanned = new ArrayList<>();
        client().scanPaginator(request ->
                        request.tableName("orders").indexName("by-place").limit(3))
                .items()
                .forEach(item -> scanned.add(item.get("id").s()));
        assertThat(scanned).hasSize(7).doesNotHaveDuplicates();
    }

    @Test
    void whatAGlobalIndexDoesNotShowCannotBeAskedOfIt() {
        assertThatThrownBy(() -> query(
                        "by-place",
                        "country = :c AND city = :t",
                        more -> more.select(Select.ALL_ATTRIBUTES),
                        ":c",
                        "de",
                        ":t",
                        "ulm"))
                .hasMessageContaining(
                        "Select type ALL_ATTRIBUTES is not supported for global secondary index by-place");
        assertThatThrownBy(() -> client().scan(request ->
                        request.tableName("orders").indexName("by-status").consistentRead(true)))
                .hasMessageContaining("Consistent reads are not supported on global secondary indexes");
    }

    @Test
    void anIndexIsFilledFromALiveTableAndDeleted() {
        region.createTable("live", table -> {}, 1, "pk S");
        for (int batch = 0; batch < 60; batch++) {
            List<WriteRequest> puts = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                int number = batch * 25 + i;
                puts.add(WriteRequest.builder()
                        .putRequest(PutRequest.builder()
                                .item(item("pk", "old" + number, "group", "g" + number % 7))
                                .build())
                        .build());
            }
            client().batchWriteItem(request -> request.requestItems(Map.of("live", puts)));
        }
        AtomicBoolean ready = new AtomicBoolean();
        CompletableFuture<Integer> writing = CompletableFuture.supplyAsync(() -> {
            int written = 0;
            while (!ready.get() || written < 50) {
                region.put("live", "pk", "new" + written, "group", "g" + written % 7);
                int old = written;
                client().deleteItem(request -> request.tableName("live").key(item("pk", "old" + old)));
                written++;
            }
            return written;
        });
        client().updateTable(request -> request.tableName("live")
                .attributeDefinitions(OneRegion.definitions("pk S", "group S"))
                .globalSecondaryIndexUpdates(GlobalSecondaryIndexUpdate.builder()
                        .create(CreateGlobalSecondaryIndexAction.builder()
                                .indexName("by-group")
                                .keySchema(hash("group"))
                                .projection(ALL)
                                .build())
                        .build()));
        Cluster.await("the index is active", () -> index().indexStatus() == IndexStatus.ACTIVE);
        ready.set(true);
        writing.join();
        assertThat(keys("by-group")).isEqualTo(keys(null)).hasSize(1500);
        client().updateTable(request -> request.tableName("live")
                .globalSecondaryIndexUpdates(GlobalSecondaryIndexUpdate.builder()
                        .delete(delete -> delete.indexName("by-group"))
                        .build()));
        Cluster.await(
                "the index is gone",
                () -> !client().describeTable(request -> request.tableName("live"))
                        .table()
                        .hasGlobalSecondaryIndexes());
        assertThatThrownBy(() -> keys("by-group"))
                .hasMessageContaining("The table does not have the specified index: by-group");
        assertThat(keys(null)).hasSize(1500);
    }

    private static GlobalSecondaryIndexDescription index() {
        return client().describeTable(request -> request.tableName("live"))
                .table()
                .globalSecondaryIndexes()
                .get(0);
    }

    private static java.util.Set<String> keys(String index) {
        java.util.Set<String> keys = new java.util.TreeSet<>();
        client().scanPaginator(request -> request.tableName("live").indexName(index))
                .items()
                .forEach(item -> assertThat(keys.add(item.get("pk").s())).isTrue());
        return keys;
    }
}
