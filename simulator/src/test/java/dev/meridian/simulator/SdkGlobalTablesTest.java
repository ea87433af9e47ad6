package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.node.LocalCluster;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.AutoScalingSettingsDescription;
import software.amazon.awssdk.services.dynamodb.model.AutoScalingSettingsUpdate;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GlobalTableNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.IndexStatus;
import software.amazon.awssdk.services.dynamodb.model.Replica;
import software.amazon.awssdk.services.dynamodb.model.ReplicaDescription;
import software.amazon.awssdk.services.dynamodb.model.ReplicaStatus;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.StreamSpecification;
import software.amazon.awssdk.services.dynamodb.model.StreamViewType;
import software.amazon.awssdk.services.dynamodb.model.TableClass;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;

/** The lifecycle of replicas, their settings, and what the operations of the older version say of them, through the AWS SDK. */
class SdkGlobalTablesTest {
    private static final String US = "us-east-1";
    private static final String EU = "eu-west-1";
    private static final String AP = "ap-northeast-1";
    private static final String OLDER_VERSION =
            "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not supported. We"
                    + " recommend using DynamoDB global tables version 2019.11.21, instead of version 2017.11.29"
                    + " (Legacy).";

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

    private static DynamoDbClient at(String region) {
        return CLIENTS.get(region);
    }

    private static TableDescription describe(String region, String table) {
        return at(region).describeTable(request -> request.tableName(table)).table();
    }

    private static ReplicaDescription replica(String seenBy, String table, String region) {
        return describe(seenBy, table).replicas().stream()
                .filter(replica -> replica.regionName().equals(region))
                .findFirst()
                .orElseThrow();
    }

    private static void update(String region, String table, Consumer<UpdateTableRequest.Builder> change) {
        at(region).updateTable(request -> change.accept(request.tableName(table)));
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOfSatisfying(DynamoDbException.class, refused -> {
            assertThat(refused.awsErrorDetails().errorCode()).isEqualTo("ValidationException");
            assertThat(refused.awsErrorDetails().errorMessage()).isEqualTo(message);
        });
    }

    /** With {@code pk} and {@code sk}, a global index by {@code a}, provisioned with 5 and 6. */
    private static void createProvisioned(String name, Consumer<CreateTableRequest.Builder> more) {
        at(US).createTable(request -> {
            request.tableName(name)
                    .keySchema(
                            key -> key.attributeName("pk").keyType("HASH"),
                            key -> key.attributeName("sk").keyType("RANGE"))
                    .attributeDefinitions(
                            attribute -> attribute.attributeName("pk").attributeType("S"),
                            attribute -> attribute.attributeName("sk").attributeType("S"),
                            attribute -> attribute.attributeName("a").attributeType("S"))
                    .provisionedThroughput(units -> units.readCapacityUnits(5L).writeCapacityUnits(6L))
                    .globalSecondaryIndexes(index -> index.indexName("by-a")
                            .keySchema(key -> key.attributeName("a").keyType("HASH"))
                            .projection(projection -> projection.projectionType("ALL"))
                            .provisionedThroughput(
                                    units -> units.readCapacityUnits(7L).writeCapacityUnits(8L)))
                    .localSecondaryIndexes(index -> index.indexName("local")
                            .keySchema(
                                    key -> key.attributeName("pk").keyType("HASH"),
                                    key -> key.attributeName("a").keyType("RANGE"))
                            .projection(projection -> projection.projectionType("KEYS_ONLY")));
            more.accept(request);
        });
        at(US).waiter().waitUntilTableExists(request -> request.tableName(name));
    }

    private static void awaitReplica(String table, String region) {
        Cluster.await("the replica in " + region, () -> {
            TableDescription described = describe(US, table);
            return described.tableStatusAsString().equals("ACTIVE")
                    && described.replicas().stream()
                            .anyMatch(replica -> replica.regionName().equals(region)
                                    && replica.replicaStatus() == ReplicaStatus.ACTIVE);
        });
    }

    private static void awaitGone(String table, String region) {
        Cluster.await("the table in " + region + " is gone", () -> {
            try {
                describe(region, table);
                return false;
            } catch (ResourceNotFoundException gone) {
                return true;
            }
        });
    }

