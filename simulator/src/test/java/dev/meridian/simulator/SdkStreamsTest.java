package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.node.LocalCluster;
import dev.meridian.node.api.shape.Shape;
import dev.meridian.node.api.shape.Shapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DescribeStreamRequest;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GetRecordsRequest;
import software.amazon.awssdk.services.dynamodb.model.GetRecordsResponse;
import software.amazon.awssdk.services.dynamodb.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.dynamodb.model.ListStreamsRequest;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.Shard;
import software.amazon.awssdk.services.dynamodb.model.ShardFilterType;
import software.amazon.awssdk.services.dynamodb.model.ShardIteratorType;
import software.amazon.awssdk.services.dynamodb.model.StreamDescription;
import software.amazon.awssdk.services.dynamodb.model.StreamStatus;
import software.amazon.awssdk.services.dynamodb.model.StreamViewType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TrimmedDataAccessException;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;

/** The DynamoDB Streams API through the AWS SDK, against regions that run. */
class SdkStreamsTest {
    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static DynamoDbClient here;
    private static DynamoDbClient there;
    private static DynamoDbStreamsClient streams;
    private static DynamoDbStreamsClient streamsThere;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder);
        here = Cluster.client(cluster.frontDoorPort(), "us-east-1");
        there = Cluster.client(cluster.frontDoorPort(), "eu-west-1");
        streams = Cluster.streamsClient(cluster.frontDoorPort(), "us-east-1");
        streamsThere = Cluster.streamsClient(cluster.frontDoorPort(), "eu-west-1");
    }

    @AfterAll
    static void stop() {
        List.of(here, there, streams, streamsThere).forEach(client -> client.close());
        cluster.close();
    }

    private static String enable(DynamoDbClient client, String table, StreamViewType viewType) {
        return client.updateTable(request -> request.tableName(table)
                        .streamSpecification(
                                stream -> stream.streamEnabled(true).streamViewType(viewType)))
                .tableDescription()
                .latestStreamArn();
    }

    private static void put(String table, String key, String value) {
        here.putItem(request -> request.tableName(table).item(OneRegion.item("pk", key, "v", value)));
    }

    private static StreamDescription described(DynamoDbStreamsClient client, String arn) {
        return client.describeStream(request -> request.streamArn(arn)).streamDescription();
    }

    private static String iterator(DynamoDbStreamsClient client, String arn, String shard, ShardIteratorType type) {
        return client.getShardIterator(
                        request -> request.streamArn(arn).shardId(shard).shardIteratorType(type))
                .shardIterator();
    }

    private static List<Record> records(DynamoDbStreamsClient client, String arn) {
        List<Record> records = new ArrayList<>();
        for (Shard shard : described(client, arn).shards()) {
            String at = iterator(client, arn, shard.shardId(), ShardIteratorType.TRIM_HORIZON);
            while (at != null) {
                String from = at;
                GetRecordsResponse page =
                        client.getRecords(request -> request.shardIterator(from).limit(3));
                records.addAll(page.records());
                at = page.hasRecords() && !page.records().isEmpty() ? page.nextShardIterator() : null;
            }
        }
        return records;
    }

    @Test
    void aConsumerReadsEachChangeOnceAndInOrder() {
        Cluster.createTable(here, "read");
        String arn = enable(here, "read", StreamViewType.NEW_AND_OLD_IMAGES);
        for (int i = 0; i < 20; i++) {
            put("read", "k" + i % 5, "v" + i);
        }
        here.deleteItem(request -> request.tableName("read").key(OneRegion.item("pk", "k0")));
        List<Record> records = records(streams, arn);
        assertThat(records).hasSize(21);
        Set<String> ids = new HashSet<>();
        records.forEach(record -> ids.add(record.eventID()));
        assertThat(ids).hasSize(21);
        List<Record> ofOne = records.stream()
                .filter(record -> record.dynamodb().keys().get("pk").s().equals("k0"))
                .toList();
        assertThat(ofOne.stream().map(Record::eventName))
                .containsExactly(
                        OperationType.INSERT,
                        OperationType.MODIFY,
                        OperationType.MODIFY,
                        OperationType.MODIFY,
                        OperationType.REMOVE);
        assertThat(ofOne.get(1).dynamodb().oldImage().get("v")).isEqualTo(AttributeValue.fromS("v0"));
        assertThat(ofOne.get(1).dynamodb().newImage().get("v")).isEqualTo(AttributeValue.fromS("v5"));
        assertThat(ofOne.get(4).dynamodb().hasNewImage()).isFalse();
        assertThat(ofOne.get(0).awsRegion()).isEqualTo("us-east-1");
        assertThat(ofOne.get(0).userIdentity()).isNull();
        assertThat(ofOne.get(0).dynamodb().approximateCreationDateTime())
                .isAfter(described(streams, arn).creationRequestDateTime().minusSeconds(2));
        assertThat(ofOne.stream().map(record -> record.dynamodb().sequenceNumber()))
                .isSorted();
    }

    /** As AWS's examples read it, whatever number of partitions the table's topics have. */
    @Test
    void theFirstShardOfASmallTableHasAllThatHappens() {
        here.createTable(request -> request.tableName("small")
                .keySchema(OneRegion.hash("pk"))
                .attributeDefinitions(attribute -> attribute.attributeName("pk").attributeType(ScalarAttributeType.S))
                .provisionedThroughput(units -> units.readCapacityUnits(5L).writeCapacityUnits(5L))
                .streamSpecification(stream -> stream.streamEnabled(true).streamViewType(StreamViewType.KEYS_ONLY)));
        here.waiter().waitUntilTableExists(request -> request.tableName("small"));
        String arn = here.describeTable(request -> request.tableName("small"))
                .table()
                .latestStreamArn();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            keys.add("k" + i);
            put("small", "k" + i, "v");
        }
        String first = described(streams, arn).shards().get(0).shardId();
        String at = iterator(streams, arn, first, ShardIteratorType.TRIM_HORIZON);
        assertThat(streams.getRecords(request -> request.shardIterator(at)).records())
                .extracting(record -> record.dynamodb().keys().get("pk").s())
                .isEqualTo(keys);
    }

    @Test
    void aStreamIsDescribedListedAndItsShardsPaged() {
        Cluster.createTable(here, "described");
        String arn = enable(here, "described", StreamViewType.KEYS_ONLY);
        StreamDescription stream = described(streams, arn);
        assertThat(stream.streamStatus()).isEqualTo(StreamStatus.ENABLED);
        assertThat(stream.streamViewType()).isEqualTo(StreamViewType.KEYS_ONLY);
        assertThat(stream.tableName()).isEqualTo("described");
        assertThat(stream.keySchema()).containsExactly(OneRegion.hash("pk"));
        assertThat(stream.shards()).hasSize(2).allSatisfy(shard -> {
            assertThat(shard.parentShardId()).isNull();
            assertThat(shard.sequenceNumberRange().endingSequenceNumber()).isNull();
        });
        StreamDescription first = streams.describeStream(
                        request -> request.streamArn(arn).limit(1))
                .streamDescription();
        assertThat(first.shards()).containsExactly(stream.shards().get(0));
        StreamDescription second = streams.describeStream(
                        request -> request.streamArn(arn).exclusiveStartShardId(first.lastEvaluatedShardId()))
                .streamDescription();
        assertThat(second.shards()).containsExactly(stream.shards().get(1));
        assertThat(second.lastEvaluatedShardId()).isNull();
        assertThat(streams.describeStream(request -> request.streamArn(arn)
                                .shardFilter(filter -> filter.type(ShardFilterType.CHILD_SHARDS)
                                        .shardId(first.lastEvaluatedShardId())))
                        .streamDescription()
                        .shards())
                .isEmpty();
        assertThat(streams.listStreams(request -> request.tableName("described"))
                        .streams())
                .singleElement()
                .satisfies(listed -> assertThat(listed.streamArn()).isEqualTo(arn));
        TableDescription table =
                here.describeTable(request -> request.tableName("described")).table();
        assertThat(table.latestStreamArn()).isEqualTo(arn).endsWith(table.latestStreamLabel());
        assertThat(table.streamSpecification().streamEnabled()).isTrue();
    }

    @Test
    void eachRegionHasItsOwnStreamOfAGlobalTableAndReplicatedChangesAreInIt() {
        Cluster.createTable(here, "global");
        Cluster.addReplicas(here, "global", "eu-west-1");
        String arn = there.describeTable(request -> request.tableName("global"))
                .table()
                .latestStreamArn();
        assertThat(arn).contains(":eu-west-1:");
        put("global", "a", "1");
        put("global", "a", "2");
        Cluster.await(
                "both changes are in the other region's stream",
                () -> records(streamsThere, arn).size() == 2);
        assertThat(records(streamsThere, arn).stream()
                        .map(record -> record.dynamodb().newImage().get("v").s()))
                .containsExactly("1", "2");
        assertThat(records(streamsThere, arn))
                .allSatisfy(record -> assertThat(record.awsRegion()).isEqualTo("eu-west-1"));
        assertThatThrownBy(() -> described(streams, arn)).isInstanceOf(ResourceNotFoundException.class);
    }

    @Test
    void aStreamOutlivesItsTable() {
        Cluster.createTable(here, "gone");
        String arn = enable(here, "gone", StreamViewType.KEYS_ONLY);
        put("gone", "a", "1");
        here.deleteTable(request -> request.tableName("gone"));
        here.waiter().waitUntilTableNotExists(request -> request.tableName("gone"));
        assertThat(described(streams, arn).streamStatus()).isEqualTo(StreamStatus.DISABLED);
        assertThat(described(streams, arn).shards())
                .allSatisfy(shard -> assertThat(shard.sequenceNumberRange().endingSequenceNumber())
                        .isNotNull());
        assertThat(records(streams, arn)).hasSize(1);
    }

    /** The service's model of streams is nowhere to be had as an artifact; the SDK is made from it. */
    @Test
    void requestsHaveTheMembersOfTheModel() {
        Map<String, List<SdkField<?>>> theirs = Map.of(
                "DescribeStream", DescribeStreamRequest.builder().build().sdkFields(),
                "GetRecords", GetRecordsRequest.builder().build().sdkFields(),
                "GetShardIterator", GetShardIteratorRequest.builder().build().sdkFields(),
                "ListStreams", ListStreamsRequest.builder().build().sdkFields());
        Map<String, Shape.Structure> ours = Shapes.load(Shapes.STREAMS).operations();
        assertThat(ours.keySet()).containsExactlyInAnyOrderElementsOf(theirs.keySet());
        ours.forEach((operation, shape) -> {
            List<String> members = theirs.get(operation).stream()
                    .map(field -> field.locationName())
                    .toList();
            assertThat(shape.members()).extracting(Shape.Member::name).containsExactlyInAnyOrderElementsOf(members);
        });
        Shape.Structure iterator = ours.get("GetShardIterator");
        Set<String> types = new HashSet<>();
        ShardIteratorType.knownValues().forEach(type -> types.add(type.toString()));
        assertThat(iterator.members())
                .filteredOn(member -> member.name().equals("ShardIteratorType"))
                .allSatisfy(member -> assertThat(((Shape.Enumerated) member.shape()).values())
                        .containsExactlyInAnyOrderElementsOf(types));
    }

    @Test
    void mistakesAreRefusedAsDynamoDbRefusesThem() {
        Cluster.createTable(here, "mistaken");
        String arn = enable(here, "mistaken", StreamViewType.KEYS_ONLY);
        assertThatThrownBy(() -> enable(here, "mistaken", StreamViewType.NEW_IMAGE))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("Table already has an enabled stream: TableName: mistaken");
        assertThatThrownBy(() -> described(streams, arn + "-not")).isInstanceOf(ResourceNotFoundException.class);
        String shard = described(streams, arn).shards().get(0).shardId();
        assertThatThrownBy(() -> iterator(streams, arn, shard + "0", ShardIteratorType.LATEST))
                .isInstanceOf(ResourceNotFoundException.class);
        assertThatThrownBy(() -> iterator(streams, arn, shard, ShardIteratorType.AT_SEQUENCE_NUMBER))
                .isInstanceOf(DynamoDbException.class)
                .isNotInstanceOf(TrimmedDataAccessException.class)
                .hasMessageContaining("SequenceNumber");
        assertThatThrownBy(() -> streams.getRecords(request -> request.shardIterator("nothing")))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("Invalid ShardIterator");
    }
}
