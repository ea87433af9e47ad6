package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.cli.client.DrainCommand;
import dev.meridian.node.cli.client.PauseCommand;
import dev.meridian.node.cli.client.ResumeCommand;
import dev.meridian.node.cli.client.StatusCommand;
import dev.meridian.node.cli.client.VerifyCommand;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.kafka.KafkaBus;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What can be proved of running regions, and stopped in them, by the commands a person has. */
class ProofsTest {
    private static final String US = "us-east-1";
    private static final String EU = "eu-west-1";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static DynamoDbClient us;
    private static DynamoDbClient eu;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder);
        us = Cluster.client(cluster.frontDoorPort(), US);
        eu = Cluster.client(cluster.frontDoorPort(), EU);
    }

    @AfterAll
    static void stop() {
        us.close();
        eu.close();
        cluster.close();
    }

    /** What a command prints, and its exit code. */
    private record Said(int code, String text) {}

    private static Said run(Callable<Integer> command, String... arguments) {
        StringWriter out = new StringWriter();
        int code = new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    out.write(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(java.util.stream.Stream.concat(
                                java.util.Arrays.stream(arguments),
                                java.util.stream.Stream.of("--endpoint", "http://127.0.0.1:" + cluster.frontDoorPort()))
                        .toArray(String[]::new));
        return new Said(code, out.toString());
    }

    private static String[] usToEu(String... more) {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("--from", US, "--to", EU), java.util.Arrays.stream(more))
                .toArray(String[]::new);
    }

    private static String page(String region, String page) throws Exception {
        String endpoint = cluster.node(new RegionId(region)).address().endpoint();
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(endpoint + "/-/" + page))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static void put(DynamoDbClient client, String table, String pk) {
        client.putItem(request -> request.tableName(table).item(Map.of("pk", AttributeValue.fromS(pk))));
    }

    private static boolean has(DynamoDbClient client, String table, String pk) {
        return client.getItem(request -> request.tableName(table).key(Map.of("pk", AttributeValue.fromS(pk))))
                .hasItem();
    }

    @Test
    void statusTellsHowFarClocksAreApart() {
        Cluster.await(
                "a heartbeat in each direction",
                () -> run(new StatusCommand()).text().lines().skip(1).allMatch(line -> line.contains(" ± ")));
        List<String> lines = run(new StatusCommand()).text().lines().toList();
        assertThat(lines).hasSize(7);
        assertThat(lines.get(0)).endsWith("CLOCK AHEAD");
        // One machine, one clock.
        assertThat(lines.subList(1, 7)).allMatch(line -> line.matches(".* -?\\d{1,3} ms ± \\d+"));
    }

    @Test
    void aRegionIsDrainedPausedAskedWhatIsMissingAndResumed() throws Exception {
        Cluster.createTable(us, "drained");
        Cluster.addReplicas(us, "drained", EU, "ap-northeast-1");
        for (int i = 0; i < 20; i++) {
            put(us, "drained", "k" + i);
        }
        Said drained = run(new DrainCommand(), usToEu("--wait"));
        assertThat(drained.text()).contains("eu-west-1 holds everything us-east-1 committed up to version");
        assertThat(drained.code()).isZero();
        for (int i = 0; i < 20; i++) {
            assertThat(has(eu, "drained", "k" + i)).isTrue();
        }

        assertThat(run(new PauseCommand(), usToEu()).code()).isZero();
        Cluster.await("it is paused", () -> run(new StatusCommand()).text().contains("PAUSED"));
        assertThat(page(EU, "healthy")).contains("\"paused\":[\"us-east-1\"]");
        JsonNode certificate =
                JSON.readTree(run(new DrainCommand(), usToEu("--json")).text());
        put(us, "drained", "missing");
        Said waited = run(new DrainCommand(), usToEu("--wait", "--timeout", "1"));
        assertThat(waited.text()).contains("not drained").contains("waiting");
        assertThat(waited.code()).isEqualTo(1);
        assertThat(has(eu, "drained", "missing")).isFalse();
        String above = certificate.path("holdsThrough").path("version").asText();
        Said missing = run(new DrainCommand(), usToEu("--missing-above", above));
        assertThat(missing.text()).contains("missing").contains("1 items");

        assertThat(run(new ResumeCommand(), usToEu()).code()).isZero();
        assertThat(run(new DrainCommand(), usToEu("--wait")).code()).isZero();
        assertThat(has(eu, "drained", "missing")).isTrue();
        assertThat(page("ap-northeast-1", "drain?from=" + US + "&to=" + EU)).contains("eu-west-1 holds everything");
        assertThat(page(US, "drain?from=" + US + "&to=nowhere")).contains("error");
    }

    @Test
    void verifyHoldsUnderLoadAndNamesWhatDiffers() throws Exception {
        Cluster.createTable(us, "verified");
        Cluster.addReplicas(us, "verified", EU, "ap-northeast-1");
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            for (int i = 0; !done.get(); i++) {
                put(i % 2 == 0 ? us : eu, "verified", "k" + i % 300);
                if (i % 7 == 0) {
                    int key = i % 300;
                    us.deleteItem(request ->
                            request.tableName("verified").key(Map.of("pk", AttributeValue.fromS("k" + key))));
                }
            }
        });
        writer.start();
        for (int i = 0; i < 5; i++) {
            Said same = run(new VerifyCommand(), "--table", "verified");
            assertThat(same.text()).contains("verified is the same in all 3 regions");
            assertThat(same.code()).isZero();
        }
        done.set(true);
        writer.join();
        assertThat(run(new VerifyCommand(), "--table", "verified", "--json").text())
                .contains("\"undecided\" : 0")
                .contains("\"equal\" : true");

        inventChange("verified", "invented");
        Cluster.await("it is there", () -> has(eu, "verified", "invented"));
        Said different = run(new VerifyCommand(), "--table", "verified");
        assertThat(different.text()).contains("verified differs in 1 keys").contains("invented");
        assertThat(different.code()).isEqualTo(1);
        assertThat(run(new VerifyCommand(), "--table", "nowhere").code()).isEqualTo(1);
    }

    /** A change in the first region's topic that it has never made. */
    private static void inventChange(String table, String pk) {
        TableId id = TableId.parse(
                us.describeTable(request -> request.tableName(table)).table().tableId());
        dev.meridian.model.AttributeValue value = new dev.meridian.model.AttributeValue.S(pk);
        ItemKey key = ItemKey.of(value, null);
        Version version = new Version(
                HybridTimestamp.ofMillis(java.time.InstantSource.system().millis()), new RegionId(US));
        Change change = new Change(
                id,
                new SequenceNumber(1),
                Set.of(Lane.REPLICATION),
                Cause.USER,
                new Stamp(version, VersionVector.EMPTY),
                key,
                dev.meridian.model.Bytes.wrap(ItemCodec.encode(Item.of(Map.of("pk", value)))),
                null,
                version.time().millis());
        String bootstrap = cluster.node(new RegionId(US)).address().kafkaBootstrap();
        try (KafkaBus bus = new KafkaBus(new KafkaBus.Config("invent", bootstrap, new TreeMap<>()));
                BusWriter writer = bus.writer("invent", OrderedBus.Fencing.NONE)) {
            writer.open().toCompletableFuture().join();
            TopicPartition at = new TopicPartition(
                    "meridian." + US + "." + table + ".replication", KeyHash.kafkaPartition(key.partition(), 2));
            writer.append(List.of(BusRecord.outgoing(
                            at,
                            version.time().millis(),
                            null,
                            dev.meridian.model.Bytes.wrap(ChangeCodec.encode(change)),
                            new TreeMap<>())))
                    .toCompletableFuture()
                    .join();
        }
    }

    @Test
    void tombstonesAreCountedAndGo() throws Exception {
        Cluster.createTable(us, "deleted");
        Cluster.addReplicas(us, "deleted", EU);
        put(us, "deleted", "k");
        us.deleteItem(request -> request.tableName("deleted").key(Map.of("pk", AttributeValue.fromS("k"))));
        assertThat(JSON.readTree(page(US, "replication"))
                        .at("/tombstones/tables/deleted/bytes")
                        .isNumber())
                .isTrue();
        Cluster.await("the tombstone has gone", () -> {
            try {
                return JSON.readTree(page(US, "replication"))
                                .at("/tombstones/tables/deleted/count")
                                .asLong(1)
                        == 0;
            } catch (Exception broken) {
                throw new AssertionError(broken);
            }
        });
    }
}
