package dev.meridian.simulator.bench;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.KeyCodec;
import dev.meridian.model.KeyHash;
import dev.meridian.model.ScalarType;
import java.math.BigDecimal;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Key attributes to ordered bytes and back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyCodecBenchmark {
    private final AttributeValue text = new AttributeValue.S("user00001234#2026-01-31");
    private final AttributeValue number = new AttributeValue.N(new BigDecimal("-1234567.89"));
    private final Bytes encodedText = KeyCodec.encode(text);
    private final Bytes encodedNumber = KeyCodec.encode(number);

    @Benchmark
    public Bytes encodeText() {
        return KeyCodec.encode(text);
    }

    @Benchmark
    public Bytes encodeNumber() {
        return KeyCodec.encode(number);
    }

    @Benchmark
    public AttributeValue decodeText() {
        return KeyCodec.decode(encodedText, ScalarType.S);
    }

    @Benchmark
    public AttributeValue decodeNumber() {
        return KeyCodec.decode(encodedNumber, ScalarType.N);
    }

    @Benchmark
    public long hash() {
        return KeyHash.of(encodedText);
    }
}
