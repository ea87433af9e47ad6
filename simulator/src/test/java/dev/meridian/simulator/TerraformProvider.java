package dev.meridian.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.CreateGlobalSecondaryIndexAction;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.LimitExceededException;
import software.amazon.awssdk.services.dynamodb.model.PointInTimeRecoveryDescription;
import software.amazon.awssdk.services.dynamodb.model.ReplicaDescription;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.Tag;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;

/**
 * The calls that the AWS provider of Terraform (6.x) makes for an {@code aws_dynamodb_table} with replicas, in its order
 * and with its waits: what it sends to the table's own region, what to each replica's, which states it bears while it
 * waits and which it gives up at. A state that it does not expect is an error there and so it is here.
 *
 * @see <a href="https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table.go">The
 *     provider's table</a>
 */
final class TerraformProvider {
    private static final Set<String> CHANGING = Set.of("CREATING", "UPDATING");
    private static final Set<String> REPLICA_CHANGING = Set.of("CREATING", "UPDATING", "DELETING");

    /** What its author says who does not set them, so that they are of no concern to a plan. */
    private static final long WARM_READS = 12_000;

    private static final long WARM_WRITES = 4_000;

    private final String home;
    private final Function<String, DynamoDbClient> clients;

    /** @param clients of regions, all at the one endpoint that the provider is given */
    TerraformProvider(String home, Function<String, DynamoDbClient> clients) {
        this.home = home;
        this.clients = clients;
    }

    /** A {@code global_secondary_index} block. */
    record Index(String name, String hashKey, String projection) {}

    /** A {@code replica} block. */
    record Replica(String region, boolean pointInTimeRecovery, boolean deletionProtection, boolean propagateTags) {}

    /**
     * The resource's arguments, and what a read makes of the answers: equal ones are an empty plan.
     *
     * @param timeToLive the attribute, empty for none
     */
    record Table(
            String name,
            String billingMode,
            long readCapacity,
            long writeCapacity,
            String hashKey,
            Map<String, String> attributes,
            List<Index> indexes,
            String timeToLive,
            boolean pointInTimeRecovery,
            boolean deletionProtection,
            String tableClass,
            Map<String, String> tags,
            Map<String, Replica> replicas) {
        Table {
            attributes = new TreeMap<>(attributes);
            tags = new TreeMap<>(tags);
            replicas = new TreeMap<>(replicas);
            indexes = List.copyOf(indexes);
        }
    }

    private DynamoDbClient at(String region) {
        return clients.apply(region);
    }

    private DynamoDbClient here() {
        return at(home);
    }

    // ---- create

    Table create(Table wanted) {
        here().createTable(request -> creation(wanted, request));
        TableDescription active = awaitTable(wanted.name());
        awaitWarmTable(wanted.name());
        wanted.indexes().forEach(index -> awaitIndex(wanted.name(), index.name()));
        if (!wanted.timeToLive().isEmpty()) {
            updateTimeToLive(wanted.name(), wanted.timeToLive(), true);
        }
        if (wanted.pointInTimeRecovery()) {
            updateRecovery(wanted.name(), true, home);
        }
        createReplicas(wanted.name(), wanted.replicas().values());
        updateReplicaTags(active.tableArn(), wanted);
        return read(wanted);
    }

    private static void creation(Table wanted, CreateTableRequest.Builder request) {
        request.tableName(wanted.name())
                .billingMode(wanted.billingMode())
                .keySchema(key(wanted.hashKey()))
                .attributeDefinitions(definitions(wanted));
        if (!wanted.tags().isEmpty()) {
            request.tags(tags(wanted.tags()));
        }
        if (wanted.billingMode().equals("PROVISIONED")) {
            request.provisionedThroughput(
                    units -> units.readCapacityUnits(wanted.readCapacity()).writeCapacityUnits(wanted.writeCapacity()));
        }
        if (wanted.deletionProtection()) {
            request.deletionProtectionEnabled(true);
        }
        if (!wanted.indexes().isEmpty()) {
            request.globalSecondaryIndexes(wanted.indexes().stream()
                    .map(index -> GlobalSecondaryIndex.builder()
                            .indexName(index.name())
                            .keySchema(key(index.hashKey()))
                            .projection(projection -> projection.projectionType(index.projection()))
                            .build())
                    .toList());
        }
        if (!wanted.tableClass().equals("STANDARD")) {
            request.tableClass(wanted.tableClass());
        }
    }

