package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Conditions on single attributes, joined by AND or OR, as requests stated them before there were expressions. */
public final class LegacyCondition {
    private LegacyCondition() {}

    /** DynamoDB's ComparisonOperator. */
    public enum Operator {
        EQ,
        NE,
        IN,
        LE,
        LT,
        GE,
        GT,
        BETWEEN,
        NOT_NULL,
        NULL,
        CONTAINS,
        NOT_CONTAINS,
        BEGINS_WITH;

        public boolean hasArguments() {
            return this != NULL && this != NOT_NULL;
        }
    }

    /** @param values as many as the operator takes */
    public record Clause(String attribute, Operator operator, List<AttributeValue> values) {}

    /** @param clauses at least one */
    public static Condition of(List<Clause> clauses, boolean any) {
        Set<String> attributes = new TreeSet<>();
        Predicate joined = null;
        for (Clause clause : clauses) {
            attributes.add(clause.attribute());
            Predicate next = predicate(clause);
            joined = joined == null ? next : any ? new Predicate.Or(joined, next) : new Predicate.And(joined, next);
        }
        if (joined == null) {
            throw new IllegalArgumentException("no clause");
        }
        return Condition.of(joined, attributes);
    }

    public static boolean isAbove(AttributeValue left, AttributeValue right) {
        return Comparator.compare(left, right) > 0;
    }

    private static Predicate predicate(Clause clause) {
        Path path = new Path(clause.attribute(), List.of());
        Operand at = new Operand.At(path);
        List<Operand> values =
                clause.values().stream().<Operand>map(Operand.Constant::new).toList();
        return switch (clause.operator()) {
            case EQ -> new Predicate.Compare(at, Comparator.EQ, values.get(0));
            case NE -> new Predicate.Compare(at, Comparator.NE, values.get(0));
            case LE -> new Predicate.Compare(at, Comparator.LE, values.get(0));
            case LT -> new Predicate.Compare(at, Comparator.LT, values.get(0));
            case GE -> new Predicate.Compare(at, Comparator.GE, values.get(0));
            case GT -> new Predicate.Compare(at, Comparator.GT, values.get(0));
            case IN -> new Predicate.In(at, values);
            case BETWEEN -> new Predicate.Between(at, values.get(0), values.get(1));
            case NOT_NULL -> new Predicate.Exists(path);
            case NULL -> new Predicate.Not(new Predicate.Exists(path));
            case CONTAINS -> new Predicate.Contains(at, values.get(0));
            case NOT_CONTAINS ->
                // Of an attribute that is not there neither CONTAINS holds nor NOT_CONTAINS: so it is with DynamoDB.
                new Predicate.And(
                        new Predicate.Exists(path), new Predicate.Not(new Predicate.Contains(at, values.get(0))));
            case BEGINS_WITH -> new Predicate.BeginsWith(at, values.get(0));
        };
    }
}
