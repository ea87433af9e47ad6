package dev.meridian.node.partiql;

import dev.meridian.model.AttributeValue;
import dev.meridian.node.expression.Path;
import java.math.BigDecimal;
import java.util.List;

/** An expression as a statement has it; what it may mean where it stands is not yet looked at. */
public sealed interface Expr {
    Place at();

    record Text(String value, Place at) implements Expr {}

    /** @param text as it was written, with its sign; {@code value} may be out of DynamoDB's range */
    record Number(BigDecimal value, String text, Place at) implements Expr {}

    record Bool(boolean value, Place at) implements Expr {}

    record Null(Place at) implements Expr {}

    record Missing(Place at) implements Expr {}

    /** @param index from 0, in the order of the question marks */
    record Parameter(int index, Place at) implements Expr {}

    /** A value that a parameter holds: no statement is written with one. */
    record Constant(AttributeValue value, Place at) implements Expr {}

    /** {@code [1, 2]}, or behind IN also {@code (1, 2)}. */
    record Sequence(List<Expr> elements, Place at) implements Expr {}

    /** {@code <<1, 2>>}: a set. */
    record Bag(List<Expr> members, Place at) implements Expr {}

    /** {@code {'a': 1}}. */
    record Struct(List<Member> members, Place at) implements Expr {}

    record Member(Expr key, Expr value) {}

    /** An attribute, or a path into one. */
    record Reference(Path path, Place at) implements Expr {
        public boolean isAttribute(String name) {
            return path.steps().isEmpty() && path.attribute().equals(name);
        }
    }

    /** @param function in lower case */
    record Call(String function, List<Expr> arguments, Place at) implements Expr {}

    record Binary(Operator operator, Expr left, Expr right, Place at) implements Expr {}

    record Not(Expr negated, Place at) implements Expr {}

    /** A minus before what is no number. */
    record Negative(Expr of, Place at) implements Expr {}

    record Between(Expr tested, Expr lower, Expr upper, Place at) implements Expr {}

    /** @param list a sequence, a bag, or a parameter that holds the candidates */
    record In(Expr tested, Expr list, Place at) implements Expr {}

    /** @param type in lower case; {@code null} and {@code missing} are such types too */
    record Is(Expr tested, String type, Place at) implements Expr {}

    /** Those that stand between two operands, with how strongly they bind. */
    enum Operator {
        OR("or", 1),
        AND("and", 2),
        EQ("=", 4),
        NE("<>", 4),
        LT("<", 4),
        LE("<=", 4),
        GT(">", 4),
        GE(">=", 4),
        LIKE("like", 4),
        CONCATENATE("||", 5),
        PLUS("+", 6),
        MINUS("-", 6),
        TIMES("*", 7),
        DIVIDE("/", 7),
        MODULO("%", 7);

        private final String symbol;
        private final int precedence;

        Operator(String symbol, int precedence) {
            this.symbol = symbol;
            this.precedence = precedence;
        }

        String symbol() {
            return symbol;
        }

        int precedence() {
            return precedence;
        }
    }
}