    @Test
    void aReplicaHasIndexesAndSettingsOfTheTableAndItsOwnOverridesAndBothAreShown() {
        createProvisioned(
                "lifecycle",
                request -> request.sseSpecification(
                                sse -> sse.enabled(true).sseType("KMS").kmsMasterKeyId("key-us"))
                        .tags(tag -> tag.key("k").value("v")));
        at(US).updateTimeToLive(request -> request.tableName("lifecycle")
                .timeToLiveSpecification(expiry -> expiry.enabled(true).attributeName("expiry")));
        refused(
                () -> update(
                        US,
                        "lifecycle",
                        request -> request.replicaUpdates(update -> update.create(create -> create.regionName(EU)))),
                "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.");
        update(
                US,
                "lifecycle",
                request -> request.replicaUpdates(update -> update.create(create -> create.regionName(EU)
                        .kmsMasterKeyId("key-eu")
                        .tableClassOverride(TableClass.STANDARD_INFREQUENT_ACCESS)
                        .provisionedThroughputOverride(units -> units.readCapacityUnits(50L))
                        .globalSecondaryIndexes(index -> index.indexName("by-a")
                                .provisionedThroughputOverride(units -> units.readCapacityUnits(70L))))));
        awaitReplica("lifecycle", EU);
        TableDescription there = describe(EU, "lifecycle");
        assertThat(there.provisionedThroughput().readCapacityUnits()).isEqualTo(50);
        assertThat(there.provisionedThroughput().writeCapacityUnits()).isEqualTo(6);
        assertThat(there.tableClassSummary().tableClass()).isEqualTo(TableClass.STANDARD_INFREQUENT_ACCESS);
        assertThat(there.sseDescription().kmsMasterKeyArn()).isEqualTo("arn:aws:kms:eu-west-1:000000000000:key/key-eu");
        assertThat(there.globalSecondaryIndexes().get(0).indexStatus()).isEqualTo(IndexStatus.ACTIVE);
        assertThat(there.globalSecondaryIndexes().get(0).provisionedThroughput().readCapacityUnits())
                .isEqualTo(70);
        assertThat(there.globalSecondaryIndexes().get(0).provisionedThroughput().writeCapacityUnits())
                .isEqualTo(8);
        assertThat(there.localSecondaryIndexes().get(0).indexName()).isEqualTo("local");
        assertThat(at(EU).describeTimeToLive(request -> request.tableName("lifecycle"))
                        .timeToLiveDescription()
                        .timeToLiveStatus())
                .isEqualTo(TimeToLiveStatus.ENABLED);
        assertThat(at(EU).listTagsOfResource(request -> request.resourceArn(there.tableArn()))
                        .tags())
                .as("tags are each region's own")
                .isEmpty();
        TableDescription here = describe(US, "lifecycle");
        assertThat(here.globalTableVersion()).isEqualTo("2019.11.21");
        assertThat(here.multiRegionConsistency()).isNull();
        assertThat(here.replicas()).extracting(ReplicaDescription::regionName).containsExactly(EU);
        assertThat(there.replicas()).extracting(ReplicaDescription::regionName).containsExactly(US);
        ReplicaDescription shown = here.replicas().get(0);
        assertThat(shown.replicaStatus()).isEqualTo(ReplicaStatus.ACTIVE);
        assertThat(shown.kmsMasterKeyId()).isEqualTo("arn:aws:kms:eu-west-1:000000000000:key/key-eu");
        assertThat(shown.provisionedThroughputOverride().readCapacityUnits()).isEqualTo(50);
        assertThat(shown.replicaTableClassSummary().tableClass()).isEqualTo(TableClass.STANDARD_INFREQUENT_ACCESS);
        assertThat(shown.globalSecondaryIndexes().get(0).indexName()).isEqualTo("by-a");
        assertThat(shown.globalSecondaryIndexes()
                        .get(0)
                        .provisionedThroughputOverride()
                        .readCapacityUnits())
                .isEqualTo(70);
        update(
                US,
                "lifecycle",
                request -> request.replicaUpdates(update -> update.update(change ->
                        change.regionName(EU).provisionedThroughputOverride(units -> units.readCapacityUnits(51L)))));
        Cluster.await(
                "the override",
                () -> describe(EU, "lifecycle").provisionedThroughput().readCapacityUnits() == 51);
        assertThat(replica(US, "lifecycle", EU).provisionedThroughputOverride().readCapacityUnits())
                .isEqualTo(51);
        // As large as the table's: it is no override that could be seen.
        update(
                US,
                "lifecycle",
                request -> request.replicaUpdates(update -> update.update(change ->
                        change.regionName(EU).provisionedThroughputOverride(units -> units.readCapacityUnits(5L)))));
        assertThat(replica(US, "lifecycle", EU).provisionedThroughputOverride()).isNull();
    }

