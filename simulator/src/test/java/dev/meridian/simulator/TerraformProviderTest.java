package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.node.LocalCluster;
import dev.meridian.simulator.TerraformProvider.Index;
import dev.meridian.simulator.TerraformProvider.Replica;
import dev.meridian.simulator.TerraformProvider.Table;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/** An {@code aws_dynamodb_table} is made, changed and destroyed through the front door, call by call as Terraform does. */
class TerraformProviderTest {
    private static final String US = "us-east-1";
    private static final String EU = "eu-west-1";
    private static final String AP = "ap-northeast-1";

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static final Map<String, DynamoDbClient> CLIENTS = new HashMap<>();
    private static TerraformProvider provider;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder);
        Cluster.REGIONS.forEach(region -> CLIENTS.put(region, Cluster.client(cluster.frontDoorPort(), region)));
        provider = new TerraformProvider(US, CLIENTS::get);
    }

    @AfterAll
    static void stop() {
        CLIENTS.values().forEach(DynamoDbClient::close);
        cluster.close();
    }

    /** A deployment has no front door: the provider's calls for other regions then reach the table's own as well. */
    @Test
    void plainReplicasAreMadeThroughTheEndpointOfOneRegionAlone() {
        int port = URI.create(cluster.regions().get(0).endpoint()).getPort();
        Map<String, DynamoDbClient> clients = new HashMap<>();
        Cluster.REGIONS.forEach(region -> clients.put(region, Cluster.client(port, region)));
        TerraformProvider alone = new TerraformProvider(US, clients::get);
        Table wanted = table("alone", plain(EU), plain(AP));
        assertThat(alone.create(wanted)).isEqualTo(wanted);
        assertThat(Cluster.REGIONS).allMatch(region -> exists(region, "alone"));
        alone.delete(wanted);
        clients.values().forEach(DynamoDbClient::close);
    }

    @Test
    void whatTheAlarmsWatchIsServedUnderTheNamesAndLabelsThatTheyAskFor() throws Exception {
        String alarms = Files.readString(ContainerFilesTest.TOP.resolve("terraform/modules/region/alarms.tf"));
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(cluster.regions().get(0).endpoint() + "/-/metrics"))
                .build();
        String served = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
        Set<String> names = Pattern.compile("\"(meridian_\\w+)\"")
                .matcher(alarms)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(names).hasSize(4);
        for (String name : names) {
            String label = name.equals("meridian_publisher_backlog") ? "lane" : "from";
            assertThat(served.lines().filter(line -> line.startsWith(name + "{")))
                    .as(name)
                    .isNotEmpty()
                    .allMatch(line -> line.contains("region=\"" + US + "\"") && line.contains(label + "=\""));
        }
        for (String lane : List.of("replication", "stream", "conflicts")) {
            assertThat(alarms).contains("\"" + lane + "\"");
            assertThat(served).contains("meridian_publisher_backlog{lane=\"" + lane + "\"");
        }
    }

    private static Table table(String name, Replica... replicas) {
        Map<String, Replica> byRegion = new HashMap<>();
        List.of(replicas).forEach(replica -> byRegion.put(replica.region(), replica));
        return new Table(
                name,
                "PAY_PER_REQUEST",
                0,
                0,
                "pk",
                Map.of("pk", "S", "owner", "S"),
                List.of(new Index("by-owner", "owner", "ALL")),
                "expires",
                false,
                false,
                "STANDARD",
                Map.of("team", "orders", "stage", "test"),
                byRegion);
    }

    private static Replica plain(String region) {
        return new Replica(region, false, false, false);
    }

    private static boolean exists(String region, String table) {
        try {
            CLIENTS.get(region).describeTable(request -> request.tableName(table));
            return true;
        } catch (ResourceNotFoundException gone) {
            return false;
        }
    }

    @Test
    void aTableWithReplicasIsCreatedAndReadBackAsItWasAskedFor() {
        Table wanted = table("created", plain(EU), plain(AP));
        assertThat(provider.create(wanted)).isEqualTo(wanted);
        assertThat(provider.read(wanted)).as("a second plan is empty").isEqualTo(wanted);
        CLIENTS.get(AP).putItem(request -> request.tableName("created").item(Map.of("pk", AttributeValue.fromS("k"))));
        Cluster.await(
                "the item in the table's own region",
                () -> CLIENTS.get(US)
                        .getItem(request -> request.tableName("created").key(Map.of("pk", AttributeValue.fromS("k"))))
                        .hasItem());
        provider.delete(wanted);
        assertThat(Cluster.REGIONS).noneMatch(region -> exists(region, "created"));
    }

    @Test
    void tagsAndProtectionOfReplicasAreTheirOwn() {
        Table wanted = table("own", new Replica(EU, false, false, true), new Replica(AP, false, true, false));
        assertThat(provider.create(wanted)).isEqualTo(wanted);
        assertThat(tags(EU, "own")).as("propagated").isEqualTo(wanted.tags());
        assertThat(tags(AP, "own")).as("not propagated").isEmpty();
        assertThatThrownBy(() -> CLIENTS.get(AP).deleteTable(request -> request.tableName("own")))
                .hasMessageContaining("protected against deletion");
        Table changed = new Table(
                "own",
                wanted.billingMode(),
                0,
                0,
                "pk",
                wanted.attributes(),
                wanted.indexes(),
                wanted.timeToLive(),
                false,
                true,
                wanted.tableClass(),
                Map.of("team", "billing"),
                Map.of(EU, new Replica(EU, false, false, true), AP, plain(AP)));
        assertThat(provider.update(wanted, changed)).isEqualTo(changed);
        assertThat(tags(EU, "own")).isEqualTo(Map.of("team", "billing"));
        Table unprotected = withProtection(changed, false);
        assertThat(provider.update(changed, unprotected)).isEqualTo(unprotected);
        provider.delete(unprotected);
        assertThat(exists(US, "own")).isFalse();
    }

    @Test
    void noTableSeemsToHavePointInTimeRecovery() {
        Table wanted = table("unprotected");
        Table asking = new Table(
                wanted.name(),
                wanted.billingMode(),
                0,
                0,
                "pk",
                wanted.attributes(),
                wanted.indexes(),
                wanted.timeToLive(),
                true,
                false,
                wanted.tableClass(),
                wanted.tags(),
                Map.of());
        assertThatThrownBy(() -> provider.create(asking)).hasMessageContaining("Meridian has no backups of tables yet");
        assertThat(provider.read(asking)).as("a plan shows what is missing").isEqualTo(wanted);
        provider.delete(wanted);
    }

    private static Map<String, String> tags(String region, String table) {
        DynamoDbClient client = CLIENTS.get(region);
        String arn = client.describeTable(request -> request.tableName(table))
                .table()
                .tableArn();
        Map<String, String> tags = new HashMap<>();
        client.listTagsOfResource(request -> request.resourceArn(arn))
                .tags()
                .forEach(tag -> tags.put(tag.key(), tag.value()));
        return tags;
    }

    private static Table withProtection(Table table, boolean protection) {
        return new Table(
                table.name(),
                table.billingMode(),
                table.readCapacity(),
                table.writeCapacity(),
                table.hashKey(),
                table.attributes(),
                table.indexes(),
                table.timeToLive(),
                table.pointInTimeRecovery(),
                protection,
                table.tableClass(),
                table.tags(),
                table.replicas());
    }

    @Test
    void indexesCapacityClassAndExpiryAreChangedInItsOrder() {
        Table before = table("changed", plain(EU));
        provider.create(before);
        Table after = new Table(
                "changed",
                "PAY_PER_REQUEST",
                0,
                0,
                "pk",
                Map.of("pk", "S", "state", "N"),
                List.of(new Index("by-state", "state", "KEYS_ONLY")),
                "",
                false,
                false,
                "STANDARD_INFREQUENT_ACCESS",
                Map.of(),
                Map.of(EU, plain(EU)));
        assertThat(provider.update(before, after)).isEqualTo(after);
        Table provisioned = new Table(
                "changed",
                "PROVISIONED",
                5,
                6,
                "pk",
                Map.of("pk", "S"),
                List.of(),
                "",
                false,
                false,
                "STANDARD_INFREQUENT_ACCESS",
                Map.of(),
                Map.of(EU, plain(EU)));
        assertThat(provider.update(after, provisioned)).isEqualTo(provisioned);
        provider.delete(provisioned);
    }

    @Test
    void replicasComeAndGoOneRegionAtATime() {
        Table one = table("moving", plain(EU));
        provider.create(one);
        Table moved = table("moving", plain(AP));
        assertThat(provider.update(one, moved)).isEqualTo(moved);
        assertThat(exists(EU, "moving")).isFalse();
        Table both = table("moving", plain(AP), plain(EU));
        assertThat(provider.update(moved, both)).isEqualTo(both);
        Table none = table("moving");
        assertThat(provider.update(both, none)).isEqualTo(none);
        assertThat(exists(EU, "moving") || exists(AP, "moving")).isFalse();
        provider.delete(none);
    }
}
