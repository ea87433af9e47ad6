package dev.meridian.node.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Property;
import dev.meridian.model.ScalarType;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.ExpressionModel.Action;
import dev.meridian.node.expression.ExpressionModel.At;
import dev.meridian.node.expression.ExpressionModel.Binary;
import dev.meridian.node.expression.ExpressionModel.Cond;
import dev.meridian.node.expression.ExpressionModel.Nil;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random expressions over random items mean what {@link ExpressionModel} says. A failure prints its seed;
 * {@code -Dmeridian.seed=N} replays it, {@code -Dmeridian.cases=N} sets how many there are of each kind.
 */
class ExpressionDifferentialTest {
    private static final int CASES = Integer.getInteger("meridian.cases", 6_000);
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("the key", ScalarType.S), null);

    @Test
    void conditions() {
        Property.holds(CASES, random -> {
            RandomExpressions expressions = new RandomExpressions(random);
            Cond condition = expressions.condition(3);
            ExpressionWriter writer = new ExpressionWriter(random);
            String text = writer.condition(condition);
            assertThat(outcome(text, writer, expressions.item()))
                    .as(description(text, writer, expressions))
                    .isEqualTo(condition.test(expressions.item()));
        });
    }

    private static Object outcome(String text, ExpressionWriter writer, Map<String, Object> item) {
        try {
            Placeholders placeholders = placeholders(writer);
            Condition condition = Condition.parse(ExpressionKind.CONDITION, text, placeholders);
            placeholders.requireAllUsed();
            return condition.test(item(item));
        } catch (ApiException refused) {
            return Objects.requireNonNull(refused.getMessage());
        }
    }

    @Test
    void updates() {
        Property.holds(CASES, random -> {
            RandomExpressions expressions = new RandomExpressions(random);
            List<Action> actions = expressions.update();
            ExpressionWriter writer = new ExpressionWriter(random);
            String text = writer.update(actions);
            assertThat(updateOutcome(text, writer, expressions.item()))
                    .as(description(text, writer, expressions))
                    .isEqualTo(modelled(writer.inWrittenOrder(actions), expressions.item()));
        });
    }

    @Test
    void projections() {
        Property.holds(CASES, random -> {
            RandomExpressions expressions = new RandomExpressions(random);
            List<At> paths = expressions.distinctPaths();
            ExpressionWriter writer = new ExpressionWriter(random);
            String text = writer.projection(paths);
            Item projected = Projection.parse(text, placeholders(writer)).apply(item(expressions.item()));
            assertThat(plain(projected))
                    .as(description(text, writer, expressions))
                    .isEqualTo(projected(expressions.item(), paths));
        });
    }

    /** Whatever is done to the text of an expression, it is accepted or refused with an error of the protocol. */
    @Test
    void damagedTextsAreRefusedInOrder() {
        Property.holds(CASES / 3, random -> {
            RandomExpressions expressions = new RandomExpressions(random);
            ExpressionWriter writer = new ExpressionWriter(random);
            String condition = damaged(random, writer.condition(expressions.condition(2)));
            String update = damaged(random, writer.update(expressions.update()));
            String projection = damaged(random, writer.projection(expressions.distinctPaths()));
            Placeholders placeholders = placeholders(writer);
            expectNoBug(
                    condition,
                    () -> Condition.parse(ExpressionKind.FILTER, condition, placeholders)
                            .test(item(expressions.item())));
            expectNoBug(
                    condition,
                    () -> KeyCondition.parse(condition, placeholders).fit(List.of(SCHEMA.partition()), List.of()));
            expectNoBug(update, () -> Update.parse(update, placeholders).apply(item(expressions.item())));
            expectNoBug(
                    projection, () -> Projection.parse(projection, placeholders).apply(item(expressions.item())));
        });
    }

    private static void expectNoBug(String text, Runnable use) {
        try {
            use.run();
        } catch (ApiException refused) {
            assertThat(refused.getMessage()).as(text).isNotBlank();
        } catch (RuntimeException bug) {
            throw new AssertionError(text, bug);
        }
    }

    private static String damaged(RandomGenerator random, String text) {
        List<String> pieces = List.of(
                "(",
                ")",
                " AND ",
                " OR ",
                " NOT ",
                "size(",
                ",",
                ".",
                "[",
                "]",
                "a",
                "=",
                "<",
                " SET ",
                " remove ",
                "#",
                ":",
                ":0",
                "_",
                "9",
                "+",
                " IN ",
                " between ",
                "!",
                "😀",
                "contains(a, ");
        StringBuilder damaged = new StringBuilder(text);
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            int at = random.nextInt(damaged.length() + 1);
            int end = Math.min(damaged.length(), at + random.nextInt(4));
            damaged.replace(at, end, random.nextBoolean() ? "" : pieces.get(random.nextInt(pieces.size())));
        }
        return damaged.toString();
    }

    /** The item afterwards, what UPDATED_OLD and UPDATED_NEW return, or the error. */
    private static Object updateOutcome(String text, ExpressionWriter writer, Map<String, Object> item) {
        try {
            Placeholders placeholders = placeholders(writer);
            Update update = Update.parse(text, placeholders);
            update.requireNoKey(SCHEMA);
            placeholders.requireAllUsed();
            Update.Result result = update.apply(item(item));
            return List.of(plain(result.item()), plain(update.updatedOld(item(item))), plain(result.updatedNew()));
        } catch (ApiException refused) {
            return Objects.requireNonNull(refused.getMessage());
        }
    }

    private static Object modelled(List<Action> actions, Map<String, Object> item) {
        try {
            List<At> paths = actions.stream().map(Action::path).toList();
            Map<String, Object> updated = ExpressionModel.updated(item, actions);
            return List.of(updated, projected(item, paths), projected(updated, paths));
        } catch (ExpressionModel.Refused refused) {
            return Objects.requireNonNull(refused.getMessage());
        }
    }

    private static Object projected(Map<String, Object> item, List<At> paths) {
        Object parts =
                ExpressionModel.projected(item, paths.stream().map(At::steps).toList());
        return parts == null ? Map.of() : parts;
    }

    private static String description(String text, ExpressionWriter writer, RandomExpressions expressions) {
        String all = text + "\nwith " + writer.names + " " + writer.values + "\nof " + expressions.item();
        return all.replace("\u0000", "\\0");
    }

    private static Placeholders placeholders(ExpressionWriter writer) {
        Map<String, AttributeValue> values = new HashMap<>();
        writer.values.forEach((placeholder, value) -> values.put(placeholder, value(value)));
        return new Placeholders(orAbsent(writer.names), orAbsent(values));
    }

    private static <T> @Nullable Map<String, T> orAbsent(Map<String, T> map) {
        return map.isEmpty() ? null : map;
    }

    private static Item item(Map<String, Object> plain) {
        return new Item(((AttributeValue.M) value(plain)).value());
    }

    private static AttributeValue value(Object plain) {
        return switch (ExpressionModel.typeOf(plain)) {
            case "S" -> new AttributeValue.S((String) plain);
            case "N" -> new AttributeValue.N((BigDecimal) plain);
            case "B" -> new AttributeValue.B(bytes(plain));
            case "BOOL" -> new AttributeValue.Bool((Boolean) plain);
            case "NULL" -> new AttributeValue.Null();
            case "SS" ->
                AttributeValue.SS.of(
                        members(plain).stream().map(String.class::cast).toList());
            case "NS" ->
                AttributeValue.NS.of(
                        members(plain).stream().map(BigDecimal.class::cast).toList());
            case "BS" ->
                AttributeValue.BS.of(members(plain).stream()
                        .map(ExpressionDifferentialTest::bytes)
                        .toList());
            case "L" ->
                new AttributeValue.L(((List<?>) plain)
                        .stream().map(ExpressionDifferentialTest::value).toList());
            default -> {
                Map<String, AttributeValue> entries = new HashMap<>();
                ((Map<?, ?>) plain).forEach((name, member) -> entries.put((String) name, value(member)));
                yield AttributeValue.M.of(entries);
            }
        };
    }

    private static Set<?> members(Object set) {
        return (Set<?>) set;
    }

    private static Bytes bytes(Object binary) {
        return Bytes.wrap(HexFormat.of().parseHex(((Binary) binary).hex()));
    }

    private static Binary binary(Bytes bytes) {
        return new Binary(HexFormat.of().formatHex(bytes.toArray()));
    }

    private static Object plain(Item item) {
        return plain(new AttributeValue.M(item.attributes()));
    }

    private static Object plain(AttributeValue value) {
        return switch (value.type()) {
            case S -> ((AttributeValue.S) value).value();
            case N -> ((AttributeValue.N) value).value();
            case B -> binary(((AttributeValue.B) value).value());
            case BOOL -> ((AttributeValue.Bool) value).value();
            case NULL -> Nil.NIL;
            case SS -> Set.copyOf(((AttributeValue.SS) value).value());
            case NS -> Set.copyOf(((AttributeValue.NS) value).value());
            case BS ->
                ((AttributeValue.BS) value)
                        .value().stream()
                                .map(ExpressionDifferentialTest::binary)
                                .collect(Collectors.toSet());
            case L ->
                ((AttributeValue.L) value)
                        .value().stream().map(ExpressionDifferentialTest::plain).toList();
            case M -> {
                Map<String, Object> members = new TreeMap<>();
                ((AttributeValue.M) value).value().forEach((name, member) -> members.put(name, plain(member)));
                yield members;
            }
        };
    }
}
