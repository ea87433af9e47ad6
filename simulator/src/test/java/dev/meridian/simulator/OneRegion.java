package dev.meridian.simulator;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.simulator.drill.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** A node of one region, without neighbours, and clients of the AWS SDK for it. */
final class OneRegion implements AutoCloseable {
    static final String REGION = "us-east-1";

    private final LocalCluster.Options options;
    private final DynamoDbClient client;
    private final DynamoDbAsyncClient asyncClient;
    private LocalCluster cluster;

    OneRegion(Path folder) throws IOException {
        int ports = Ports.free(3);
        options = new LocalCluster.Options(
                List.of(new RegionId(REGION)), "127.0.0.1", ports, ports + 2, folder, false, 2, false, Duration.ZERO);
        cluster = LocalCluster.start(options);
        client = Cluster.client(cluster.frontDoorPort(), REGION);
        asyncClient = Cluster.asyncClient(cluster.frontDoorPort(), REGION);
    }

    DynamoDbClient client() {
        return client;
    }

    /** At which all clients find the region. */
    int port() {
        return cluster.frontDoorPort();
    }

    DynamoDbAsyncClient asyncClient() {
        return asyncClient;
    }

    int frontDoorPort() {
        return cluster.frontDoorPort();
    }

    /** Stops the node and starts it again with the same data, at the same ports. */
    void restart() {
        restart(() -> {});
    }

    /** @param between is done while the node is not there */
    void restart(Runnable between) {
        cluster.close();
        between.run();
        cluster = LocalCluster.start(options);
    }

    /** What a page under {@code /-/} says. */
    String page(String name) {
        URI address = URI.create(cluster.regions().get(0).endpoint() + "/-/" + name);
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    /** @param attributes as {@code name type}; the first is the partition key, and a second the sort key */
    void createTable(String name, Consumer<CreateTableRequest.Builder> more, int keys, String... attributes) {
        CreateTableRequest.Builder request = CreateTableRequest.builder()
                .tableName(name)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(definitions(attributes))
                .keySchema(
                        keys == 1
                                ? List.of(hash(first(attributes[0])))
                                : List.of(hash(first(attributes[0])), range(first(attributes[1]))));
        more.accept(request);
        client.createTable(request.build());
        client.waiter().waitUntilTableExists(wait -> wait.tableName(name));
    }

    private static String first(String words) {
        return words.split(" ")[0];
    }

    static List<AttributeDefinition> definitions(String... attributes) {
        return java.util.Arrays.stream(attributes)
                .map(each -> AttributeDefinition.builder()
                        .attributeName(first(each))
                        .attributeType(ScalarAttributeType.fromValue(each.split(" ")[1]))
                        .build())
                .toList();
    }

    static KeySchemaElement hash(String attribute) {
        return KeySchemaElement.builder()
                .attributeName(attribute)
                .keyType(KeyType.HASH)
                .build();
    }

    static KeySchemaElement range(String attribute) {
        return KeySchemaElement.builder()
                .attributeName(attribute)
                .keyType(KeyType.RANGE)
                .build();
    }

    static AttributeValue s(String text) {
        return AttributeValue.fromS(text);
    }

    static AttributeValue n(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }

    /** @param namesAndValues a name and a value in turn; texts and whole numbers become values */
    static Map<String, AttributeValue> item(Object... namesAndValues) {
        Map<String, AttributeValue> item = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            Object value = namesAndValues[i + 1];
            item.put(
                    (String) namesAndValues[i],
                    value instanceof AttributeValue ready
                            ? ready
                            : value instanceof Number number ? n(number.longValue()) : s((String) value));
        }
        return item;
    }

    void put(String table, Object... namesAndValues) {
        client.putItem(request -> request.tableName(table).item(item(namesAndValues)));
    }

    @Override
    public void close() {
        client.close();
        asyncClient.close();
        cluster.close();
    }
}
