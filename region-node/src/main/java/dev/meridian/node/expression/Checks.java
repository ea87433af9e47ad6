package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.DynamoNumber;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What can be said against operands before there is an item, in DynamoDB's words. */
final class Checks {
    private static final Set<String> CONDITION_FUNCTIONS =
            Set.of("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size");
    private static final Set<String> UPDATE_FUNCTIONS = Set.of("if_not_exists", "list_append");

    private Checks() {}

    static boolean isFunction(String name) {
        return CONDITION_FUNCTIONS.contains(name) || UPDATE_FUNCTIONS.contains(name);
    }

    static boolean isUpdateFunction(String name) {
        return UPDATE_FUNCTIONS.contains(name);
    }

    static void count(ExpressionKind kind, String function, List<?> arguments, int expected) {
        if (arguments.size() != expected) {
            throw kind.invalid("Incorrect number of operands for operator or function; operator or function: "
                    + function + ", number of operands: " + arguments.size());
        }
    }

    static Path onlyPath(ExpressionKind kind, String function, List<Operand> arguments) {
        count(kind, function, arguments, 1);
        if (arguments.get(0) instanceof Operand.At at) {
            return at.path();
        }
        throw kind.invalid("Operator or function requires a document path; operator or function: " + function);
    }

    static void distinct(ExpressionKind kind, String function, List<Operand> arguments) {
        if (arguments.get(0).equals(arguments.get(1)) && arguments.get(0) instanceof Operand.At at) {
            throw kind.invalid("The first operand must be distinct from the remaining operands for this operator or"
                    + " function; operator: " + function + ", first operand: " + at.path());
        }
    }

    /** A value known now must have one of these types. */
    static void type(ExpressionKind kind, String operator, Operand operand, AttributeValue.Type... allowed) {
        if (operand instanceof Operand.Constant constant
                && !Arrays.asList(allowed).contains(constant.value().type())) {
            throw incorrectType(kind, operator, constant.value().type().name());
        }
        if (operand instanceof Operand.Size && !Arrays.asList(allowed).contains(AttributeValue.Type.N)) {
            throw incorrectType(kind, operator, "N");
        }
    }

    static void ordered(ExpressionKind kind, String operator, Operand operand) {
        type(kind, operator, operand, AttributeValue.Type.S, AttributeValue.Type.N, AttributeValue.Type.B);
    }

    static void sizeable(ExpressionKind kind, Operand.Constant constant) {
        switch (constant.value().type()) {
            case N, BOOL, NULL ->
                throw incorrectType(kind, "size", constant.value().type().name());
            case S, B, M, L, SS, NS, BS -> {}
        }
    }

    static RuntimeException incorrectType(ExpressionKind kind, String operator, String type) {
        return kind.invalid("Incorrect operand type for operator or function; operator or function: " + operator
                + ", operand type: " + type);
    }

    static void bounds(ExpressionKind kind, Operand lower, Operand upper) {
        ordered(kind, "BETWEEN", lower);
        ordered(kind, "BETWEEN", upper);
        if (lower instanceof Operand.Constant from && upper instanceof Operand.Constant to) {
            bounds(kind, from.value(), to.value());
        }
    }

    static void bounds(ExpressionKind kind, AttributeValue lower, AttributeValue upper) {
        String which = "; lower bound operand: AttributeValue: " + show(lower)
                + ", upper bound operand: AttributeValue: " + show(upper);
        if (lower.type() != upper.type()) {
            throw kind.invalid("The BETWEEN operator requires same data type for lower and upper bounds" + which);
        }
        if (Comparator.compare(lower, upper) > 0) {
            throw kind.invalid(
                    "The BETWEEN operator requires upper bound to be greater than or equal to lower bound" + which);
        }
    }

    private static String show(AttributeValue value) {
        String content =
                switch (value.type()) {
                    case S -> ((AttributeValue.S) value).value();
                    case N -> DynamoNumber.format(((AttributeValue.N) value).value());
                    case B ->
                        java.util.Base64.getEncoder()
                                .encodeToString(
                                        ((AttributeValue.B) value).value().toArray());
                    case BOOL, NULL, M, L, SS, NS, BS -> "…";
                };
        return "{" + value.type() + ":" + content + "}";
    }
}
