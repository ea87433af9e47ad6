package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The grammar of condition and filter expressions:
 *
 * <pre>
 * or         = and { OR and }
 * and        = not { AND not }
 * not        = NOT not | primary
 * primary    = "(" or ")" | function | comparison
 * comparison = operand ( comparator operand | BETWEEN operand AND operand | IN "(" operand { "," operand } ")" )
 * operand    = path | :value | size "(" path ")"
 * </pre>
 */
final class ConditionParser extends Parser {
    private static final int MAX_IN_OPERANDS = 100;

    private final Set<String> attributes = new LinkedHashSet<>();

    ConditionParser(ExpressionKind kind, String text, Placeholders placeholders) {
        super(kind, text, placeholders);
    }

    Predicate parse() {
        Predicate condition = or();
        expectEnd();
        return condition;
    }

    Set<String> attributes() {
        return attributes;
    }

    private Predicate or() {
        enter();
        Predicate left = and();
        while (skipKeyword("OR")) {
            countOperator();
            left = new Predicate.Or(left, and());
        }
        leave();
        return left;
    }

    private Predicate and() {
        Predicate left = not();
        while (skipKeyword("AND")) {
            countOperator();
            left = new Predicate.And(left, not());
        }
        return left;
    }

    private Predicate not() {
        if (skipKeyword("NOT")) {
            countOperator();
            enter();
            Predicate negated = not();
            leave();
            return new Predicate.Not(negated);
        }
        return primary();
    }

    private Predicate primary() {
        if (skipSymbol("(")) {
            Predicate inner = or();
            expectSymbol(")");
            return inner;
        }
        if (isCall() && !peek().text().equals("size")) {
            return function();
        }
        return comparison();
    }

    private Predicate comparison() {
        Operand left = operand();
        if (skipKeyword("BETWEEN")) {
            countOperator();
            Operand lower = operand();
            expectKeyword("AND");
            Operand upper = operand();
            Checks.bounds(kind, lower, upper);
            return new Predicate.Between(left, lower, upper);
        }
        if (skipKeyword("IN")) {
            countOperator();
            return in(left);
        }
        Comparator comparator = peek().kind() == Token.Kind.SYMBOL ? Comparator.ofSymbol(peek().text()) : null;
        if (comparator == null) {
            throw syntaxError();
        }
        next();
        countOperator();
        Operand right = operand();
        if (comparator.isOrder()) {
            Checks.ordered(kind, comparator.symbol(), left);
            Checks.ordered(kind, comparator.symbol(), right);
        }
        if (left.equals(right) && left instanceof Operand.At at) {
            throw kind.invalid("The first operand must be distinct from the remaining operands for this operator or"
                    + " function; operator: " + comparator.symbol() + ", first operand: " + at.path());
        }
        return new Predicate.Compare(left, comparator, right);
    }

    private Predicate in(Operand left) {
        expectSymbol("(");
        List<Operand> candidates = new ArrayList<>();
        do {
            candidates.add(operand());
        } while (skipSymbol(","));
        expectSymbol(")");
        if (candidates.size() > MAX_IN_OPERANDS) {
            throw kind.invalid(
                    "The IN operator is provided with too many operands; number of operands: " + candidates.size());
        }
        return new Predicate.In(left, candidates);
    }

    private Operand operand() {
        if (isValue()) {
            return new Operand.Constant(value());
        }
        if (isCall()) {
            String name = peek().text();
            List<Operand> arguments = arguments();
            if (!name.equals("size")) {
                throw kind.invalid(
                        Checks.isFunction(name)
                                ? "The function is not allowed to be used this way in an expression; function: " + name
                                : "Invalid function name; function: " + name);
            }
            Checks.count(kind, name, arguments, 1);
            if (arguments.get(0) instanceof Operand.Constant constant) {
                Checks.sizeable(kind, constant);
            }
            return new Operand.Size(arguments.get(0));
        }
        Path path = path();
        attributes.add(path.attribute());
        return new Operand.At(path);
    }

    private List<Operand> arguments() {
        enter();
        next();
        expectSymbol("(");
        List<Operand> arguments = new ArrayList<>();
        do {
            arguments.add(operand());
        } while (skipSymbol(","));
        expectSymbol(")");
        leave();
        return arguments;
    }

    private Predicate function() {
        String name = peek().text();
        if (!Checks.isFunction(name)) {
            throw kind.invalid("Invalid function name; function: " + name);
        }
        if (Checks.isUpdateFunction(name)) {
            throw kind.invalid("The function is not allowed to be used this way in an expression; function: " + name);
        }
        List<Operand> arguments = arguments();
        countOperator();
        return switch (name) {
            case "attribute_exists" -> new Predicate.Exists(Checks.onlyPath(kind, name, arguments));
            case "attribute_not_exists" ->
                new Predicate.Not(new Predicate.Exists(Checks.onlyPath(kind, name, arguments)));
            case "attribute_type" -> ofType(arguments);
            case "begins_with" -> {
                Checks.count(kind, name, arguments, 2);
                arguments.forEach(
                        argument -> Checks.type(kind, name, argument, AttributeValue.Type.S, AttributeValue.Type.B));
                yield new Predicate.BeginsWith(arguments.get(0), arguments.get(1));
            }
            case "contains" -> {
                Checks.count(kind, name, arguments, 2);
                Checks.distinct(kind, name, arguments);
                yield new Predicate.Contains(arguments.get(0), arguments.get(1));
            }
            default -> throw kind.invalid("Invalid function name; function: " + name);
        };
    }

    private Predicate ofType(List<Operand> arguments) {
        Checks.count(kind, "attribute_type", arguments, 2);
        if (!(arguments.get(1) instanceof Operand.Constant constant)) {
            throw kind.invalid("Incorrect operand type for operator or function; operator or function: attribute_type,"
                    + " operand type: Attribute name");
        }
        Checks.type(kind, "attribute_type", constant, AttributeValue.Type.S);
        String name = ((AttributeValue.S) constant.value()).value();
        for (AttributeValue.Type type : AttributeValue.Type.values()) {
            if (type.name().equals(name)) {
                return new Predicate.OfType(arguments.get(0), type);
            }
        }
        throw kind.invalid(
                "Invalid attribute type name found; type: " + name + ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
    }
}