    private static KeySchemaElement key(String attribute) {
        return KeySchemaElement.builder()
                .attributeName(attribute)
                .keyType(KeyType.HASH)
                .build();
    }

    private static List<AttributeDefinition> definitions(Table wanted) {
        return wanted.attributes().entrySet().stream()
                .map(attribute -> AttributeDefinition.builder()
                        .attributeName(attribute.getKey())
                        .attributeType(attribute.getValue())
                        .build())
                .toList();
    }

    private static List<Tag> tags(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag ->
                        Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
                .toList();
    }

    /** One after the other. What a replica has of its own is always said, in its own region. */
    private void createReplicas(String table, Iterable<Replica> replicas) {
        for (Replica replica : replicas) {
            retrying(() -> here().updateTable(request -> request.tableName(table)
                    .replicaUpdates(update -> update.create(create -> create.regionName(replica.region())))));
            awaitReplica(table, replica.region());
            updateRecovery(table, replica.pointInTimeRecovery(), replica.region());
            updateReplicaProtection(table, replica);
        }
    }

    private void updateReplicaProtection(String table, Replica replica) {
        at(replica.region())
                .updateTable(
                        request -> request.tableName(table).deletionProtectionEnabled(replica.deletionProtection()));
        awaitReplica(table, replica.region());
    }

    private void updateTimeToLive(String table, String attribute, boolean enable) {
        here().updateTimeToLive(request -> request.tableName(table)
                .timeToLiveSpecification(
                        specification -> specification.attributeName(attribute).enabled(enable)));
        await(
                "time to live of " + table,
                () -> timeToLive(table).timeToLiveStatusAsString(),
                enable ? Set.of("DISABLED", "ENABLING") : Set.of("ENABLED", "DISABLING"),
                enable ? "ENABLED" : "DISABLED");
    }

    private TimeToLiveDescription timeToLive(String table) {
        return here().describeTimeToLive(request -> request.tableName(table)).timeToLiveDescription();
    }

    private void updateRecovery(String table, boolean enable, String region) {
        at(region)
                .updateContinuousBackups(request -> request.tableName(table)
                        .pointInTimeRecoverySpecification(
                                specification -> specification.pointInTimeRecoveryEnabled(enable)));
        await(
                "point in time recovery of " + table + " in " + region,
                () -> recovery(table, region).pointInTimeRecoveryStatusAsString(),
                enable ? Set.of("ENABLING", "DISABLED") : Set.of(),
                enable ? "ENABLED" : "DISABLED");
    }

    private PointInTimeRecoveryDescription recovery(String table, String region) {
        return at(region)
                .describeContinuousBackups(request -> request.tableName(table))
                .continuousBackupsDescription()
                .pointInTimeRecoveryDescription();
    }

    private void updateReplicaTags(String arn, Table wanted) {
        for (Replica replica : wanted.replicas().values()) {
            if (replica.propagateTags()) {
                updateTags(arnIn(replica.region(), arn), replica.region(), wanted.tags());
            }
        }
    }

    private static String arnIn(String region, String arn) {
        String[] parts = arn.split(":", -1);
        parts[3] = region;
        return String.join(":", parts);
    }

