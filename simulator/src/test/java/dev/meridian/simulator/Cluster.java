package dev.meridian.simulator;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateReplicationGroupMemberAction;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ReplicaStatus;
import software.amazon.awssdk.services.dynamodb.model.ReplicationGroupUpdate;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;

/** What tests of running regions share: ports, clients, tables, patience. */
final class Cluster {
    static final List<String> REGIONS = List.of("us-east-1", "eu-west-1", "ap-northeast-1");
    private static final StaticCredentialsProvider ANYBODY =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "thing"));

    private Cluster() {}

    static LocalCluster start(Path folder) throws IOException {
        int ports = Ports.free(2 * REGIONS.size() + 1);
        return LocalCluster.start(new LocalCluster.Options(
                REGIONS.stream().map(RegionId::new).toList(),
                "127.0.0.1",
                ports,
                ports + REGIONS.size() + 1,
                folder,
                false,
                2,
                false,
                Duration.ZERO));
    }

    /**
     * One of two regions that know each other, as a process that is not started.
     *
     * @param ports four: two for pages, and two for Kafka
     * @param index 0 or 1
     * @param more lines of its config
     */
    static RegionProcess oneOfTwo(Path folder, int ports, int index, String region, String peer, String more)
            throws IOException, InterruptedException {
        RegionProcess process =
                new RegionProcess(new RegionId(region), folder, ports + index).with(ReadyClasses.options());
        process.configure("""
                region: %s
                data: %s
                http: {port: %d}
                kafka: {embedded: {port: %d}}
                peers: [{region: %s, bootstrap: "127.0.0.1:%d"}]
                partitions: 2
                %s
                """.formatted(
                region, folder.resolve(region), ports + index, ports + 2 + index, peer, ports + 3 - index, more));
        return process;
    }

    static DynamoDbClient client(int port, String region) {
        return builder(port, region).build();
    }

    /** Each failure is the caller's. */
    static DynamoDbClient clientWithoutRetries(int port, String region) {
        return builder(port, region)
                .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
    }

    private static DynamoDbClientBuilder builder(int port, String region) {
        return DynamoDbClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.of(region))
                .credentialsProvider(ANYBODY);
    }

    static DynamoDbAsyncClient asyncClient(int port, String region) {
        return DynamoDbAsyncClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.of(region))
                .credentialsProvider(ANYBODY)
                .build();
    }

    static DynamoDbStreamsClient streamsClient(int port, String region) {
        return DynamoDbStreamsClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.of(region))
                .credentialsProvider(ANYBODY)
                .build();
    }

    /** A table with partition key {@code pk}, made in one region. */
    static void createTable(DynamoDbClient client, String name) {
        client.createTable(request -> request.tableName(name)
                .keySchema(KeySchemaElement.builder()
                        .attributeName("pk")
                        .keyType(KeyType.HASH)
                        .build())
                .attributeDefinitions(AttributeDefinition.builder()
                        .attributeName("pk")
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .billingMode(BillingMode.PAY_PER_REQUEST));
        client.waiter().waitUntilTableExists(request -> request.tableName(name));
    }

    static void addReplicas(DynamoDbClient client, String table, String... regions) {
        askForReplicas(client, table, regions);
        awaitReplicas(client, table, regions);
    }

    static void askForReplicas(DynamoDbClient client, String table, String... regions) {
        client.updateTable(request -> request.tableName(table)
                .replicaUpdates(java.util.Arrays.stream(regions)
                        .map(region -> ReplicationGroupUpdate.builder()
                                .create(CreateReplicationGroupMemberAction.builder()
                                        .regionName(region)
                                        .build())
                                .build())
                        .toList()));
    }

    static void awaitReplicas(DynamoDbClient client, String table, String... regions) {
        await("replicas are active", () -> {
            TableDescription described =
                    client.describeTable(request -> request.tableName(table)).table();
            return described.tableStatus() == TableStatus.ACTIVE
                    && described.replicas().stream()
                                    .filter(replica -> replica.replicaStatus() == ReplicaStatus.ACTIVE
                                            && List.of(regions).contains(replica.regionName()))
                                    .count()
                            >= regions.length;
        });
    }

    static void await(String what, BooleanSupplier condition) {
        if (!becomes(Duration.ofSeconds(60), condition)) {
            throw new AssertionError("not within 60 s: " + what);
        }
    }

    /** @return whether it holds before patience is at an end */
    static boolean becomes(Duration patience, BooleanSupplier condition) {
        long until = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                return false;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(20).toNanos());
        }
        return true;
    }
}
