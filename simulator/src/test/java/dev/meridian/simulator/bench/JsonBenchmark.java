package dev.meridian.simulator.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** An item of 1 KB from its stored bytes to DynamoDB's JSON, with and without a tree between, and from JSON to an item. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JsonBenchmark {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ByteBuffer encoded = ByteBuffer.wrap(ItemCodec.encode(Samples.item(1)));
    private final byte[] json = out();

    @Benchmark
    public byte[] out() {
        ByteSink out = new ByteSink(2 * encoded.remaining());
        AttributeJson.write(encoded, out);
        return out.toArray();
    }

    /** What {@link #out} spares: Jackson writes a tree of plain values. */
    @Benchmark
    public byte[] outOverTree() throws JsonProcessingException {
        Map<String, Object> tree = new TreeMap<>();
        ItemCodec.decode(encoded.duplicate())
                .attributes()
                .forEach((name, value) -> tree.put(name, Map.of(value.type().name(), value.toString())));
        return JSON.writeValueAsBytes(tree);
    }

    @Benchmark
    public Item in() throws IOException {
        return AttributeJson.readItem(JSON.readTree(json));
    }
}