    @Test
    void anOnDemandReplicaHasItsOwnLimitOfReads() {
        Cluster.createTable(at(US), "limited");
        update(
                US,
                "limited",
                request -> request.replicaUpdates(update -> update.create(create ->
                        create.regionName(EU).onDemandThroughputOverride(limit -> limit.maxReadRequestUnits(300L)))));
        awaitReplica("limited", EU);
        assertThat(describe(EU, "limited").onDemandThroughput().maxReadRequestUnits())
                .isEqualTo(300);
        assertThat(replica(US, "limited", EU).onDemandThroughputOverride().maxReadRequestUnits())
                .isEqualTo(300);
        refused(
                () -> update(
                        US,
                        "limited",
                        request -> request.replicaUpdates(update -> update.update(change -> change.regionName(EU)
                                .provisionedThroughputOverride(units -> units.readCapacityUnits(5L))))),
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
                        + " PAY_PER_REQUEST");
    }

    @Test
    void aGlobalTableBecomesProvisionedTogetherWithItsIndexes() {
        createProvisioned("switched", request -> {});
        Cluster.addReplicas(at(US), "switched", EU);
        String lacking =
                "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: by-a";
        update(US, "switched", request -> request.billingMode("PAY_PER_REQUEST"));
        Cluster.await("on demand", () -> units("switched", EU) == 0);
        refused(
                () -> update(
                        EU,
                        "switched",
                        request -> request.billingMode("PROVISIONED")
                                .provisionedThroughput(
                                        units -> units.readCapacityUnits(1L).writeCapacityUnits(2L))),
                lacking);
        update(
                US,
                "switched",
                request -> request.billingMode("PROVISIONED")
                        .provisionedThroughput(
                                units -> units.readCapacityUnits(3L).writeCapacityUnits(3L))
                        .globalSecondaryIndexUpdates(index -> index.update(change -> change.indexName("by-a")
                                .provisionedThroughput(
                                        units -> units.readCapacityUnits(4L).writeCapacityUnits(4L)))));
        Cluster.await("provisioned", () -> units("switched", EU) == 3);
        assertThat(describe(US, "switched").globalSecondaryIndexes().get(0).provisionedThroughput())
                .satisfies(units -> {
                    assertThat(units.readCapacityUnits()).isEqualTo(4);
                    assertThat(units.writeCapacityUnits()).isEqualTo(4);
                });
    }

    private static long units(String table, String region) {
        return describe(region, table).provisionedThroughput().writeCapacityUnits();
    }

