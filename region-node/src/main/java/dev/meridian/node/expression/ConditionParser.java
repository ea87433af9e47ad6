package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.AttributeValue.Type;
import dev.meridian.node.expression.Faults.Pass;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The grammar of condition, filter and key condition expressions:
 *
 * <pre>
 * or        = and { OR and }
 * and       = not { AND not }
 * not       = NOT not | predicate
 * predicate = operand ( comparator operand | BETWEEN operand AND operand | IN "(" operand { "," operand } ")" )
 *           | call | "(" or ")"
 * operand   = "(" operand ")" [ steps of a path ] | path | :value | call
 * call      = function "(" operand { "," operand } ")"
 * </pre>
 *
 * <p>A parenthesis may begin an operand or a condition: either is read, and what comes behind it decides.
 */
final class ConditionParser extends Parser {
    private static final int MAX_IN_OPERANDS = 100;
    private static final Set<String> KEYWORDS = Set.of("AND", "OR", "NOT", "BETWEEN", "IN");

    /** Stand where a fault has been noted, so that reading can go on. */
    private static final Operand NO_OPERAND = new Operand.Constant(new AttributeValue.Null());

    private static final Predicate NO_PREDICATE = new Predicate.Compare(NO_OPERAND, Comparator.EQ, NO_OPERAND);

    private final Set<String> attributes = new LinkedHashSet<>();

    ConditionParser(ExpressionKind kind, String text, Placeholders placeholders) {
        super(kind, text, placeholders, KEYWORDS);
    }

    Predicate parse() {
        Predicate condition = asCondition(or());
        finish();
        return condition;
    }

    Set<String> attributes() {
        return attributes;
    }

    private Term or() {
        Term left = and();
        while (peek().isKeyword("OR")) {
            Predicate first = asCondition(left);
            next();
            countOperator();
            left = new Predicate.Or(first, asCondition(and()));
        }
        return left;
    }

    private Term and() {
        Term left = not();
        while (peek().isKeyword("AND")) {
            Predicate first = asCondition(left);
            next();
            countOperator();
            left = new Predicate.And(first, asCondition(not()));
        }
        return left;
    }

    private Term not() {
        if (!skipKeyword("NOT")) {
            return predicate();
        }
        countOperator();
        enter();
        Predicate negated = asCondition(not());
        leave();
        return new Predicate.Not(negated);
    }

    private Term predicate() {
        Term term = comparison(parenthesizedOr());
        faults.nextPart();
        return term;
    }

    private Term parenthesizedOr() {
        if (!peek().isSymbol("(")) {
            return bareOperand();
        }
        int opened = openParenthesis();
        Term inner = or();
        closeParenthesis(opened);
        return continued(inner);
    }

    /** What stands alone, if no comparison follows. */
    private Term comparison(Term left) {
        if (peek().isKeyword("BETWEEN")) {
            return between(asOperand(left));
        }
        if (peek().isKeyword("IN")) {
            return in(asOperand(left));
        }
        Comparator comparator = peek().kind() == Token.Kind.SYMBOL ? Comparator.ofSymbol(peek().text()) : null;
        return comparator == null ? left : compare(asOperand(left), comparator);
    }

    private Predicate compare(Operand left, Comparator comparator) {
        next();
        countOperator();
        Operand right = operand();
        Checks.distinct(faults, comparator.symbol(), left, right);
        if (comparator.isOrder()) {
            Checks.ordered(faults, comparator.symbol(), left);
            Checks.ordered(faults, comparator.symbol(), right);
        }
        return new Predicate.Compare(left, comparator, right);
    }

    private Predicate between(Operand tested) {
        next();
        countOperator();
        Operand lower = operand();
        expectKeyword("AND");
        Operand upper = operand();
        Checks.ordered(faults, "BETWEEN", tested);
        Checks.bounds(faults, lower, upper);
        return new Predicate.Between(tested, lower, upper);
    }

