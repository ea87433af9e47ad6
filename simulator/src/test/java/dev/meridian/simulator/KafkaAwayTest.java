package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A region's Kafka is stopped: writes and reads go on, everywhere; started again, everything arrives. */
class KafkaAwayTest {
    private static final String TABLE = "away";
    private static final String STOPPED = "eu-west-1";
    private static final int WRITES = 50;

    @TempDir
    Path folder;

    private static void put(DynamoDbClient client, String pk) {
        client.putItem(request -> request.tableName(TABLE).item(Map.of("pk", AttributeValue.fromS(pk))));
    }

    private static boolean has(DynamoDbClient client, String pk) {
        return client.getItem(request -> request.tableName(TABLE).key(Map.of("pk", AttributeValue.fromS(pk))))
                .hasItem();
    }

    private static String page(LocalCluster cluster, String name) {
        URI address = URI.create(cluster.regions().get(0).endpoint() + "/-/" + name);
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    /** Of the first region's circuit to the one that is stopped, in its metrics. */
    private static double circuit(LocalCluster cluster, String state) {
        return page(cluster, "metrics")
                .lines()
                .filter(line -> line.startsWith("resilience4j_circuitbreaker_state{")
                        && line.contains("name=\"" + STOPPED + "\"")
                        && line.contains("state=\"" + state + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRegionsKafkaStoppedWritesAndReadsGoOnStartedAgainEverythingArrives() throws Exception {
        Map<String, DynamoDbClient> clients = new HashMap<>();
        try (LocalCluster cluster = Cluster.start(folder)) {
            Cluster.REGIONS.forEach(region -> clients.put(region, Cluster.client(cluster.frontDoorPort(), region)));
            DynamoDbClient us = clients.get("us-east-1");
            DynamoDbClient eu = clients.get(STOPPED);
            DynamoDbClient ap = clients.get("ap-northeast-1");
            Cluster.createTable(us, TABLE);
            Cluster.addReplicas(us, TABLE, STOPPED, "ap-northeast-1");
            put(eu, "before");
            Cluster.await("what was written before", () -> has(us, "before") && has(ap, "before"));

            cluster.node(new RegionId(STOPPED)).stopKafka();
            for (int i = 0; i < WRITES; i++) {
                put(eu, "eu" + i);
                put(us, "us" + i);
                put(ap, "ap" + i);
                assertThat(has(eu, "eu" + i)).isTrue();
                assertThat(has(us, "us" + i)).isTrue();
            }
            int last = WRITES - 1;
            Cluster.await(
                    "others' writes in the region without Kafka, and among each other",
                    () -> has(eu, "us" + last) && has(eu, "ap" + last) && has(us, "ap" + last) && has(ap, "us" + last));
            Cluster.await("the circuit to it is open", () -> circuit(cluster, "open") == 1.0);
            assertThat(page(cluster, "healthy")).contains("\"unreachable\":[\"" + STOPPED + "\"]");
            String metric = "meridian_PendingReplicationCount{from=\"" + STOPPED + "\",region=\"us-east-1\",to=";
            Cluster.await(
                    "nobody knows what is pending",
                    () -> page(cluster, "replication").contains("\"pending\" : null")
                            && page(cluster, "metrics").contains(metric + "\"us-east-1\"} NaN"));
            assertThat(has(us, "eu0")).isFalse();
            assertThat(has(ap, "eu0")).isFalse();

            cluster.node(new RegionId(STOPPED)).startKafka();
            put(eu, "after");
            for (DynamoDbClient client : clients.values()) {
                Cluster.await(
                        "everything",
                        () -> client.scan(request -> request.tableName(TABLE)).count() == 3 * WRITES + 2);
            }
            Cluster.await("the circuit to it is closed", () -> circuit(cluster, "closed") == 1.0);
            assertThat(page(cluster, "healthy")).doesNotContain("unreachable");
        } finally {
            clients.values().forEach(DynamoDbClient::close);
        }
    }
}