    private void updateTags(String arn, String region, Map<String, String> wanted) {
        Map<String, String> old = listTags(arn, region);
        List<String> removed =
                old.keySet().stream().filter(key -> !wanted.containsKey(key)).toList();
        if (!removed.isEmpty()) {
            at(region).untagResource(request -> request.resourceArn(arn).tagKeys(removed));
        }
        Map<String, String> updated = new TreeMap<>(wanted);
        updated.entrySet().removeIf(tag -> tag.getValue().equals(old.get(tag.getKey())));
        if (!updated.isEmpty()) {
            at(region).tagResource(request -> request.resourceArn(arn).tags(tags(updated)));
        }
        if (!removed.isEmpty() || !updated.isEmpty()) {
            Cluster.await("the tags of " + arn, () -> listTags(arn, region).equals(wanted));
        }
    }

    private Map<String, String> listTags(String arn, String region) {
        Map<String, String> tags = new TreeMap<>();
        at(region)
                .listTagsOfResource(request -> request.resourceArn(arn))
                .tags()
                .forEach(tag -> tags.put(tag.key(), tag.value()));
        return tags;
    }

    // ---- read

    /** @param config for what no answer says: whether tags go to a replica too */
    Table read(Table config) {
        TableDescription table = describe(home, config.name());
        Map<String, Boolean> recovered = new TreeMap<>();
        for (ReplicaDescription replica : table.replicas()) {
            recovered.put(replica.regionName(), isOn(recovery(config.name(), replica.regionName())));
        }
        Map<String, Replica> replicas = new TreeMap<>();
        for (ReplicaDescription replica : table.replicas()) {
            String region = replica.regionName();
            Replica known = config.replicas().get(region);
            replicas.put(
                    region,
                    new Replica(
                            region,
                            Boolean.TRUE.equals(recovered.get(region)),
                            describe(region, config.name()).deletionProtectionEnabled(),
                            known != null && known.propagateTags()));
        }
        boolean recovery = isOn(recovery(config.name(), home));
        TimeToLiveDescription expiry = timeToLive(config.name());
        Map<String, String> attributes = new TreeMap<>();
        table.attributeDefinitions()
                .forEach(attribute -> attributes.put(attribute.attributeName(), attribute.attributeTypeAsString()));
        return new Table(
                table.tableName(),
                table.billingModeSummary() == null
                        ? "PROVISIONED"
                        : table.billingModeSummary().billingModeAsString(),
                table.provisionedThroughput().readCapacityUnits(),
                table.provisionedThroughput().writeCapacityUnits(),
                table.keySchema().get(0).attributeName(),
                attributes,
                table.globalSecondaryIndexes().stream()
                        .map(TerraformProvider::index)
                        .toList(),
                "ENABLED".equals(expiry.timeToLiveStatusAsString()) ? expiry.attributeName() : "",
                recovery,
                table.deletionProtectionEnabled(),
                table.tableClassSummary() == null
                        ? "STANDARD"
                        : table.tableClassSummary().tableClassAsString(),
                listTags(table.tableArn(), home),
                replicas);
    }

    private static boolean isOn(PointInTimeRecoveryDescription recovery) {
        return recovery.pointInTimeRecoveryStatusAsString().equals("ENABLED");
    }

    private static Index index(GlobalSecondaryIndexDescription index) {
        if (index.warmThroughput().readUnitsPerSecond() != WARM_READS
                || index.warmThroughput().writeUnitsPerSecond() != WARM_WRITES) {
            throw new AssertionError("a plan would show a warm throughput that nobody asked for: " + index);
        }
        return new Index(
                index.indexName(),
                index.keySchema().get(0).attributeName(),
                index.projection().projectionTypeAsString());
    }

    private TableDescription describe(String region, String table) {
        return at(region).describeTable(request -> request.tableName(table)).table();
    }

    // ---- update

