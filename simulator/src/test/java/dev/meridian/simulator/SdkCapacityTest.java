package dev.meridian.simulator;

import static dev.meridian.simulator.OneRegion.hash;
import static dev.meridian.simulator.OneRegion.item;
import static dev.meridian.simulator.OneRegion.range;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.ItemCollectionMetrics;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.PutRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnItemCollectionMetrics;
import software.amazon.awssdk.services.dynamodb.model.TransactGetItem;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/** What requests are charged, and how large item collections are, through the AWS SDK. */
class SdkCapacityTest {
    private static final ReturnConsumedCapacity TOTAL = ReturnConsumedCapacity.TOTAL;
    private static final ReturnConsumedCapacity INDEXES = ReturnConsumedCapacity.INDEXES;

    @TempDir
    static Path folder;

    private static OneRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new OneRegion(folder);
        region.createTable("plain", table -> {}, 1, "pk S");
        region.createTable(
                "indexed",
                table -> table.localSecondaryIndexes(LocalSecondaryIndex.builder()
                                .indexName("local")
                                .keySchema(hash("pk"), range("ls"))
                                .projection(projection -> projection.projectionType(ProjectionType.KEYS_ONLY))
                                .build())
                        .globalSecondaryIndexes(GlobalSecondaryIndex.builder()
                                .indexName("global")
                                .keySchema(hash("gk"))
                                .projection(projection -> projection.projectionType(ProjectionType.ALL))
                                .build()),
                2,
                "pk S",
                "sk S",
                "ls S",
                "gk S");
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static DynamoDbClient client() {
        return region.client();
    }

