package dev.meridian.node.store;

import dev.meridian.model.AttributeValue;
import org.jspecify.annotations.Nullable;

/**
 * What one sort attribute must be.
 *
 * @param value of the attribute's type; the lower end of BETWEEN
 * @param upper the upper end, with BETWEEN only
 */
public record SortCondition(
        Operator operator, AttributeValue value, @Nullable AttributeValue upper) {
    /** BEGINS_WITH is for text and binary; both ends of BETWEEN are included. */
    public enum Operator {
        EQ,
        LT,
        LE,
        GT,
        GE,
        BETWEEN,
        BEGINS_WITH
    }

    public SortCondition {
        if ((upper != null) != (operator == Operator.BETWEEN)) {
            throw new IllegalArgumentException(operator + " of " + value + " and " + upper);
        }
        if (operator == Operator.BEGINS_WITH && value.type() == AttributeValue.Type.N) {
            throw new IllegalArgumentException("a number begins with nothing");
        }
    }

    public static SortCondition of(Operator operator, AttributeValue value) {
        return new SortCondition(operator, value, null);
    }

    public static SortCondition between(AttributeValue lower, AttributeValue upper) {
        return new SortCondition(Operator.BETWEEN, lower, upper);
    }
}
