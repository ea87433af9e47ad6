package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.node.api.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a Query asks of the key: one partition, and maybe a range of sort keys. */
public record KeyCondition(
        AttributeValue partition, @Nullable SortCondition sort) {
    /** @param second the upper bound of BETWEEN, otherwise null */
    public record SortCondition(
            Comparator comparator,
            AttributeValue first,
            @Nullable AttributeValue second) {}

    private record Term(Path path, SortCondition condition) {}

    public static KeyCondition parse(String text, Placeholders placeholders, KeySchema schema) {
        return new KeyConditionParser(text, placeholders).parse(schema);
    }

    /**
     * The grammar: one condition for each key attribute, joined by AND, in any order, brackets allowed. All that other
     * conditions may have beyond that is refused as not supported.
     */
    private static final class KeyConditionParser extends Parser {
        private final List<Term> terms = new ArrayList<>();

        KeyConditionParser(String text, Placeholders placeholders) {
            super(ExpressionKind.KEY_CONDITION, text, placeholders);
        }

        KeyCondition parse(KeySchema schema) {
            and();
            expectEnd();
            return check(schema);
        }

        private void and() {
            enter();
            term();
            while (skipKeyword("AND")) {
                countOperator();
                term();
            }
            if (peek().isKeyword("OR")) {
                throw kind.invalid("Invalid operator used in KeyConditionExpression: OR");
            }
            leave();
        }

        private void term() {
            if (peek().isKeyword("NOT")) {
                throw kind.invalid("Invalid operator used in KeyConditionExpression: NOT");
            }
            if (skipSymbol("(")) {
                and();
                expectSymbol(")");
            } else if (isCall()) {
                function();
            } else {
                comparison();
            }
        }

        private void function() {
            String name = next().text();
            if (!Checks.isFunction(name)) {
                throw kind.invalid("Invalid function name; function: " + name);
            }
            if (!name.equals("begins_with")) {
                throw kind.invalid("Invalid operator used in KeyConditionExpression: " + name);
            }
            expectSymbol("(");
            Path path = path();
            expectSymbol(",");
            AttributeValue prefix = value();
            expectSymbol(")");
            Checks.type(kind, name, new Operand.Constant(prefix), AttributeValue.Type.S, AttributeValue.Type.B);
            terms.add(new Term(path, new SortCondition(Comparator.BEGINS_WITH, prefix, null)));
        }

        private void comparison() {
            if (isValue()) {
                AttributeValue value = value();
                Comparator mirrored = mirror(comparator());
                terms.add(new Term(path(), new SortCondition(mirrored, value, null)));
                return;
            }
            Path path = path();
            if (skipKeyword("BETWEEN")) {
                AttributeValue lower = value();
                expectKeyword("AND");
                AttributeValue upper = value();
                Checks.bounds(kind, new Operand.Constant(lower), new Operand.Constant(upper));
                terms.add(new Term(path, new SortCondition(Comparator.BETWEEN, lower, upper)));
                return;
            }
            if (peek().isKeyword("IN")) {
                throw kind.invalid("Invalid operator used in KeyConditionExpression: IN");
            }
            Comparator comparator = comparator();
            if (!isValue()) {
                throw kind.invalid("Invalid condition in KeyConditionExpression: " + comparator.symbol()
                        + " operator must have constant value operands");
            }
            terms.add(new Term(path, new SortCondition(comparator, value(), null)));
        }

        private Comparator comparator() {
            Comparator comparator = peek().kind() == Token.Kind.SYMBOL ? Comparator.ofSymbol(peek().text()) : null;
            if (comparator == null) {
                throw syntaxError();
            }
            next();
            if (comparator == Comparator.NE) {
                throw kind.invalid("Invalid operator used in KeyConditionExpression: <>");
            }
            return comparator;
        }

        private static Comparator mirror(Comparator comparator) {
            return switch (comparator) {
                case LT -> Comparator.GT;
                case LE -> Comparator.GE;
                case GT -> Comparator.LT;
                case GE -> Comparator.LE;
                case EQ, NE, BETWEEN, BEGINS_WITH -> comparator;
            };
        }

        private KeyCondition check(KeySchema schema) {
            Map<String, SortCondition> byAttribute = new LinkedHashMap<>();
            for (Term term : terms) {
                if (!term.path().steps().isEmpty()) {
                    throw kind.invalid("KeyConditionExpressions cannot have conditions on nested attributes");
                }
                if (byAttribute.put(term.path().attribute(), term.condition()) != null) {
                    throw kind.invalid("KeyConditionExpressions must only contain one condition per key");
                }
            }
            if (byAttribute.size() > 2) {
                throw ApiException.validation("Conditions can be of length 1 or 2 only");
            }
            SortCondition partition = byAttribute.remove(schema.partition().name());
            if (partition == null) {
                throw missing(schema.partition());
            }
            if (partition.comparator() != Comparator.EQ) {
                throw ApiException.validation("Query key condition not supported");
            }
            checkType(schema.partition(), partition);
            KeyAttribute sort = schema.sort();
            SortCondition range = sort == null ? null : byAttribute.remove(sort.name());
            if (!byAttribute.isEmpty()) {
                throw sort == null ? ApiException.validation("Query key condition not supported") : missing(sort);
            }
            if (sort != null && range != null) {
                checkType(sort, range);
            }
            return new KeyCondition(partition.first(), range);
        }

        private static ApiException missing(KeyAttribute attribute) {
            return ApiException.validation("Query condition missed key schema element: " + attribute.name());
        }

        private static void checkType(KeyAttribute attribute, SortCondition condition) {
            if (!attribute.type().matches(condition.first())) {
                throw ApiException.validation("One or more parameter values were invalid: Condition parameter type does"
                        + " not match schema type");
            }
        }
    }
}
