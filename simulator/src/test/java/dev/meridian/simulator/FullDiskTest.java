package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.StartException;
import dev.meridian.simulator.drill.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** Nodes whose disk is full when they start, or runs full. */
class FullDiskTest {
    private static final int BLOCK = 4_096;

    @TempDir
    Path folder;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", disk.toString()), "no tmpfs can be mounted");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "-l", disk.toString());
    }

    private static boolean run(String... command) throws Exception {
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException notThere) {
            return false;
        }
    }

    private void fill() {
        try (var out = Files.newOutputStream(disk.resolve("filler"))) {
            while (disk.toFile().getUsableSpace() > 0) {
                out.write(new byte[BLOCK]);
            }
        } catch (IOException full) {
            if (disk.toFile().getUsableSpace() > 0) {
                throw new UncheckedIOException(full);
            }
        }
    }

    @Test
    void itReadsAndSaysWhyItDoesNotWriteAndIsWholeOnceThereIsRoom() throws Exception {
        try (OneRegion region = new OneRegion(disk)) {
            region.createTable("filled", request -> {}, 1, "pk S");
            region.put("filled", "pk", "before");
            region.restart(this::fill);
            assertThat(region.client()
                            .getItem(request -> request.tableName("filled").key(OneRegion.item("pk", "before")))
                            .hasItem())
                    .isTrue();
            assertThat(region.page("healthy"))
                    .contains("\"healthy\":true")
                    .contains("\"embeddedKafka\":\"failed\"")
                    .contains("bytes free");
            assertThatThrownBy(() -> region.put("filled", "pk", "full"))
                    .isInstanceOf(DynamoDbException.class)
                    .hasMessageContaining("the disk is full");
            assertThat(region.page("healthy")).contains("the store is full");

            Files.delete(disk.resolve("filler"));
            region.put("filled", "pk", "after");
            assertThat(region.page("healthy")).doesNotContain("the store is full");
            Cluster.await(
                    "its Kafka is back and has everything",
                    () -> !region.page("healthy").contains("alarms")
                            && region.page("metrics")
                                    .lines()
                                    .anyMatch(line -> line.startsWith("meridian_publisher_backlog")
                                            && line.contains("\"stream\"")
                                            && line.endsWith(" 0.0")));
        }
    }

    @Test
    void aNewOneSaysSoInOneLine() throws Exception {
        fill();
        int ports = Ports.free(3);
        LocalCluster.Options options = new LocalCluster.Options(
                List.of(new RegionId("us-east-1")),
                "127.0.0.1",
                ports,
                ports + 2,
                disk,
                false,
                2,
                false,
                Duration.ZERO);
        assertThatThrownBy(() -> LocalCluster.start(options).close())
                .isInstanceOf(StartException.class)
                .hasMessageContaining(disk.toString())
                .extracting(
                        failure -> String.valueOf(failure.getMessage()).lines().count())
                .isEqualTo(1L);
    }

    @Test
    void whatOthersWroteMeanwhileIsTakenInOnceThereIsRoom() throws Exception {
        Path data = Files.createDirectory(folder.resolve("two"));
        Path small = Files.createDirectory(data.resolve("eu-west-1"));
        assumeTrue(run("mount", "--bind", disk.toString(), small.toString()), "nothing can be mounted");
        int ports = Ports.free(5);
        LocalCluster.Options options = new LocalCluster.Options(
                List.of(new RegionId("us-east-1"), new RegionId("eu-west-1")),
                "127.0.0.1",
                ports,
                ports + 3,
                data,
                false,
                2,
                false,
                Duration.ZERO);
        try (LocalCluster cluster = LocalCluster.start(options);
                DynamoDbClient writer = Cluster.client(cluster.frontDoorPort(), "us-east-1");
                DynamoDbClient reader = Cluster.clientWithoutRetries(cluster.frontDoorPort(), "eu-west-1")) {
            Cluster.createTable(writer, "filled");
            Cluster.addReplicas(writer, "filled", "eu-west-1");
            put(writer, "before", 10);
            Cluster.await("it is replicated", () -> has(reader, "before"));
            fill();
            for (int number = 0; number < 20; number++) {
                put(writer, "meanwhile " + number, 100_000);
            }
            String health = cluster.regions().get(1).endpoint() + "/-/healthy";
            Cluster.await("the alarm is raised", () -> page(health).contains("the store is full"));
            assertThatThrownBy(() -> put(reader, "full", 300_000))
                    .isInstanceOfSatisfying(
                            DynamoDbException.class,
                            refused -> assertThat(refused.statusCode()).isEqualTo(503))
                    .hasMessageContaining("the disk is full");
            assertThat(has(reader, "before")).isTrue();
            assertThat(page(health)).doesNotContain("UNREADABLE").contains("\"healthy\":true");

            Files.delete(disk.resolve("filler"));
            Cluster.await("all is taken in", () -> {
                for (int number = 0; number < 20; number++) {
                    if (!has(reader, "meanwhile " + number)) {
                        return false;
                    }
                }
                return true;
            });
            Cluster.await("no alarm is left", () -> !page(health).contains("alarms"));
            put(reader, "after", 300_000);
        } finally {
            run("umount", "-l", small.toString());
        }
    }

    private static void put(DynamoDbClient client, String key, int bytes) {
        client.putItem(request -> request.tableName("filled")
                .item(Map.of(
                        "pk", AttributeValue.fromS(key),
                        "v", AttributeValue.fromS("x".repeat(bytes)))));
    }

    private static boolean has(DynamoDbClient client, String key) {
        return client.getItem(request -> request.tableName("filled").key(Map.of("pk", AttributeValue.fromS(key))))
                .hasItem();
    }

    private static String page(String address) {
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }
}