    Table update(Table old, Table wanted) {
        String name = wanted.name();
        deleteIndexes(old, wanted);
        if (!old.tableClass().equals(wanted.tableClass())) {
            updateAndWait(name, request -> request.tableClass(wanted.tableClass()));
        }
        updateTable(old, wanted);
        createIndexes(old, wanted);
        if (!old.timeToLive().equals(wanted.timeToLive())) {
            boolean enable = !wanted.timeToLive().isEmpty();
            updateTimeToLive(name, enable ? wanted.timeToLive() : old.timeToLive(), enable);
        }
        if (!old.replicas().equals(wanted.replicas())) {
            updateReplicas(old, wanted);
        }
        if (!old.replicas().equals(wanted.replicas()) || !old.tags().equals(wanted.tags())) {
            updateReplicaTags(describe(home, name).tableArn(), wanted);
        }
        if (old.pointInTimeRecovery() != wanted.pointInTimeRecovery()) {
            updateRecovery(name, wanted.pointInTimeRecovery(), home);
        }
        if (!old.tags().equals(wanted.tags())) {
            updateTags(describe(home, name).tableArn(), home, wanted.tags());
        }
        return read(wanted);
    }

    private void deleteIndexes(Table old, Table wanted) {
        for (Index index : old.indexes()) {
            if (!wanted.indexes().contains(index)) {
                here().updateTable(request -> request.tableName(wanted.name())
                        .globalSecondaryIndexUpdates(update -> update.delete(gone -> gone.indexName(index.name()))));
                await(
                        "the end of index " + index.name(),
                        () -> findIndex(
                                wanted.name(), index.name(), GlobalSecondaryIndexDescription::indexStatusAsString),
                        Set.of("ACTIVE", "DELETING", "UPDATING"),
                        null);
            }
        }
    }

    private void updateTable(Table old, Table wanted) {
        boolean capacity = !old.billingMode().equals(wanted.billingMode())
                || old.readCapacity() != wanted.readCapacity()
                || old.writeCapacity() != wanted.writeCapacity();
        boolean protection = old.deletionProtection() != wanted.deletionProtection();
        if (capacity || protection) {
            updateAndWait(wanted.name(), request -> {
                if (capacity) {
                    request.billingMode(wanted.billingMode());
                }
                if (capacity && wanted.billingMode().equals("PROVISIONED")) {
                    request.provisionedThroughput(units ->
                            units.readCapacityUnits(wanted.readCapacity()).writeCapacityUnits(wanted.writeCapacity()));
                }
                if (protection) {
                    request.deletionProtectionEnabled(wanted.deletionProtection());
                }
            });
            awaitWarmTable(wanted.name());
        }
    }

    private void updateAndWait(String table, Consumer<UpdateTableRequest.Builder> change) {
        here().updateTable(request -> change.accept(request.tableName(table)));
        awaitTable(table);
    }

    private void createIndexes(Table old, Table wanted) {
        for (Index index : wanted.indexes()) {
            if (!old.indexes().contains(index)) {
                CreateGlobalSecondaryIndexAction action = CreateGlobalSecondaryIndexAction.builder()
                        .indexName(index.name())
                        .keySchema(key(index.hashKey()))
                        .projection(projection -> projection.projectionType(index.projection()))
                        .build();
                here().updateTable(request -> request.tableName(wanted.name())
                        .attributeDefinitions(definitions(wanted))
                        .globalSecondaryIndexUpdates(update -> update.create(action)));
                awaitIndex(wanted.name(), index.name());
                await(
                        "warm throughput of index " + index.name(),
                        () -> findIndex(
                                wanted.name(),
                                index.name(),
                                found -> found.warmThroughput() == null
                                        ? null
                                        : found.warmThroughput().statusAsString()),
                        CHANGING,
                        "ACTIVE");
            }
        }
    }

    /** Replicas in both have their own settings changed, one of them each; then some go, then some come. */
    private void updateReplicas(Table old, Table wanted) {
        Set<String> both = new TreeSet<>(old.replicas().keySet());
        both.retainAll(wanted.replicas().keySet());
        for (String region : both) {
            Replica before = Objects.requireNonNull(old.replicas().get(region));
            Replica after = Objects.requireNonNull(wanted.replicas().get(region));
            if (before.pointInTimeRecovery() != after.pointInTimeRecovery()) {
                updateRecovery(wanted.name(), after.pointInTimeRecovery(), region);
            } else if (before.deletionProtection() != after.deletionProtection()) {
                updateReplicaProtection(wanted.name(), after);
            }
        }
        deleteReplicas(wanted.name(), without(old, both));
        createReplicas(wanted.name(), without(wanted, both));
    }

