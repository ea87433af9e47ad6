package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.RegionNode;
import dev.meridian.simulator.drill.Ports;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;

/** A region that is closed, in a process that goes on, takes its threads and its memory with it. */
class NothingStaysBehindTest {
    /** Of no other test: its threads are known by its name. */
    private static final String REGION = "af-south-1";

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains(REGION))
                .sorted()
                .toList();
    }

    @Test
    void threadsAndMemoryGoWithTheirRegion() throws Exception {
        int ports = Ports.free(3);
        LocalCluster.Options options = new LocalCluster.Options(
                List.of(new RegionId(REGION)), "127.0.0.1", ports, ports + 2, folder, false, 2, false, Duration.ZERO);
        LocalCluster cluster = LocalCluster.start(options);
        try (DynamoDbClient client = Cluster.client(cluster.frontDoorPort(), REGION)) {
            client.createTable(table -> table.tableName("music")
                    .billingMode(BillingMode.PAY_PER_REQUEST)
                    .attributeDefinitions(OneRegion.definitions("pk S"))
                    .keySchema(OneRegion.hash("pk")));
            client.putItem(put -> put.tableName("music").item(Map.of("pk", AttributeValue.fromS("a"))));
            assertThat(threads()).anyMatch(name -> name.contains("producer"));
        }
        WeakReference<RegionNode> node = new WeakReference<>(cluster.node(new RegionId(REGION)));
        assertThat(node.get()).isNotNull();
        cluster.close();

        assertThat(Cluster.becomes(PATIENCE, () -> threads().isEmpty()))
                .as(threads().toString())
                .isTrue();
        assertThat(Cluster.becomes(PATIENCE, () -> {
                    System.gc();
                    return node.get() == null;
                }))
                .as("the closed cluster has let go of its region")
                .isTrue();
        assertThatThrownBy(() -> cluster.node(new RegionId(REGION))).isInstanceOf(IllegalArgumentException.class);
    }
}