    private Predicate in(Operand tested) {
        next();
        countOperator();
        expectSymbol("(");
        List<Operand> candidates = operands();
        if (candidates.size() > MAX_IN_OPERANDS) {
            faults.note(
                    Pass.IN_SIZE,
                    "The IN operator is provided with too many operands; number of operands: " + candidates.size());
        }
        return new Predicate.In(tested, candidates);
    }

    /** Operands up to the parenthesis that ends their list. */
    private List<Operand> operands() {
        List<Operand> operands = new ArrayList<>();
        do {
            operands.add(operand());
        } while (skipSymbol(","));
        expectSymbol(")");
        return operands;
    }

    private Operand operand() {
        return asOperand(parenthesizedOperand());
    }

    private Term parenthesizedOperand() {
        if (!peek().isSymbol("(")) {
            return bareOperand();
        }
        int opened = openParenthesis();
        Term inner = parenthesizedOperand();
        closeParenthesis(opened);
        return continued(inner);
    }

    /** A path in parentheses may go on behind them. */
    private Term continued(Term term) {
        return term instanceof Operand.At at ? new Operand.At(pathFrom(at.path())) : term;
    }

    private Term bareOperand() {
        if (isValue()) {
            return new Operand.Constant(value());
        }
        if (isCall()) {
            return call();
        }
        Path path = path();
        attributes.add(path.attribute());
        return new Operand.At(path);
    }

    private Term.Call call() {
        enter();
        countOperator();
        String function = next().text();
        expectSymbol("(");
        List<Operand> arguments = operands();
        leave();
        return new Term.Call(
                function, Checks.function(faults, kind, function) ? meaning(function, arguments) : NO_OPERAND);
    }

    private Term meaning(String function, List<Operand> arguments) {
        int expected =
                switch (function) {
                    case "size", "attribute_exists", "attribute_not_exists" -> 1;
                    default -> 2;
                };
        if (!Checks.count(faults, function, arguments, expected)) {
            return function.equals("size") ? NO_OPERAND : NO_PREDICATE;
        }
        Operand first = arguments.get(0);
        Operand last = arguments.get(expected - 1);
        return switch (function) {
            case "size" -> {
                Checks.sized(faults, first);
                yield new Operand.Size(first);
            }
            case "attribute_exists" -> ofPath(function, first, true);
            case "attribute_not_exists" -> ofPath(function, first, false);
            case "attribute_type" -> {
                Checks.distinct(faults, function, first, last);
                Type type = Checks.typeNamed(faults, last);
                yield type == null ? NO_PREDICATE : new Predicate.OfType(first, type);
            }
            case "begins_with" -> {
                Checks.distinct(faults, function, first, last);
                Checks.type(faults, function, first.type(), EnumSet.of(Type.S, Type.B));
                Checks.type(faults, function, last.type(), EnumSet.of(Type.S, Type.B));
                yield new Predicate.BeginsWith(first, last);
            }
            case "contains" -> {
                Checks.distinct(faults, function, first, last);
                yield new Predicate.Contains(first, last);
            }
            default -> throw new AssertionError(function);
        };
    }

    private Predicate ofPath(String function, Operand operand, boolean exists) {
        if (operand instanceof Operand.At at) {
            return exists ? new Predicate.Exists(at.path()) : new Predicate.NotExists(at.path());
        }
        Checks.noPath(faults, function);
        return NO_PREDICATE;
    }

    private Predicate asCondition(Term term) {
        if (term instanceof Predicate predicate) {
            return predicate;
        }
        if (term instanceof Term.Call call) {
            if (call.meaning() instanceof Predicate predicate) {
                return predicate;
            }
            Checks.place(faults, call.function());
            return NO_PREDICATE;
        }
        throw syntaxError();
    }

    private Operand asOperand(Term term) {
        if (term instanceof Operand operand) {
            return operand;
        }
        if (term instanceof Term.Call call) {
            if (call.meaning() instanceof Operand operand) {
                return operand;
            }
            Checks.place(faults, call.function());
            return NO_OPERAND;
        }
        throw syntaxError();
    }
}