    private static List<Replica> without(Table table, Set<String> regions) {
        return table.replicas().values().stream()
                .filter(replica -> !regions.contains(replica.region()))
                .toList();
    }

    // ---- delete

    void delete(Table table) {
        deleteReplicas(table.name(), table.replicas().values().stream().toList());
        retrying(() -> here().deleteTable(request -> request.tableName(table.name())));
        await(
                "the end of " + table.name(),
                () -> {
                    try {
                        return describe(home, table.name()).tableStatusAsString();
                    } catch (ResourceNotFoundException gone) {
                        return null;
                    }
                },
                Set.of("ACTIVE", "DELETING"),
                null);
    }

    /** All at once. */
    private void deleteReplicas(String table, List<Replica> replicas) {
        List<CompletableFuture<Void>> each = new ArrayList<>();
        for (Replica replica : replicas) {
            each.add(CompletableFuture.runAsync(() -> {
                retrying(() -> here().updateTable(request -> request.tableName(table)
                        .replicaUpdates(update -> update.delete(gone -> gone.regionName(replica.region())))));
                await(
                        "the end of the replica in " + replica.region(),
                        () -> replicaStatus(table, replica.region(), null),
                        Set.of("CREATING", "UPDATING", "DELETING", "ACTIVE"),
                        null);
            }));
        }
        each.forEach(CompletableFuture::join);
    }

    // ---- waits

    private TableDescription awaitTable(String table) {
        await("table " + table, () -> describe(home, table).tableStatusAsString(), CHANGING, "ACTIVE");
        return describe(home, table);
    }

    private void awaitWarmTable(String table) {
        await(
                "warm throughput of " + table,
                () -> describe(home, table).warmThroughput() == null
                        ? null
                        : describe(home, table).warmThroughput().statusAsString(),
                CHANGING,
                "ACTIVE");
    }

    private void awaitIndex(String table, String index) {
        await(
                "index " + index,
                () -> findIndex(table, index, GlobalSecondaryIndexDescription::indexStatusAsString),
                CHANGING,
                "ACTIVE");
    }

    private String findIndex(String table, String name, Function<GlobalSecondaryIndexDescription, String> status) {
        return describe(home, table).globalSecondaryIndexes().stream()
                .filter(index -> index.indexName().equals(name))
                .map(status)
                .findFirst()
                .orElse(null);
    }

    private void awaitReplica(String table, String region) {
        await("replica in " + region, () -> replicaStatus(table, region, "CREATING"), REPLICA_CHANGING, "ACTIVE");
    }

    private String replicaStatus(String table, String region, String absent) {
        return describe(home, table).replicas().stream()
                .filter(replica -> replica.regionName().equals(region))
                .map(ReplicaDescription::replicaStatusAsString)
                .findFirst()
                .orElse(absent);
    }

    /** @param target null for gone */
    private static void await(String what, Supplier<String> status, Set<String> pending, String target) {
        Cluster.await(what, () -> {
            String now = status.get();
            if (Objects.equals(now, target)) {
                return true;
            }
            if (now == null || !pending.contains(now)) {
                throw new AssertionError(what + ": unexpected state " + now + ", wanted " + target);
            }
            return false;
        });
    }

    private static void retrying(Runnable call) {
        Predicate<DynamoDbException> passing =
                refused -> refused instanceof ResourceInUseException || refused instanceof LimitExceededException;
        Cluster.await("an update that waits for another", () -> {
            try {
                call.run();
                return true;
            } catch (DynamoDbException refused) {
                if (passing.test(refused)) {
                    return false;
                }
                throw refused;
            }
        });
    }
}
