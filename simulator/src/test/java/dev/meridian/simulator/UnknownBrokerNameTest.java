package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A cut may take the names of brokers with it: a region starts and serves without, and goes on when they are back. */
class UnknownBrokerNameTest {
    private static final String US = "us-east-1";
    private static final String EU = "eu-west-1";

    @TempDir
    Path folder;

    private static Map<String, AttributeValue> item(String pk) {
        return Map.of("pk", AttributeValue.fromS(pk));
    }

    private static void put(DynamoDbClient client, String pk) {
        client.putItem(request -> request.tableName("tab").item(item(pk)));
    }

    private static void awaitItem(DynamoDbClient client, String pk) {
        Cluster.await(
                pk,
                () -> client.getItem(request -> request.tableName("tab").key(item(pk)))
                        .hasItem());
    }

    private RegionProcess process(String region, int port, String kafka, String peer, String peerBootstrap)
            throws IOException {
        RegionProcess process = new RegionProcess(new RegionId(region), folder, port);
        process.configure("""
                region: %s
                data: %s
                http: {port: %d}
                kafka: %s
                peers: [{region: %s, bootstrap: "%s"}]
                partitions: 2
                """.formatted(region, folder.resolve(region), port, kafka, peer, peerBootstrap));
        return process;
    }

    @Test
    void aRegionStartsAndWritesWhileNoBrokerHasAnAddressAndPublishesAndReadsOnceTheyHave() throws Exception {
        int ports = Ports.free(4);
        int kafka = ports + 2;
        Path hosts = Files.writeString(folder.resolve("hosts"), "");
        String named = "kafka.meridian.test:" + kafka;
        String own = "{embedded: {port: " + kafka + "}}";
        try (RegionProcess eu = process(EU, ports, own, US, "127.0.0.1:" + kafka);
                RegionProcess us = process(US, ports + 1, "{bootstrap: \"" + named + "\"}", EU, named)
                        .with("-Djdk.net.hosts.file=" + hosts, "-Dsun.net.inetaddr.negative.ttl=0");
                DynamoDbClient atEu = Cluster.client(ports, EU);
                DynamoDbClient atUs = Cluster.client(ports + 1, US)) {
            eu.start();
            us.start();
            Cluster.createTable(atUs, "tab");
            put(atUs, "written while names are unknown");
            assertThat(atUs.scan(request -> request.tableName("tab")).count()).isOne();
            Files.writeString(hosts, "127.0.0.1 kafka.meridian.test\n");
            Cluster.addReplicas(atUs, "tab", EU);
            awaitItem(atEu, "written while names are unknown");
            put(atEu, "back");
            awaitItem(atUs, "back");
        }
    }
}
