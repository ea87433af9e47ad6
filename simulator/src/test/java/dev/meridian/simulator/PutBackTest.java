package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionFolder;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Two real regions, of which one loses its Kafka, or its folder is replaced by an earlier copy of itself, while no process
 * runs on it. Whatever was acknowledged is in both afterwards, and what comes later arrives.
 */
class PutBackTest {
    /** The region to which it happens. */
    private static final String HIT = "us-east-1";

    private static final String OTHER = "eu-west-1";
    private static final String TABLE = "tab";
    private static final int BATCH = 25;

    /** Where nobody is in a hurry, until what was published has been let go of. */
    private static final Duration REST = Boolean.getBoolean("meridian.deep") ? Duration.ofSeconds(70) : Duration.ZERO;

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private int ports;
    private RegionProcess hit;
    private RegionProcess other;
    private DynamoDbClient atHit;
    private DynamoDbClient atOther;

    @BeforeEach
    void start() throws Exception {
        ports = Ports.free(4);
        hit = Cluster.oneOfTwo(folder, ports, 0, HIT, OTHER, "");
        other = Cluster.oneOfTwo(folder, ports, 1, OTHER, HIT, "");
        atHit = Cluster.client(ports, HIT);
        atOther = Cluster.client(ports + 1, OTHER);
        hit.start();
        other.start();
        Cluster.createTable(atHit, TABLE);
        Cluster.addReplicas(atHit, TABLE, OTHER);
        put(atHit, "first", 50);
        put(atOther, "other", 50);
        awaitEqual(100);
    }

    @AfterEach
    void stop() throws Exception {
        atHit.close();
        atOther.close();
        hit.close();
        other.close();
    }

    private static void put(DynamoDbClient client, String prefix, int count) {
        write(
                client,
                prefix,
                count,
                key -> WriteRequest.builder()
                        .putRequest(put -> put.item(OneRegion.item("pk", key)))
                        .build());
    }

    private static void delete(DynamoDbClient client, String prefix, int count) {
        write(
                client,
                prefix,
                count,
                key -> WriteRequest.builder()
                        .deleteRequest(delete -> delete.key(OneRegion.item("pk", key)))
                        .build());
    }

    private static void write(DynamoDbClient client, String prefix, int count, Function<String, WriteRequest> request) {
        for (int from = 0; from < count; from += BATCH) {
            List<WriteRequest> batch = IntStream.range(from, Math.min(count, from + BATCH))
                    .mapToObj(i -> request.apply(prefix + i))
                    .toList();
            assertThat(client.batchWriteItem(all -> all.requestItems(Map.of(TABLE, batch)))
                            .unprocessedItems())
                    .isEmpty();
        }
    }

    private static Map<String, Map<String, AttributeValue>> items(DynamoDbClient client) {
        Map<String, Map<String, AttributeValue>> items = new TreeMap<>();
        client.scanPaginator(request -> request.tableName(TABLE)).items().stream()
                .forEach(item -> items.put(item.get("pk").s(), item));
        return items;
    }

    private void awaitEqual(int count) {
        Cluster.await(
                "both have the same " + count + " items",
                () -> items(atHit).size() == count && items(atHit).equals(items(atOther)));
    }

    private JsonNode page(RegionProcess region, String page) {
        try {
            return JSON.readTree(HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(region.endpoint() + "/-/" + page))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
        } catch (IOException away) {
            return JSON.nullNode();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** All but what tells that something may be lacking. */
    private List<String> strangeAlarms(RegionProcess region) {
        JsonNode healthy = page(region, "healthy");
        if (!healthy.path("healthy").asBoolean()) {
            return List.of("it is not healthy");
        }
        List<String> alarms = new ArrayList<>();
        healthy.path("alarms").forEach(alarm -> alarms.add(alarm.toString()));
        alarms.removeIf(alarm -> alarm.contains("DATA_LOSS"));
        return alarms;
    }

    private void awaitPublished(RegionProcess region) {
        Cluster.await("all is published", () -> {
            JsonNode publishers = page(region, "replication").path("publishers");
            return !publishers.isEmpty()
                    && publishers.findValues("backlog").stream().allMatch(backlog -> backlog.asLong() == 0);
        });
    }

    /** Both serve, and nobody has anything more to say. */
    private void awaitQuiet() {
        for (RegionProcess region : new RegionProcess[] {hit, other}) {
            Cluster.await(
                    "no alarm but that of losses at " + region.region(),
                    () -> strangeAlarms(region).isEmpty());
        }
    }

    /** What is written from now on arrives, both ways. */
    private void awaitNewWritesArrive(int before) {
        put(atHit, "later", 20);
        put(atOther, "too", 20);
        awaitEqual(before + 40);
        awaitQuiet();
    }

    @Test
    void aRegionWhoseKafkaIsLostPublishesAgainWhatOthersLack() throws Exception {
        other.kill();
        put(atHit, "alone", 150);
        delete(atHit, "alone", 30);
        awaitPublished(hit);
        LockSupport.parkNanos(REST.toNanos());
        hit.kill();
        new RegionFolder(folder.resolve(HIT)).loseKafka();
        hit.start();
        other.start();
        awaitEqual(220);
        awaitNewWritesArrive(220);
    }

    /** A copy of its folder, behind which it has written more. */
    private RegionFolder copied() throws Exception {
        RegionFolder copies = new RegionFolder(folder.resolve(HIT));
        hit.kill();
        copies.copy();
        hit.start();
        put(atHit, "since", 100);
        awaitEqual(200);
        return copies;
    }

    /** In the default build PutBackRegionTest has this case, without processes. */
    @Test
    @EnabledIfSystemProperty(named = "meridian.deep", matches = "true")
    void aRegionThatIsPutBackLoadsWhatOthersHaveOfIt() throws Exception {
        RegionFolder copies = copied();
        hit.kill();
        put(atOther, "meanwhile", 50);
        copies.restore(Duration.ZERO, true);
        hit.start();
        awaitEqual(250);
        awaitNewWritesArrive(250);
    }

    @Test
    void aRegionThatIsPutBackWhileTheOtherIsAwayKeepsWhatItWritesThen() throws Exception {
        RegionFolder copies = copied();
        other.kill();
        hit.kill();
        copies.restore(Duration.ZERO, true);
        hit.start();
        put(atHit, "written", 300);
        other.start();
        awaitEqual(500);
        awaitNewWritesArrive(500);
    }
}
