package dev.meridian.simulator.bench;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.Reply;
import dev.meridian.simulator.comparison.Folders;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Requests without HTTP, from the bytes of the body to those of the answer; a commit has no sync. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RequestBenchmark {
    private static final int COLLECTION_ITEMS = 100;
    private static final String KEY = "{\"S\":\"user00000001\"}";

    private final byte[] get = bytes("{\"TableName\":\"items\",\"Key\":{\"pk\":" + KEY + "}}");
    private final byte[] put = bytes("{\"TableName\":\"items\",\"Item\":" + AttributeJson.text(Samples.item(1)) + "}");
    private final byte[] query = bytes("{\"TableName\":\"collections\",\"KeyConditionExpression\":\"pk = :pk\","
            + "\"ExpressionAttributeValues\":{\":pk\":" + KEY + "}}");
    private Path folder;
    private HandTurnedRegion region;

    @Setup
    public void open() throws IOException {
        folder = Files.createTempDirectory("request-benchmark");
        RegionId here = new RegionId("here");
        region = new HandTurnedRegion(
                here,
                folder,
                new TreeMap<>(Map.of(here, new MemoryBus())),
                InstantSource.system(),
                new SplittableRandom(1),
                new HandTurnedRegion.Settings(Duration.ZERO, 1, true),
                Ports.NONE,
                duty -> () -> {});
        execute("CreateTable", bytes(table("items", "")));
        execute("CreateTable", bytes(table("collections", "sk")));
        execute("PutItem", put);
        for (int each = 0; each < COLLECTION_ITEMS; each++) {
            execute(
                    "PutItem",
                    bytes("{\"TableName\":\"collections\",\"Item\":{\"pk\":" + KEY + ",\"sk\":{\"S\":\""
                            + (1_000 + each)
                            + "\"},\"count\":{\"N\":\"" + each + "\"},\"value\":{\"S\":\"" + "x".repeat(60)
                            + "\"}}}"));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** @param sort empty for none */
    private static String table(String name, String sort) {
        String types = "{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}";
        String schema = "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}";
        if (!sort.isEmpty()) {
            types += ",{\"AttributeName\":\"" + sort + "\",\"AttributeType\":\"S\"}";
            schema += ",{\"AttributeName\":\"" + sort + "\",\"KeyType\":\"RANGE\"}";
        }
        return "{\"TableName\":\"" + name + "\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":[" + types
                + "],\"KeySchema\":[" + schema + "]}";
    }

    private byte[] execute(String operation, byte[] body) {
        CompletableFuture<Reply> reply =
                region.operations().execute(operation, body).toCompletableFuture();
        Samples.turn(region.store);
        return reply.join().json();
    }

    @TearDown
    public void close() throws IOException {
        region.close();
        Folders.delete(folder);
    }

    @Benchmark
    public byte[] getItem() {
        return execute("GetItem", get);
    }

    /** One after the other: each is a commit. */
    @Benchmark
    public byte[] putItem() {
        return execute("PutItem", put);
    }

    /** Of 100 items of 100 B. */
    @Benchmark
    public byte[] query() {
        return execute("Query", query);
    }
}