    @Test
    void readsCostHalfAUnitForEachFourKilobytesAndAWholeOneIfConsistent() {
        region.put("plain", "pk", "read", "v", "x".repeat(5_000));
        assertThat(read("read", false)).isEqualTo(1.0);
        assertThat(read("read", true)).isEqualTo(2.0);
        assertThat(read("nobody", false)).isEqualTo(0.5);
        assertThat(client().getItem(request -> request.tableName("plain").key(item("pk", "read")))
                        .consumedCapacity())
                .isNull();
        List<ConsumedCapacity> batch = client().batchGetItem(request -> request.returnConsumedCapacity(TOTAL)
                        .requestItems(Map.of(
                                "plain",
                                KeysAndAttributes.builder()
                                        .keys(item("pk", "read"), item("pk", "nobody"))
                                        .build())))
                .consumedCapacity();
        assertThat(batch).singleElement().satisfies(each -> {
            assertThat(each.tableName()).isEqualTo("plain");
            assertThat(each.capacityUnits()).isEqualTo(1.5);
        });
        assertThat(client().transactGetItems(request -> request.returnConsumedCapacity(TOTAL)
                                .transactItems(TransactGetItem.builder()
                                        .get(get -> get.tableName("plain").key(item("pk", "read")))
                                        .build()))
                        .consumedCapacity())
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.capacityUnits()).isEqualTo(4.0);
                    assertThat(each.readCapacityUnits()).isEqualTo(4.0);
                });
    }

    private static double read(String pk, boolean consistent) {
        return client().getItem(request -> request.tableName("plain")
                        .key(item("pk", pk))
                        .consistentRead(consistent)
                        .returnConsumedCapacity(TOTAL))
                .consumedCapacity()
                .capacityUnits();
    }

    @Test
    void writesCostAUnitForEachKilobyteOfTheLargerItemBeforeAndAfter() {
        assertThat(write("w", 1_500)).isEqualTo(2.0);
        assertThat(write("w", 10)).as("what was there is larger").isEqualTo(2.0);
        assertThat(write("w", 10)).isEqualTo(1.0);
        assertThat(client().deleteItem(request -> request.tableName("plain")
                                .key(item("pk", "nobody"))
                                .returnConsumedCapacity(TOTAL))
                        .consumedCapacity()
                        .capacityUnits())
                .isEqualTo(1.0);
        assertThat(client().transactWriteItems(request -> request.returnConsumedCapacity(TOTAL)
                                .transactItems(TransactWriteItem.builder()
                                        .put(put ->
                                                put.tableName("plain").item(item("pk", "t", "v", "x".repeat(1_500))))
                                        .build()))
                        .consumedCapacity())
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.capacityUnits()).isEqualTo(4.0);
                    assertThat(each.writeCapacityUnits()).isEqualTo(4.0);
                });
    }

    private static double write(String pk, int length) {
        return client().putItem(request -> request.tableName("plain")
                        .item(item("pk", pk, "v", "x".repeat(length)))
                        .returnConsumedCapacity(TOTAL))
                .consumedCapacity()
                .capacityUnits();
    }

    @Test
    void indexesAreChargedByThemselvesAndOnlyForWhatTheyShow() {
        ConsumedCapacity first = put("pk", "i", "sk", "1", "ls", "a", "gk", "g", "v", "x".repeat(1_500));
        assertThat(first.capacityUnits()).isEqualTo(5.0);
        assertThat(first.table().capacityUnits()).isEqualTo(2.0);
        assertThat(first.localSecondaryIndexes().get("local").capacityUnits()).isEqualTo(1.0);
        assertThat(first.globalSecondaryIndexes().get("global").capacityUnits()).isEqualTo(2.0);
        ConsumedCapacity same = put("pk", "i", "sk", "1", "ls", "a", "gk", "g", "v", "y".repeat(1_500));
        assertThat(same.hasLocalSecondaryIndexes())
                .as("it shows nothing that changed")
                .isFalse();
        assertThat(same.globalSecondaryIndexes().get("global").capacityUnits()).isEqualTo(2.0);
        ConsumedCapacity moved = put("pk", "i", "sk", "1", "ls", "a", "gk", "h", "v", "y".repeat(1_500));
        assertThat(moved.globalSecondaryIndexes().get("global").capacityUnits())
                .as("one entry removed, one put")
                .isEqualTo(4.0);
        ConsumedCapacity query = client().query(request -> request.tableName("indexed")
                        .indexName("global")
                        .keyConditionExpression("gk = :g")
                        .expressionAttributeValues(item(":g", "h"))
                        .returnConsumedCapacity(INDEXES))
                .consumedCapacity();
        assertThat(query.globalSecondaryIndexes().get("global").capacityUnits()).isEqualTo(0.5);
        assertThat(query.table().capacityUnits()).isZero();
    }

    private static ConsumedCapacity put(Object... namesAndValues) {
        return client().putItem(request ->
                        request.tableName("indexed").item(item(namesAndValues)).returnConsumedCapacity(INDEXES))
                .consumedCapacity();
    }

    @Test
    void collectionsAreMeasuredWhereThereIsALocalIndex() {
        ItemCollectionMetrics metrics = client().putItem(request -> request.tableName("indexed")
                        .item(item("pk", "c", "sk", "1"))
                        .returnItemCollectionMetrics(ReturnItemCollectionMetrics.SIZE))
                .itemCollectionMetrics();
        assertThat(metrics.itemCollectionKey()).isEqualTo(item("pk", "c"));
        assertThat(metrics.sizeEstimateRangeGB()).containsExactly(0.0, 1.0);
        assertThat(client().putItem(request -> request.tableName("plain")
                                .item(item("pk", "c"))
                                .returnItemCollectionMetrics(ReturnItemCollectionMetrics.SIZE))
                        .itemCollectionMetrics())
                .isNull();
        WriteRequest put = WriteRequest.builder()
                .putRequest(
                        PutRequest.builder().item(item("pk", "d", "sk", "1")).build())
                .build();
        BatchWriteItemResponse batch = client().batchWriteItem(
                        request -> request.requestItems(Map.of("indexed", List.of(put)))
                                .returnItemCollectionMetrics(ReturnItemCollectionMetrics.SIZE));
        assertThat(batch.itemCollectionMetrics().get("indexed"))
                .singleElement()
                .satisfies(each -> assertThat(each.itemCollectionKey()).isEqualTo(item("pk", "d")));
    }
}
