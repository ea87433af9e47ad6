package dev.meridian.node.partiql;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.AttributeValue.Type;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.Checks;
import dev.meridian.node.expression.Comparator;
import dev.meridian.node.expression.Operand;
import dev.meridian.node.expression.Path;
import dev.meridian.node.expression.Predicate;
import dev.meridian.node.partiql.Expr.Call;
import dev.meridian.node.partiql.Expr.Operator;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What stands behind WHERE, as a condition. */
final class Conditions {
    private static final int MAX_IN_OPERANDS = 100;
    private static final Set<Type> ORDERED = EnumSet.of(Type.S, Type.N, Type.B);
    private static final Set<Type> PREFIXES = EnumSet.of(Type.S, Type.B);
    private static final Set<Type> SIZED = EnumSet.of(Type.S, Type.B, Type.M, Type.L, Type.SS, Type.NS, Type.BS);

    private final Values values;

    Conditions(Values values) {
        this.values = values;
    }

    /** @throws ApiException if the expression is no condition */
    Predicate of(Expr expr) {
        Predicate predicate = ofCondition(expr);
        if (predicate == null) {
            throw ApiException.validation("A condition is expected at " + expr.at());
        }
        return predicate;
    }

    /** Null for a value or a path. */
    private @Nullable Predicate ofCondition(Expr expr) {
        if (expr instanceof Expr.Binary binary) {
            return binary(binary);
        } else if (expr instanceof Expr.Not not) {
            return new Predicate.Not(of(not.negated()));
        } else if (expr instanceof Expr.Between between) {
            return between(between);
        } else if (expr instanceof Expr.In in) {
            return in(in);
        } else if (expr instanceof Expr.Is is) {
            return is(is);
        } else if (expr instanceof Call call && !call.function().equals("size")) {
            return call(call);
        }
        return null;
    }

    private Predicate binary(Expr.Binary binary) {
        return switch (binary.operator()) {
            case AND -> new Predicate.And(of(binary.left()), of(binary.right()));
            case OR -> new Predicate.Or(of(binary.left()), of(binary.right()));
            case EQ -> compare(binary, Comparator.EQ);
            case NE -> compare(binary, Comparator.NE);
            case LT -> compare(binary, Comparator.LT);
            case LE -> compare(binary, Comparator.LE);
            case GT -> compare(binary, Comparator.GT);
            case GE -> compare(binary, Comparator.GE);
            case LIKE, CONCATENATE, PLUS, MINUS, TIMES, DIVIDE, MODULO -> throw unsupported(binary.operator());
        };
    }

    static ApiException unsupported(Operator operator) {
        return ApiException.validation("Unsupported operator: " + operator.symbol());
    }

    private Predicate compare(Expr.Binary binary, Comparator comparator) {
        Operand left = operand(binary.left());
        Operand right = operand(binary.right());
        if (comparator.isOrder()) {
            requireType(comparator.symbol(), left, ORDERED);
            requireType(comparator.symbol(), right, ORDERED);
        }
        return new Predicate.Compare(left, comparator, right);
    }

    private Predicate between(Expr.Between between) {
        Operand tested = operand(between.tested());
        Operand lower = operand(between.lower());
        Operand upper = operand(between.upper());
        requireType("BETWEEN", tested, ORDERED);
        requireType("BETWEEN", lower, ORDERED);
        requireType("BETWEEN", upper, ORDERED);
        if (lower instanceof Operand.Constant from && upper instanceof Operand.Constant to) {
            String fault = Checks.boundsFault(from.value(), to.value());
            if (fault != null) {
                throw ApiException.validation(fault);
            }
        }
        return new Predicate.Between(tested, lower, upper);
    }

    private Predicate in(Expr.In in) {
        List<Expr> candidates = values.candidates(in);
        if (candidates.size() > MAX_IN_OPERANDS) {
            throw ApiException.validation(
                    "The IN operator is provided with too many operands; number of operands: " + candidates.size());
        }
        List<Operand> operands = new ArrayList<>();
        candidates.forEach(candidate -> operands.add(operand(candidate)));
        return new Predicate.In(operand(in.tested()), operands);
    }

