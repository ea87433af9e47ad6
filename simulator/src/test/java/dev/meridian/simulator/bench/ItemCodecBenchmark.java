package dev.meridian.simulator.bench;

import dev.meridian.model.ByteSink;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.ValueSize;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
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

/** An item of 1 KB to its stored bytes and back, and what is known of it without going back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ItemCodecBenchmark {
    private final Item item = Samples.item(1);
    private final ByteBuffer encoded = ByteBuffer.wrap(ItemCodec.encode(item));
    private final ByteBuffer stamp = stamp();

    private static ByteBuffer stamp() {
        ByteSink out = new ByteSink();
        RegionId other = new RegionId("eu-west-1");
        new Stamp(
                        new Version(new HybridTimestamp(1L << 40), new RegionId("us-east-1")),
                        VersionVector.of(new TreeMap<>(Map.of(other, new HybridTimestamp(1L << 39)))))
                .encode(out);
        return ByteBuffer.wrap(out.toArray());
    }

    @Benchmark
    public byte[] encode() {
        return ItemCodec.encode(item);
    }

    @Benchmark
    public Item decode() {
        return ItemCodec.decode(encoded.duplicate());
    }

    @Benchmark
    public int sizeOfBytes() {
        return ValueSize.ofItem(encoded);
    }

    @Benchmark
    public int sizeOfTree() {
        return ItemCodec.decode(encoded.duplicate()).sizeBytes();
    }

    @Benchmark
    public Stamp decodeStamp() {
        return Stamp.decode(stamp.duplicate());
    }
}