    @Test
    void anIndexThatIsAddedAnywhereIsFilledEverywhereAndOneThatIsDeletedIsGoneEverywhere() {
        Cluster.createTable(at(US), "indexed");
        for (int i = 0; i < 50; i++) {
            int n = i;
            at(US).putItem(request -> request.tableName("indexed")
                    .item(Map.of("pk", AttributeValue.fromS("k" + n), "g", AttributeValue.fromS("v" + n % 5))));
        }
        Cluster.addReplicas(at(US), "indexed", EU, AP);
        update(
                EU,
                "indexed",
                request -> request.attributeDefinitions(
                                attribute -> attribute.attributeName("g").attributeType("S"))
                        .globalSecondaryIndexUpdates(index -> index.create(create -> create.indexName("by-g")
                                .keySchema(key -> key.attributeName("g").keyType("HASH"))
                                .projection(projection -> projection.projectionType("KEYS_ONLY")))));
        for (String region : Cluster.REGIONS) {
            Cluster.await(
                    "the index in " + region,
                    () -> describe(region, "indexed").globalSecondaryIndexes().stream()
                            .anyMatch(index -> index.indexStatus() == IndexStatus.ACTIVE));
            assertThat(at(region)
                            .query(request -> request.tableName("indexed")
                                    .indexName("by-g")
                                    .keyConditionExpression("g = :g")
                                    .expressionAttributeValues(Map.of(":g", AttributeValue.fromS("v3"))))
                            .count())
                    .as(region)
                    .isEqualTo(10);
        }
        update(
                AP,
                "indexed",
                request ->
                        request.globalSecondaryIndexUpdates(index -> index.delete(delete -> delete.indexName("by-g"))));
        for (String region : Cluster.REGIONS) {
            Cluster.await(
                    "no index in " + region,
                    () -> describe(region, "indexed").globalSecondaryIndexes().isEmpty());
        }
    }