    private Predicate is(Expr.Is is) {
        Operand tested = operand(is.tested());
        if (is.type().equals("missing")) {
            if (tested instanceof Operand.At at) {
                return new Predicate.NotExists(at.path());
            }
            throw ApiException.validation("IS MISSING requires a document path at " + is.at());
        }
        Predicate any = null;
        for (Type type : Types.of(is.type())) {
            Predicate one = new Predicate.OfType(tested, type);
            any = any == null ? one : new Predicate.Or(any, one);
        }
        if (any == null) {
            throw ApiException.validation("Unsupported type: " + is.type() + " at " + is.at());
        }
        return any;
    }

    private Predicate call(Call call) {
        return switch (call.function()) {
            case "attribute_exists" -> new Predicate.Exists(onlyPath(call));
            case "attribute_not_exists" -> new Predicate.NotExists(onlyPath(call));
            case "attribute_type" -> ofType(call);
            case "begins_with" -> {
                List<Operand> operands = operands(call, 2);
                requireType(call.function(), operands.get(0), PREFIXES);
                requireType(call.function(), operands.get(1), PREFIXES);
                yield new Predicate.BeginsWith(operands.get(0), operands.get(1));
            }
            case "contains" -> {
                List<Operand> operands = operands(call, 2);
                yield new Predicate.Contains(operands.get(0), operands.get(1));
            }
            default -> throw unrecognized(call);
        };
    }

    static ApiException unrecognized(Call call) {
        return ApiException.validation("Unrecognized function: " + call.function() + " at " + call.at());
    }

    private Predicate ofType(Call call) {
        List<Operand> operands = operands(call, 2);
        Operand named = operands.get(1);
        if (!(named instanceof Operand.Constant constant) || !(constant.value() instanceof AttributeValue.S name)) {
            Type type = named.type();
            throw incorrectType(call.function(), type == null ? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}" : type.name());
        }
        for (Type type : Type.values()) {
            if (type.name().equals(name.value())) {
                return new Predicate.OfType(operands.get(0), type);
            }
        }
        throw ApiException.validation("Invalid attribute type name found; type: " + name.value()
                + ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
    }

    private List<Operand> operands(Call call, int count) {
        requireCount(call, count);
        List<Operand> operands = new ArrayList<>();
        call.arguments().forEach(argument -> operands.add(operand(argument)));
        return operands;
    }

    static void requireCount(Call call, int count) {
        if (call.arguments().size() != count) {
            throw ApiException.validation(
                    "Incorrect number of operands for operator or function; operator or function: " + call.function()
                            + ", number of operands: " + call.arguments().size());
        }
    }

    private static Path onlyPath(Call call) {
        requireCount(call, 1);
        return path(call, call.arguments().get(0));
    }

    static Path path(Call call, Expr argument) {
        if (argument instanceof Expr.Reference reference) {
            return reference.path();
        }
        throw ApiException.validation(
                "Operator or function requires a document path; operator or function: " + call.function());
    }

    private Operand operand(Expr expr) {
        if (expr instanceof Expr.Reference reference) {
            return new Operand.At(reference.path());
        } else if (Values.isConstant(expr)) {
            return new Operand.Constant(values.of(expr));
        } else if (expr instanceof Call call && call.function().equals("size")) {
            Operand of = operands(call, 1).get(0);
            requireType(call.function(), of, SIZED);
            return new Operand.Size(of);
        }
        Predicate condition = ofCondition(expr);
        if (condition == null) {
            throw ApiException.validation("A value or a document path is expected at " + expr.at());
        }
        return new Operand.Holds(condition);
    }

    private static void requireType(String operator, Operand operand, Set<Type> allowed) {
        Type type = operand.type();
        if (type != null && !allowed.contains(type)) {
            throw incorrectType(operator, type.name());
        }
    }

    static ApiException incorrectType(String operator, String type) {
        return ApiException.validation("Incorrect operand type for operator or function; operator or function: "
                + operator + ", operand type: " + type);
    }
}
