package dev.meridian.simulator.formats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Two regions, by hand, that have much in their stores and topics: as they were left by a release, changes that the other
 * has not applied among it, and as this build opens them. {@link #main} leaves what this build writes.
 */
final class EarlierRelease implements AutoCloseable {
    static final RegionId ONE = new RegionId("us-east-1");
    static final RegionId TWO = new RegionId("eu-west-1");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PARTITIONS = 2;
    private static final int TURNS_MAX = 20_000;
    private static final Instant MADE = Instant.parse("2026-01-01T00:00:00Z");

    /** Stores are left and found under this name, in a folder of the region. */
    private static final String STORE = "data.mdb";

    private static final String TOPICS = "topics.json.gz";
    private static final String EXPECTED = "expected.json";

    final TreeMap<RegionId, HandTurnedRegion> regions = new TreeMap<>();
    private final TreeMap<RegionId, MemoryBus> buses = new TreeMap<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private long nowMillis;

    private EarlierRelease(Path folder, TreeMap<RegionId, MemoryBus> buses, Instant now) throws IOException {
        nowMillis = now.toEpochMilli();
        this.buses.putAll(buses);
        for (RegionId id : List.of(ONE, TWO)) {
            regions.put(
                    id,
                    new HandTurnedRegion(
                            id,
                            Files.createDirectories(folder.resolve(id.value())),
                            new TreeMap<>(this.buses),
                            () -> Instant.ofEpochMilli(nowMillis),
                            random,
                            new HandTurnedRegion.Settings(Duration.ZERO, PARTITIONS, true),
                            Ports.NONE,
                            duty -> () -> {}));
        }
    }

    /** What a release left, an hour later. */
    static EarlierRelease open(Path left, Path folder) throws IOException {
        TreeMap<RegionId, MemoryBus> buses = new TreeMap<>();
        JsonNode topics;
        try (InputStream in = new GZIPInputStream(Files.newInputStream(left.resolve(TOPICS)))) {
            topics = JSON.readTree(in);
        }
        for (RegionId id : List.of(ONE, TWO)) {
            Path store = Files.createDirectories(folder.resolve(id.value())).resolve(STORE);
            try (InputStream in = new GZIPInputStream(Files.newInputStream(left.resolve(id + ".mdb.gz")))) {
                Files.copy(in, store);
            }
            buses.put(id, bus(topics.path(id.value())));
        }
        return new EarlierRelease(folder, buses, MADE.plus(Duration.ofHours(1)));
    }

    /** The items that all of it must come to, by table. */
    static JsonNode expected(Path left) throws IOException {
        return JSON.readTree(left.resolve(EXPECTED).toFile());
    }

    JsonNode ask(RegionId region, String operation, String body) {
        HandTurnedRegion at = regions.get(region);
        CompletableFuture<JsonNode> answer = at.operations()
                .execute(operation, body.getBytes(StandardCharsets.UTF_8))
                .thenApply(reply -> {
                    try {
                        return JSON.readTree(reply.json());
                    } catch (IOException impossible) {
                        throw new IllegalStateException(impossible);
                    }
                })
                .toCompletableFuture();
        for (int i = 0; i < TURNS_MAX && !answer.isDone(); i++) {
            nowMillis++;
            at.turnAll();
        }
        return answer.join();
    }

    /** Turns both until each has what the other wrote, and what they do by the way is done. */
    void settle() {
        for (int i = 0; i < 2_000; i++) {
            nowMillis += 20;
            regions.values().forEach(HandTurnedRegion::turnAll);
        }
    }

    /** All tables of a region, each with its items, in a fixed order. */
    ObjectNode items(RegionId region) {
        ObjectNode tables = JSON.createObjectNode();
        for (JsonNode name : ask(region, "ListTables", "{}").path("TableNames")) {
            Set<String> items = new TreeSet<>();
            JsonNode page = ask(region, "Scan", "{\"TableName\":" + name + "}");
            page.path("Items").forEach(item -> items.add(sorted(item)));
            ArrayNode list = tables.putArray(name.asText());
            items.forEach(list::add);
        }
        return tables;
    }

    /** Attributes by name, sets in order. */
    private static String sorted(JsonNode node) {
        if (node.isObject()) {
            Map<String, String> fields = new TreeMap<>();
            for (Iterator<Map.Entry<String, JsonNode>> each = node.fields(); each.hasNext(); ) {
                Map.Entry<String, JsonNode> field = each.next();
                boolean isSet = field.getKey().endsWith("S") && field.getValue().isArray();
                fields.put(field.getKey(), isSet ? sortedSet(field.getValue()) : sorted(field.getValue()));
            }
            return fields.toString();
        }
        if (node.isArray()) {
            List<String> elements = new ArrayList<>();
            node.forEach(element -> elements.add(sorted(element)));
            return elements.toString();
        }
        return node.toString();
    }

    private static String sortedSet(JsonNode set) {
        Set<String> elements = new TreeSet<>();
        set.forEach(element -> elements.add(element.toString()));
        return elements.toString();
    }

    private static MemoryBus bus(JsonNode topics) {
        MemoryBus bus = new MemoryBus();
        BusWriter writer = bus.writer("earlier", OrderedBus.Fencing.NONE);
        writer.open().toCompletableFuture().join();
        topics.forEach(topic -> {
            String name = topic.path("name").asText();
            JsonNode partitions = topic.path("partitions");
            bus.ensureTopic(new TopicSpec(
                            name, partitions.size(), Duration.ofDays(7).toMillis(), false))
                    .toCompletableFuture()
                    .join();
            for (int partition = 0; partition < partitions.size(); partition++) {
                TopicPartition at = new TopicPartition(name, partition);
                for (JsonNode record : partitions.get(partition)) {
                    writer.append(List.of(record(at, record)))
                            .toCompletableFuture()
                            .join();
                }
            }
        });
        writer.close();
        return bus;
    }

    private static BusRecord record(TopicPartition at, JsonNode record) {
        TreeMap<String, String> headers = new TreeMap<>();
        record.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        return BusRecord.outgoing(
                at, record.path("time").asLong(), bytes(record.get("key")), bytes(record.get("value")), headers);
    }

    private static Bytes bytes(JsonNode base64) {
        return base64.isNull() ? null : Bytes.wrap(Base64.getDecoder().decode(base64.asText()));
    }

    private static String base64(Bytes bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes.toArray());
    }

    private ObjectNode topics() {
        ObjectNode all = JSON.createObjectNode();
        buses.forEach((id, bus) -> {
            ArrayNode topics = all.putArray(id.value());
            for (String name : bus.topics()) {
                ArrayNode partitions = topics.addObject().put("name", name).putArray("partitions");
                int count = bus.partitions(name).toCompletableFuture().join();
                for (int partition = 0; partition < count; partition++) {
                    ArrayNode records = partitions.addArray();
                    for (BusRecord record : bus.records(new TopicPartition(name, partition))) {
                        ObjectNode written = records.addObject().put("time", record.timestampMillis());
                        written.put("key", base64(record.key())).put("value", base64(record.value()));
                        record.headers().forEach(written.putObject("headers")::put);
                    }
                }
            }
        });
        return all;
    }

    @Override
    public void close() {
        regions.values().forEach(HandTurnedRegion::close);
    }

    /**
     * Leaves what this build writes.
     *
     * @param arguments a folder that is not there yet
     */
    public static void main(String[] arguments) throws IOException {
        Path to = Files.createDirectories(Path.of(arguments[0]));
        Path folder = Files.createTempDirectory("earlier-release");
        TreeMap<RegionId, MemoryBus> buses = new TreeMap<>(Map.of(ONE, new MemoryBus(), TWO, new MemoryBus()));
        try (EarlierRelease made = new EarlierRelease(folder, buses, MADE)) {
            made.live();
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(to.resolve(TOPICS)))) {
                JSON.writeValue(out, made.topics());
            }
            for (RegionId id : List.of(ONE, TWO)) {
                try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(to.resolve(id + ".mdb.gz")))) {
                    Files.copy(folder.resolve(id.value()).resolve(STORE), out);
                }
            }
            made.settle();
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(to.resolve(EXPECTED).toFile(), made.items(ONE));
        }
    }

    private void live() {
        ask(ONE, "CreateTable", """
                {"TableName":"alone","BillingMode":"PROVISIONED",
                 "ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6},
                 "Tags":[{"Key":"owner","Value":"ä"}],
                 "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},
                 "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
                 "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},
                   {"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"by","AttributeType":"B"}],
                 "LocalSecondaryIndexes":[{"IndexName":"local","Projection":{"ProjectionType":"ALL"},
                   "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"by","KeyType":"RANGE"}]}]}""");
        for (int i = -3; i < 3; i++) {
            ask(ONE, "PutItem", """
                    {"TableName":"alone","Item":{"pk":{"S":"p"},"sk":{"N":"%d.5"},"by":{"B":"AP8="}}}""".formatted(i));
        }
        ask(ONE, "CreateTable", """
                {"TableName":"shared","BillingMode":"PAY_PER_REQUEST",
                 "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
                 "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},
                   {"AttributeName":"group","AttributeType":"S"}],
                 "GlobalSecondaryIndexes":[{"IndexName":"groups","Projection":{"ProjectionType":"KEYS_ONLY"},
                   "KeySchema":[{"AttributeName":"group","KeyType":"HASH"}]}]}""");
        ask(ONE, "UpdateTimeToLive", """
                {"TableName":"shared","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"until"}}""");
        put(ONE, "before the copy", "1");
        ask(ONE, "UpdateTable", """
                {"TableName":"shared","ReplicaUpdates":[{"Create":{"RegionName":"eu-west-1"}}]}""");
        settle();
        ask(ONE, "PutItem", """
                {"TableName":"shared","Item":{"pk":{"S":"all types"},"group":{"S":"g"},"s":{"S":"ä\\u0001😀"},
                 "n":{"N":"-1.2345678901234567890123456789012345678E-120"},"b":{"B":"AAH/"},"t":{"BOOL":true},
                 "null":{"NULL":true},"ss":{"SS":["b","a"]},"ns":{"NS":["2","1.5"]},"bs":{"BS":["AQ==","Ag=="]},
                 "l":{"L":[{"S":"x"},{"L":[]},{"M":{}}]},"m":{"M":{"k":{"M":{"k":{"N":"1"}}}}}}}""");
        put(TWO, "deleted", "1");
        ask(ONE, "TransactWriteItems", """
                {"TransactItems":[{"Put":{"TableName":"shared","Item":{"pk":{"S":"together 1"}}}},
                                  {"Put":{"TableName":"shared","Item":{"pk":{"S":"together 2"}}}}]}""");
        put(ONE, "contested", "first");
        settle();
        ask(ONE, "DeleteItem", """
                {"TableName":"shared","Key":{"pk":{"S":"deleted"}}}""");
        put(ONE, "contested", "one");
        put(TWO, "contested", "two");
        settle();
        // From here on neither hears of the other.
        put(ONE, "contested", "one again");
        put(TWO, "contested", "two again");
        put(TWO, "only in two", "1");
        ask(TWO, "DeleteItem", """
                {"TableName":"shared","Key":{"pk":{"S":"together 1"}}}""");
        put(ONE, "only in one", "1");
        publish();
        put(ONE, "not published", "1");
    }

    private void put(RegionId at, String key, String value) {
        HandTurnedRegion region = regions.get(at);
        region.done(
                region.operations().execute("PutItem", """
                        {"TableName":"shared","Item":{"pk":{"S":"%s"},"v":{"S":"%s"},"group":{"S":"g"}}}""".formatted(key, value).getBytes(StandardCharsets.UTF_8)));
    }

    /** What is committed goes to the topics; nobody applies it. */
    private void publish() {
        for (int i = 0; i < 100; i++) {
            nowMillis += 20;
            regions.get(ONE).turnAllButReplicatorOf(TWO);
            regions.get(TWO).turnAllButReplicatorOf(ONE);
        }
    }
}
