package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.AttributeValue.Type;
import dev.meridian.model.DynamoNumber;
import dev.meridian.node.expression.Faults.Pass;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can be said against operands before there is an item, in DynamoDB's words. */
public final class Checks {
    private static final Set<String> CONDITION_FUNCTIONS =
            Set.of("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size");
    private static final Set<String> UPDATE_FUNCTIONS = Set.of("if_not_exists", "list_append");
    private static final Set<Type> ORDERED = EnumSet.of(Type.S, Type.N, Type.B);
    private static final Set<Type> SIZED = EnumSet.of(Type.S, Type.B, Type.M, Type.L, Type.SS, Type.NS, Type.BS);

    private Checks() {}

    /** The function is one of this kind of expression. */
    static boolean function(Faults faults, ExpressionKind kind, String name) {
        boolean forUpdate = UPDATE_FUNCTIONS.contains(name);
        if (!forUpdate && !CONDITION_FUNCTIONS.contains(name)) {
            faults.note(Pass.FUNCTION_NAME, "Invalid function name; function: " + name);
            return false;
        }
        boolean inUpdate = kind == ExpressionKind.UPDATE;
        if (forUpdate != inUpdate) {
            faults.note(
                    Pass.FUNCTION_KIND,
                    "The function is not allowed in " + (inUpdate ? "an update" : "a condition")
                            + " expression; function: " + name);
            return false;
        }
        return true;
    }

    static void place(Faults faults, String function) {
        faults.note(
                Pass.FUNCTION_PLACE,
                "The function is not allowed to be used this way in an expression; function: " + function);
    }

    static boolean count(Faults faults, String function, List<?> arguments, int expected) {
        if (arguments.size() != expected) {
            faults.note(
                    Pass.COUNT,
                    "Incorrect number of operands for operator or function; operator or function: " + function
                            + ", number of operands: " + arguments.size());
            return false;
        }
        return true;
    }

    static void noPath(Faults faults, String function) {
        faults.note(Pass.TYPE, "Operator or function requires a document path; operator or function: " + function);
    }

    static void distinct(Faults faults, String operator, Operand first, Operand second) {
        if (first.equals(second) && first instanceof Operand.At at) {
            faults.note(
                    Pass.DISTINCT,
                    "The first operand must be distinct from the remaining operands for this operator or"
                            + " function; operator: " + operator + ", first operand: " + at.path());
        }
    }

    /** A type known now must be one of these. */
    static void type(Faults faults, String operator, @Nullable Type type, Set<Type> allowed) {
        if (type != null && !allowed.contains(type)) {
            incorrectType(faults, operator, type.name());
        }
    }

    static void ordered(Faults faults, String operator, Operand operand) {
        type(faults, operator, operand.type(), ORDERED);
    }

    static void sized(Faults faults, Operand operand) {
        type(faults, "size", operand.type(), SIZED);
    }

    private static void incorrectType(Faults faults, String operator, String type) {
        faults.note(
                Pass.TYPE,
                "Incorrect operand type for operator or function; operator or function: " + operator
                        + ", operand type: " + type);
    }

    /** The operand says which type is meant; null if it does not. */
    static @Nullable Type typeNamed(Faults faults, Operand operand) {
        Type type = operand.type();
        if (!(operand instanceof Operand.Constant constant) || !(constant.value() instanceof AttributeValue.S name)) {
            incorrectType(faults, "attribute_type", type == null ? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}" : type.name());
            return null;
        }
        for (Type known : Type.values()) {
            if (known.name().equals(name.value())) {
                return known;
            }
        }
        faults.note(
                Pass.TYPE,
                "Invalid attribute type name found; type: " + name.value()
                        + ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
        return null;
    }

    /** What ADD and DELETE take is known by longer names. */
    static void member(Faults faults, String section, AttributeValue value, Type... allowed) {
        if (Arrays.asList(allowed).contains(value.type())) {
            return;
        }
        String type =
                switch (value.type()) {
                    case S -> "STRING";
                    case N -> "NUMBER";
                    case B -> "BINARY";
                    case BOOL -> "BOOLEAN";
                    case NULL -> "NULL";
                    case M -> "MAP";
                    case L -> "LIST";
                    case SS, NS, BS -> throw new AssertionError(value.type());
                };
        faults.note(
                Pass.MEMBER_TYPE,
                "Incorrect operand type for operator or function; operator: " + section + ", operand type: " + type
                        + ", typeSet: ALLOWED_FOR_" + section + "_OPERAND");
    }

    static void bounds(Faults faults, Operand lower, Operand upper) {
        ordered(faults, "BETWEEN", lower);
        ordered(faults, "BETWEEN", upper);
        if (lower instanceof Operand.Constant from
                && upper instanceof Operand.Constant to
                && Comparator.isOrdered(from.value())
                && Comparator.isOrdered(to.value())) {
            bounds(faults, from.value(), to.value());
        }
    }

    private static void bounds(Faults faults, AttributeValue lower, AttributeValue upper) {
        String fault = boundsFault(lower, upper);
        if (fault != null) {
            faults.note(Pass.TYPE, fault);
        }
    }

    /** What is wrong with two ordered values as the bounds of BETWEEN; null for nothing. */
    public static @Nullable String boundsFault(AttributeValue lower, AttributeValue upper) {
        String which = "; lower bound operand: AttributeValue: " + show(lower)
                + ", upper bound operand: AttributeValue: " + show(upper);
        if (lower.type() != upper.type()) {
            return "The BETWEEN operator requires same data type for lower and upper bounds" + which;
        } else if (Comparator.compare(lower, upper) > 0) {
            return "The BETWEEN operator requires upper bound to be greater than or equal to lower bound" + which;
        }
        return null;
    }

    private static String show(AttributeValue value) {
        String content =
                switch (value.type()) {
                    case S -> ((AttributeValue.S) value).value();
                    case N -> DynamoNumber.format(((AttributeValue.N) value).value());
                    case B ->
                        Base64.getEncoder()
                                .encodeToString(
                                        ((AttributeValue.B) value).value().toArray());
                    case BOOL, NULL, M, L, SS, NS, BS -> throw new AssertionError(value.type());
                };
        return "{" + value.type() + ":" + content + "}";
    }
}
