package dev.meridian.simulator.bench;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.Placeholders;
import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A condition, read and tested. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ExpressionBenchmark {
    private static final String TEXT = "attribute_exists(pk) AND #c BETWEEN :low AND :high AND contains(tags, :tag)";

    private final Item item = Samples.item(5);
    private final Condition parsed = parse();

    @Benchmark
    public Condition parse() {
        return Condition.parse(
                ExpressionKind.CONDITION,
                TEXT,
                new Placeholders(
                        Map.of("#c", "count"),
                        Map.of(
                                ":low",
                                new AttributeValue.N(BigDecimal.ONE),
                                ":high",
                                new AttributeValue.N(BigDecimal.TEN),
                                ":tag",
                                new AttributeValue.S("red"))));
    }

    @Benchmark
    public boolean evaluate() {
        return parsed.test(item);
    }
}
