package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.LegacyCondition;
import dev.meridian.node.expression.LegacyCondition.Operator;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that expressions replaced: Expected, QueryFilter, ScanFilter, KeyConditions, with ConditionalOperator.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html">Legacy
 *     conditional parameters</a>
 */
final class LegacyConditions {
    private static final Set<AttributeValue.Type> ORDERED =
            EnumSet.of(AttributeValue.Type.S, AttributeValue.Type.N, AttributeValue.Type.B);

    private LegacyConditions() {}

    /** Null without Expected. */
    static @Nullable Condition expected(RequestReader request) {
        List<LegacyCondition.Clause> clauses = new ArrayList<>();
        for (Map.Entry<String, RequestReader> entry :
                request.objectsByName("Expected").entrySet()) {
            clauses.add(expected(entry.getKey(), entry.getValue()));
        }
        return join(request, clauses);
    }

    /** Null without the parameter. @param parameter QueryFilter or ScanFilter */
    static @Nullable Condition filter(RequestReader request, String parameter) {
        return join(request, clauses(request, parameter));
    }

    static List<LegacyCondition.Clause> clauses(RequestReader request, String parameter) {
        List<LegacyCondition.Clause> clauses = new ArrayList<>();
        for (Map.Entry<String, RequestReader> entry :
                request.objectsByName(parameter).entrySet()) {
            RequestReader condition = entry.getValue();
            Operator operator = Operator.valueOf(condition.requiredText("ComparisonOperator"));
            List<AttributeValue> values = condition.valueList("AttributeValueList");
            clauses.add(clause(entry.getKey(), operator, values == null ? List.of() : values));
        }
        return clauses;
    }

    private static @Nullable Condition join(RequestReader request, List<LegacyCondition.Clause> clauses) {
        if (request.has("ConditionalOperator") && clauses.size() < 2) {
            throw ApiException.validation(
                    "ConditionalOperator can only be used when Filter or Expected has two or more elements");
        }
        return clauses.isEmpty()
                ? null
                : LegacyCondition.of(
                        clauses, request.text("ConditionalOperator", "AND").equals("OR"));
    }

    private static LegacyCondition.Clause expected(String attribute, RequestReader expected) {
        String comparison = expected.text("ComparisonOperator");
        AttributeValue value = expected.value("Value");
        List<AttributeValue> list = expected.valueList("AttributeValueList");
        String of = " for Attribute: " + attribute;
        if (list != null && value != null) {
            throw Keys.invalid("Value and AttributeValueList cannot be used together" + of);
        }
        if (comparison == null) {
            if (list != null) {
                throw Keys.invalid("AttributeValueList can only be used with a ComparisonOperator" + of);
            }
            return exists(attribute, expected, value);
        }
        if (expected.has("Exists")) {
            throw Keys.invalid("Exists and ComparisonOperator cannot be used together" + of);
        }
        Operator operator = Operator.valueOf(comparison);
        if (operator.hasArguments() && list == null && value == null) {
            throw Keys.invalid("Value or AttributeValueList must be used with ComparisonOperator: " + operator + of);
        }
        return clause(attribute, operator, list != null ? list : value != null ? List.of(value) : List.of());
    }

    private static LegacyCondition.Clause exists(
            String attribute, RequestReader expected, @Nullable AttributeValue value) {
        boolean exists = expected.flag("Exists", true);
        if (exists && value == null) {
            throw Keys.invalid("Value must be provided when Exists is " + (expected.has("Exists") ? "true" : "null")
                    + " for Attribute: " + attribute);
        }
        if (!exists && value != null) {
            throw Keys.invalid("Value cannot be used when Exists is false for Attribute: " + attribute);
        }
        return value == null
                ? new LegacyCondition.Clause(attribute, Operator.NULL, List.of())
                : new LegacyCondition.Clause(attribute, Operator.EQ, List.of(value));
    }

    private static LegacyCondition.Clause clause(String attribute, Operator operator, List<AttributeValue> values) {
        boolean fits =
                switch (operator) {
                    case NULL, NOT_NULL -> values.isEmpty();
                    case IN -> !values.isEmpty();
                    case BETWEEN -> values.size() == 2;
                    case EQ, NE, LE, LT, GE, GT, CONTAINS, NOT_CONTAINS, BEGINS_WITH -> values.size() == 1;
                };
        if (!fits) {
            throw Keys.invalid("Invalid number of argument(s) for the " + operator + " ComparisonOperator");
        }
        if (values.stream().map(AttributeValue::type).distinct().count() > 1) {
            throw Keys.invalid("AttributeValues inside AttributeValueList must be of same type");
        }
        for (AttributeValue value : values) {
            if (!isLegal(operator, value.type())) {
                throw Keys.invalid("ComparisonOperator " + operator + " is not valid for " + value.type()
                        + " AttributeValue type");
            }
        }
        if (operator == Operator.BETWEEN && LegacyCondition.isAbove(values.get(0), values.get(1))) {
            throw ApiException.validation("The BETWEEN condition was provided a range where the lower bound is greater"
                    + " than the upper bound");
        }
        return new LegacyCondition.Clause(attribute, operator, values);
    }

    private static boolean isLegal(Operator operator, AttributeValue.Type type) {
        return switch (operator) {
            case EQ, NE, NULL, NOT_NULL -> true;
            case LE, LT, GE, GT, BETWEEN, IN, CONTAINS, NOT_CONTAINS -> ORDERED.contains(type);
            case BEGINS_WITH -> type == AttributeValue.Type.S || type == AttributeValue.Type.B;
        };
    }
}