    @Test
    void whatMayNotBeIsToldInTheServicesWords() {
        Cluster.createTable(at(US), "refusals");
        Cluster.createTable(at(AP), "refusals");
        Cluster.addReplicas(at(US), "refusals", EU);
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.replicaUpdates(update -> update.create(create -> create.regionName(US)))),
                "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable,"
                        + " or UpdateTable as required.");
        String taken = "Failed to create a the new replica of table with name: ‘refusals’ because one or more replicas"
                + " already existed as tables.";
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.replicaUpdates(update -> update.create(create -> create.regionName(EU)))),
                taken);
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.replicaUpdates(update -> update.create(create -> create.regionName(AP)))),
                taken);
        refused(
                () -> update(
                        US,
                        "refusals",
                        request ->
                                request.replicaUpdates(update -> update.delete(delete -> delete.regionName("mars-1")))),
                "Update global table operation failed because one or more replicas were not part of the global table."
                        + " Please retry the request without these replicas: [mars-1].");
        refused(
                () -> update(
                        US,
                        "refusals",
                        request ->
                                request.replicaUpdates(update -> update.create(create -> create.regionName("mars-1")))),
                "Region mars-1 is not supported. The latest version of global tables are only supported in the"
                        + " following regions: [ap-northeast-1, eu-west-1, us-east-1]");
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.replicaUpdates(
                                update -> update.delete(delete -> delete.regionName(EU)),
                                update -> update.delete(delete -> delete.regionName(AP)))),
                "Update table operation with more than one create or delete replica actions not allowed");
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.replicaUpdates(update -> update.create(create -> create.regionName(AP))
                                .delete(delete -> delete.regionName(EU)))),
                "Update table operation with more than one type of replica actions not allowed.");
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.replicaUpdates(update -> update.update(change -> change.regionName(EU)))),
                "There are no actions specified in the Replica Update Action of the request.");
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.deletionProtectionEnabled(true)
                                .replicaUpdates(update -> update.delete(delete -> delete.regionName(EU)))),
                "One or more parameter values were invalid: Replica modification must be the only operation in the"
                        + " request");
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.multiRegionConsistency("STRONG")
                                .replicaUpdates(update -> update.create(create -> create.regionName(AP)))),
                "MultiRegionConsistency STRONG is not supported: Meridian's replicas, which need no witness, are"
                        + " consistent eventually (EVENTUAL).");
        refused(
                () -> update(
                        US,
                        "refusals",
                        request -> request.globalTableWitnessUpdates(
                                witness -> witness.create(create -> create.regionName(AP)))),
                "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.");
        update(EU, "refusals", request -> request.deletionProtectionEnabled(true));
        // Until it is known here, the region that is protected refuses by itself to go.
        Cluster.await("the protection is known", () -> {
            try {
                update(
                        US,
                        "refusals",
                        request -> request.replicaUpdates(update -> update.delete(delete -> delete.regionName(EU))));
                return false;
            } catch (DynamoDbException refused) {
                return refused.awsErrorDetails()
                        .errorMessage()
                        .equals("Cannot delete table refusals in region eu-west-1 because it has deletion protection"
                                + " enabled. Disable deletion protection first.");
            }
        });
    }

    @Test
    void theOlderVersionsOperationsDoNotSeeReplicas() {
        Cluster.createTable(at(US), "older");
        Cluster.addReplicas(at(US), "older", EU);
        refused(
                () -> at(US).createGlobalTable(
                                request -> request.globalTableName("older").replicationGroup(group(US, EU))),
                OLDER_VERSION);
        refused(
                () -> at(US).updateGlobalTable(request -> request.globalTableName("older")
                        .replicaUpdates(change -> change.create(create -> create.regionName(AP)))),
                OLDER_VERSION);
        for (String region : List.of(US, EU)) {
            isNoGlobalTable(() -> at(region).describeGlobalTable(request -> request.globalTableName("older")));
            isNoGlobalTable(() -> at(region).describeGlobalTableSettings(request -> request.globalTableName("older")));
            isNoGlobalTable(() -> at(region)
                    .updateGlobalTable(request -> request.globalTableName("older")
                            .replicaUpdates(change -> change.delete(delete -> delete.regionName(EU)))));
            isNoGlobalTable(() -> at(region)
                    .updateGlobalTableSettings(
                            request -> request.globalTableName("older").globalTableBillingMode("PROVISIONED")));
            assertThat(at(region).listGlobalTables().globalTables()).isEmpty();
        }
        assertThat(describe(US, "older").replicas()).hasSize(1);
    }

    private static void isNoGlobalTable(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(GlobalTableNotFoundException.class)
                .hasMessageContaining("Global table with name: 'older' does not exist.");
    }

    private static Replica[] group(String... regions) {
        return List.of(regions).stream()
                .map(region -> Replica.builder().regionName(region).build())
                .toArray(Replica[]::new);
    }

    private static AutoScalingSettingsUpdate scaling(long least, long most, double target) {
        return AutoScalingSettingsUpdate.builder()
                .minimumUnits(least)
                .maximumUnits(most)
                .scalingPolicyUpdate(policy -> policy.targetTrackingScalingPolicyConfiguration(
                        tracking -> tracking.targetValue(target).scaleInCooldown(60)))
                .build();
    }

    @Test
    void autoScalingSettingsAreSharedByReplicas() {
        createProvisioned("scaled", request -> {});
        assertThatThrownBy(() -> at(US).describeTableReplicaAutoScaling(request -> request.tableName("scaled")))
                .isInstanceOf(ResourceNotFoundException.class)
                .hasMessageContaining("Global table with name: 'scaled' does not exist.");
        Cluster.addReplicas(at(US), "scaled", EU);
        at(US).updateTableReplicaAutoScaling(request -> request.tableName("scaled")
                .provisionedWriteCapacityAutoScalingUpdate(scaling(1, 100, 70))
                .globalSecondaryIndexUpdates(
                        index -> index.indexName("by-a").provisionedWriteCapacityAutoScalingUpdate(scaling(2, 200, 60)))
                .replicaUpdates(replica ->
                        replica.regionName(EU).replicaProvisionedReadCapacityAutoScalingUpdate(scaling(3, 300, 50))));
        Cluster.await(
                "the auto scaling settings in the other region",
                () -> at(EU)
                        .describeTableReplicaAutoScaling(request -> request.tableName("scaled"))
                        .tableAutoScalingDescription()
                        .replicas()
                        .stream()
                        .allMatch(replica -> Long.valueOf(100)
                                .equals(replica.replicaProvisionedWriteCapacityAutoScalingSettings()
                                        .maximumUnits())));
        var replicas = at(EU).describeTableReplicaAutoScaling(request -> request.tableName("scaled"))
                .tableAutoScalingDescription()
                .replicas();
        assertThat(replicas.get(0).regionName()).isEqualTo(EU);
        AutoScalingSettingsDescription reads = replicas.get(0).replicaProvisionedReadCapacityAutoScalingSettings();
        assertThat(reads.minimumUnits()).isEqualTo(3);
        assertThat(reads.scalingPolicies().get(0).policyName())
                .isEqualTo("DynamoDBReadCapacityUtilization:table/scaled");
        assertThat(reads.scalingPolicies()
                        .get(0)
                        .targetTrackingScalingPolicyConfiguration()
                        .targetValue())
                .isEqualTo(50);
        assertThat(replicas.get(1)
                        .replicaProvisionedReadCapacityAutoScalingSettings()
                        .autoScalingDisabled())
                .isTrue();
        assertThat(replicas.get(1)
                        .globalSecondaryIndexes()
                        .get(0)
                        .provisionedWriteCapacityAutoScalingSettings()
                        .maximumUnits())
                .isEqualTo(200);
        refused(
                () -> at(US).updateTableReplicaAutoScaling(request -> request.tableName("scaled")
                        .provisionedWriteCapacityAutoScalingUpdate(update -> update.minimumUnits(1L))),
                "Failed to update settings for global table with name: ‘scaled’: Parameters 'MaximumUnits',"
                        + " 'ScalingPolicyUpdate' are required unless auto scaling is being disabled.");
        at(US).updateTableReplicaAutoScaling(request -> request.tableName("scaled")
                .provisionedWriteCapacityAutoScalingUpdate(update -> update.autoScalingDisabled(true)));
        assertThat(at(US).describeTableReplicaAutoScaling(request -> request.tableName("scaled"))
                        .tableAutoScalingDescription()
                        .replicas()
                        .get(0)
                        .replicaProvisionedWriteCapacityAutoScalingSettings()
                        .scalingPolicies())
                .isEmpty();
    }

    @Test
    void aTransactionArrivesItemByItemAndIsComplete() {
        Cluster.createTable(at(US), "transactions");
        Cluster.addReplicas(at(US), "transactions", EU);
        for (int i = 0; i < 20; i++) {
            String n = Integer.toString(i);
            at(US).transactWriteItems(request -> request.transactItems(
                    item -> item.put(put -> put.tableName("transactions").item(item("a", n))),
                    item -> item.put(put -> put.tableName("transactions").item(item("b", n)))));
        }
        for (String pk : List.of("a", "b")) {
            Cluster.await(
                    "the last transaction's " + pk,
                    () -> "19"
                            .equals(at(EU).getItem(request -> request.tableName("transactions")
                                            .key(Map.of("pk", AttributeValue.fromS(pk))))
                                    .item()
                                    .getOrDefault("n", AttributeValue.fromN("-1"))
                                    .n()));
        }
    }

    @Test
    void everyReplicaHasAStreamOfItsOwnThatShowsTheSame() {
        Cluster.createTable(at(US), "watched");
        assertThat(describe(US, "watched").streamSpecification()).isNull();
        Cluster.addReplicas(at(US), "watched", EU);
        awaitStream("watched", EU, StreamViewType.NEW_AND_OLD_IMAGES);
        awaitStream("watched", US, StreamViewType.NEW_AND_OLD_IMAGES);
        for (String region : List.of(US, EU)) {
            TableDescription described = describe(region, "watched");
            assertThat(described.latestStreamArn())
                    .isEqualTo("arn:aws:dynamodb:" + region + ":000000000000:table/watched/stream/"
                            + described.latestStreamLabel());
            refused(
                    () -> stream(region, "watched", off -> off.streamEnabled(false)),
                    "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table"
                            + " replica.");
            refused(
                    () -> stream(
                            region, "watched", on -> on.streamEnabled(true).streamViewType(StreamViewType.KEYS_ONLY)),
                    "Table already has an enabled stream: TableName: watched");
        }
        String first = describe(US, "watched").latestStreamArn();
        update(
                US,
                "watched",
                request -> request.replicaUpdates(update -> update.delete(delete -> delete.regionName(EU))));
        awaitGone("watched", EU);
        Cluster.await("it is alone", () -> describe(US, "watched").replicas().isEmpty());
        assertThat(describe(US, "watched").latestStreamArn()).as("it goes on").isEqualTo(first);
        stream(US, "watched", off -> off.streamEnabled(false));
        stream(US, "watched", on -> on.streamEnabled(true).streamViewType(StreamViewType.KEYS_ONLY));
        Cluster.await("its name is free", () -> {
            try {
                Cluster.addReplicas(at(US), "watched", EU);
                return true;
            } catch (DynamoDbException notYet) {
                return false;
            }
        });
        awaitStream("watched", EU, StreamViewType.KEYS_ONLY);
        assertThat(describe(US, "watched").streamSpecification().streamViewType())
                .isEqualTo(StreamViewType.KEYS_ONLY);
        assertThat(describe(US, "watched").latestStreamArn()).isNotEqualTo(first);
    }

    private static void stream(String region, String table, Consumer<StreamSpecification.Builder> specification) {
        update(region, table, request -> request.streamSpecification(specification));
    }

    private static void awaitStream(String table, String region, StreamViewType viewType) {
        Cluster.await("the stream in " + region, () -> {
            StreamSpecification stream = describe(region, table).streamSpecification();
            return stream != null && stream.streamEnabled() && stream.streamViewType() == viewType;
        });
    }

    @Test
    void replicasComeAndGoUnderLoadAndNothingIsLostOrInvented() throws Exception {
        Cluster.createTable(at(US), "loaded");
        Cluster.addReplicas(at(US), "loaded", AP);
        AtomicBoolean going = new AtomicBoolean(true);
        Map<String, Map<String, AttributeValue>> written = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (String region : List.of(US, AP)) {
            writers.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; going.get(); i++) {
                    Map<String, AttributeValue> item = item(region + i % 500, Integer.toString(i));
                    at(region).putItem(request -> request.tableName("loaded").item(item));
                    written.put(region + i % 500, item);
                }
            }));
        }
        for (int round = 0; round < 2; round++) {
            addWhenTheNameIsFree();
            update(
                    US,
                    "loaded",
                    request -> request.replicaUpdates(update -> update.delete(delete -> delete.regionName(EU))));
            awaitGone("loaded", EU);
            Cluster.await(
                    "it may come again",
                    () -> describe(US, "loaded").tableStatusAsString().equals("ACTIVE")
                            && describe(US, "loaded").replicas().size() == 1);
        }
        addWhenTheNameIsFree();
        Cluster.await("a hundred items", () -> written.size() > 100);
        going.set(false);
        writers.forEach(CompletableFuture::join);
        for (String region : Cluster.REGIONS) {
            Cluster.await("all that was written, in " + region, () -> {
                Map<String, Map<String, AttributeValue>> held = new HashMap<>();
                at(region)
                        .scanPaginator(request -> request.tableName("loaded"))
                        .items()
                        .forEach(item -> held.put(item.get("pk").s(), item));
                return held.equals(written);
            });
        }
    }

    private static void addWhenTheNameIsFree() {
        Cluster.await("its name is free", () -> {
            try {
                Cluster.addReplicas(at(US), "loaded", EU);
                return true;
            } catch (DynamoDbException notYet) {
                return false;
            }
        });
    }

    private static Map<String, AttributeValue> item(String pk, String n) {
        return Map.of("pk", AttributeValue.fromS(pk), "n", AttributeValue.fromN(n));
    }

    @Test
    void aReplicaIsDisassociatedByAnActionOfItsRegion() throws Exception {
        Cluster.createTable(at(US), "leaving");
        at(US).putItem(request -> request.tableName("leaving").item(item("a", "1")));
        Cluster.addReplicas(at(US), "leaving", EU);
        String port = cluster.regions().stream()
                .filter(region -> region.region().value().equals(EU))
                .findFirst()
                .orElseThrow()
                .endpoint();
        HttpResponse<String> answer = post(port + "/-/disassociate?table=leaving&wait=true");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        Cluster.await(
                "it is by itself", () -> describe(EU, "leaving").replicas().isEmpty());
        Cluster.await(
                "the other knows", () -> describe(US, "leaving").replicas().isEmpty());
        at(US).putItem(request -> request.tableName("leaving").item(item("b", "2")));
        assertThat(at(EU).scan(request -> request.tableName("leaving")).items()).containsExactly(item("a", "1"));
        assertThat(post(port + "/-/disassociate?table=leaving").statusCode()).isEqualTo(400);
    }

    private static HttpResponse<String> post(String url) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
