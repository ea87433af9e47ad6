package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.KeyAttribute;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.store.SortCondition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a Query asks of a key: values of the partition attributes, and maybe a range of the sort attributes. */
public final class KeyCondition {
    private final Map<String, Clause> clauses;

    private KeyCondition(Map<String, Clause> clauses) {
        this.clauses = clauses;
    }

    /** The condition on one attribute. @param second the upper bound of BETWEEN, otherwise null */
    private record Clause(
            Comparator comparator,
            AttributeValue first,
            @Nullable AttributeValue second) {
        SortCondition sortCondition() {
            SortCondition.Operator operator =
                    switch (comparator) {
                        case EQ -> SortCondition.Operator.EQ;
                        case LT -> SortCondition.Operator.LT;
                        case LE -> SortCondition.Operator.LE;
                        case GT -> SortCondition.Operator.GT;
                        case GE -> SortCondition.Operator.GE;
                        case BETWEEN -> SortCondition.Operator.BETWEEN;
                        case BEGINS_WITH -> SortCondition.Operator.BEGINS_WITH;
                        case NE -> throw new AssertionError(comparator);
                    };
            return new SortCondition(operator, first, second);
        }
    }

    /**
     * A condition that fits a key.
     *
     * @param partition a value for each partition attribute
     * @param equal values that the first sort attributes must have
     * @param condition on the sort attribute behind those
     */
    public record Fitted(
            List<AttributeValue> partition,
            List<AttributeValue> equal,
            @Nullable SortCondition condition) {}

    /** @throws ApiException in DynamoDB's words, if the expression is not valid */
    public static KeyCondition parse(String text, Placeholders placeholders) {
        Predicate predicate = new ConditionParser(ExpressionKind.KEY_CONDITION, text, placeholders).parse();
        Map<String, Clause> clauses = new LinkedHashMap<>();
        read(predicate, clauses);
        return new KeyCondition(clauses);
    }

    /** From KeyConditions, which the expression replaced. */
    public static KeyCondition of(List<LegacyCondition.Clause> conditions) {
        Map<String, Clause> clauses = new LinkedHashMap<>();
        for (LegacyCondition.Clause condition : conditions) {
            List<AttributeValue> values = condition.values();
            clauses.put(
                    condition.attribute(),
                    new Clause(
                            comparator(condition.operator()),
                            values.get(0),
                            values.size() == 2 ? values.get(1) : null));
        }
        return new KeyCondition(clauses);
    }

    private static Comparator comparator(LegacyCondition.Operator operator) {
        return switch (operator) {
            case EQ -> Comparator.EQ;
            case LE -> Comparator.LE;
            case LT -> Comparator.LT;
            case GE -> Comparator.GE;
            case GT -> Comparator.GT;
            case BETWEEN -> Comparator.BETWEEN;
            case BEGINS_WITH -> Comparator.BEGINS_WITH;
            case NE, IN, NOT_NULL, NULL, CONTAINS, NOT_CONTAINS ->
                throw ApiException.validation("Attempted conditional constraint is not an indexable operation");
        };
    }

    /** One condition for each key attribute, joined by AND; all else that a condition may have is refused. */
    private static void read(Predicate predicate, Map<String, Clause> conditions) {
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

    private static void add(Map<String, Clause> conditions, Comparator comparator, List<Operand> operands) {
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
        Clause condition = new Clause(comparator, values.get(0), values.size() == 2 ? values.get(1) : null);
        if (conditions.putIfAbsent(attribute.attribute(), condition) != null) {
            throw ExpressionKind.KEY_CONDITION.invalid(
                    "KeyConditionExpressions must only contain one condition per key");
        }
    }

    private static ApiException invalid(String why) {
        return ApiException.validation("Invalid condition in KeyConditionExpression: " + why);
    }

    /**
     * Holds the condition against a key.
     *
     * @throws ApiException in DynamoDB's words, if it does not fit
     */
    public Fitted fit(List<KeyAttribute> partition, List<KeyAttribute> sort) {
        int most = partition.size() + sort.size();
        if (clauses.size() > most) {
            throw ApiException.validation("The number of query conditions (" + clauses.size()
                    + ") exceeds the number of key attributes defined in the schema (" + most + ")");
        }
        List<AttributeValue> values = new ArrayList<>();
        for (KeyAttribute attribute : partition) {
            Clause clause = clauses.get(attribute.name());
            if (clause == null) {
                throw missing(attribute);
            }
            checkType(attribute, clause);
            if (clause.comparator() != Comparator.EQ) {
                throw notSupported();
            }
            values.add(clause.first());
        }
        return fitSort(values, sort);
    }

    private Fitted fitSort(List<AttributeValue> partition, List<KeyAttribute> sort) {
        List<Clause> found = new ArrayList<>();
        for (KeyAttribute attribute : sort) {
            Clause clause = clauses.get(attribute.name());
            if (clause != null) {
                checkType(attribute, clause);
                requireEqualBefore(sort, attribute);
                found.add(clause);
            }
        }
        if (partition.size() + found.size() < clauses.size()) {
            throw missing(sort.get(found.size()));
        }
        List<AttributeValue> equal = new ArrayList<>();
        SortCondition condition = null;
        for (Clause clause : found) {
            if (clause.comparator() == Comparator.EQ) {
                equal.add(clause.first());
            } else {
                condition = clause.sortCondition();
            }
        }
        return new Fitted(partition, equal, condition);
    }

    /** Of several sort attributes, all before the last one with a condition are to be equal to something. */
    private void requireEqualBefore(List<KeyAttribute> sort, KeyAttribute last) {
        List<String> open = new ArrayList<>();
        for (KeyAttribute before : sort.subList(0, sort.indexOf(last))) {
            Clause clause = clauses.get(before.name());
            if (clause == null || clause.comparator() != Comparator.EQ) {
                open.add(before.name());
            }
        }
        if (!open.isEmpty()) {
            throw ApiException.validation("RANGE key attributes " + String.join(", ", open) + " must have equality"
                    + " conditions specified in the query because a condition is present on key attribute "
                    + last.name());
        }
    }

    private static ApiException notSupported() {
        return ApiException.validation("Query key condition not supported");
    }

    private static ApiException missing(KeyAttribute attribute) {
        return ApiException.validation("Query condition missed key schema element: " + attribute.name());
    }

    private static void checkType(KeyAttribute attribute, Clause condition) {
        AttributeValue second = condition.second();
        if (!attribute.type().matches(condition.first())
                || (second != null && !attribute.type().matches(second))) {
            throw ApiException.validation("One or more parameter values were invalid: Condition parameter type does"
                    + " not match schema type");
        }
    }
}
