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

    /** @throws ApiException in DynamoDB's words, if the expression is not valid or does not fit {@code schema} */
    public static KeyCondition parse(String text, Placeholders placeholders, KeySchema schema) {
        Predicate predicate = new ConditionParser(ExpressionKind.KEY_CONDITION, text, placeholders).parse();
        Map<String, SortCondition> conditions = new LinkedHashMap<>();
        read(predicate, conditions);
        return fitting(conditions, schema);
    }

    /** One condition for each key attribute, joined by AND; all else that a condition may have is refused. */
    private static void read(Predicate predicate, Map<String, SortCondition> conditions) {
        if (predicate instanceof Predicate.And and) {
            read(and.left(), conditions);
            read(and.right(), conditions);
        } else if (predicate instanceof Predicate.Compare compare && compare.comparator() != Comparator.NE) {
            Comparator comparator = compare.comparator();
            add(
                    conditions,
                    compare.left() instanceof Operand.At ? comparator : mirror(comparator),
                    List.of(compare.left(), compare.right()));
        } else if (predicate instanceof Predicate.Between between) {
            requireAttribute(between.tested(), Comparator.BETWEEN);
            add(conditions, Comparator.BETWEEN, List.of(between.tested(), between.lower(), between.upper()));
        } else if (predicate instanceof Predicate.BeginsWith begins) {
            requireAttribute(begins.tested(), Comparator.BEGINS_WITH);
            add(conditions, Comparator.BEGINS_WITH, List.of(begins.tested(), begins.prefix()));
        } else {
            throw ApiException.validation("Invalid operator used in KeyConditionExpression: " + operatorOf(predicate));
        }
    }

    private static String operatorOf(Predicate predicate) {
        if (predicate instanceof Predicate.Or) {
            return "OR";
        } else if (predicate instanceof Predicate.Not) {
            return "NOT";
        } else if (predicate instanceof Predicate.In) {
            return "IN";
        } else if (predicate instanceof Predicate.Compare compare) {
            return compare.comparator().symbol();
        } else if (predicate instanceof Predicate.Exists) {
            return "attribute_exists";
        } else if (predicate instanceof Predicate.NotExists) {
            return "attribute_not_exists";
        }
        return predicate instanceof Predicate.OfType ? "attribute_type" : "contains";
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

    private static void requireAttribute(Operand tested, Comparator comparator) {
        if (!(tested instanceof Operand.At)) {
            throw invalid(comparator.symbol() + " operator must have the key attribute as its first operand");
        }
    }

    private static void add(Map<String, SortCondition> conditions, Comparator comparator, List<Operand> operands) {
        Path attribute = null;
        List<AttributeValue> values = new ArrayList<>();
        for (Operand operand : operands) {
            if (operand instanceof Operand.At at) {
                if (attribute != null) {
                    throw invalid("Multiple attribute names used in one condition");
                }
                attribute = at.path();
                if (!attribute.steps().isEmpty()) {
                    throw ApiException.validation(
                            "KeyConditionExpressions cannot have conditions on nested attributes");
                }
            } else if (operand instanceof Operand.Constant constant) {
                values.add(constant.value());
            } else {
                throw ApiException.validation("KeyConditionExpressions cannot contain nested operations");
            }
        }
        if (attribute == null) {
            throw invalid("No key attribute specified");
        }
        SortCondition condition =
                new SortCondition(comparator, values.get(0), values.size() == 2 ? values.get(1) : null);
        if (conditions.putIfAbsent(attribute.attribute(), condition) != null) {
            throw ApiException.validation("KeyConditionExpressions must only contain one condition per key");
        }
    }

    private static ApiException invalid(String why) {
        return ApiException.validation("Invalid condition in KeyConditionExpression: " + why);
    }

    private static KeyCondition fitting(Map<String, SortCondition> conditions, KeySchema schema) {
        if (conditions.size() > 2) {
            throw ApiException.validation("Conditions can be of length 1 or 2 only");
        }
        KeyAttribute sort = schema.sort();
        if (sort == null && conditions.size() > 1) {
            throw notSupported();
        }
        SortCondition partition = conditions.get(schema.partition().name());
        if (partition == null) {
            throw missing(schema.partition());
        }
        checkType(schema.partition(), partition);
        if (partition.comparator() != Comparator.EQ) {
            throw notSupported();
        }
        SortCondition range = sort == null ? null : conditions.get(sort.name());
        if (sort != null && range == null && conditions.size() > 1) {
            throw missing(sort);
        }
        if (sort != null && range != null) {
            checkType(sort, range);
        }
        return new KeyCondition(partition.first(), range);
    }

    private static ApiException notSupported() {
        return ApiException.validation("Query key condition not supported");
    }

    private static ApiException missing(KeyAttribute attribute) {
        return ApiException.validation("Query condition missed key schema element: " + attribute.name());
    }

    private static void checkType(KeyAttribute attribute, SortCondition condition) {
        AttributeValue second = condition.second();
        if (!attribute.type().matches(condition.first())
                || (second != null && !attribute.type().matches(second))) {
            throw ApiException.validation("One or more parameter values were invalid: Condition parameter type does"
                    + " not match schema type");
        }
    }
}
