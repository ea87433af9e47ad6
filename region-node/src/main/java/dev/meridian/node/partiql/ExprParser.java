package dev.meridian.node.partiql;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.Path;
import dev.meridian.node.expression.Path.Step;
import dev.meridian.node.partiql.Expr.Operator;
import dev.meridian.node.partiql.Token.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads expressions by the precedence of their operators. */
final class ExprParser {
    /** Of parentheses, literals and prefixes in each other: values may be nested 32 deep; the stack is to bear the rest. */
    private static final int MAX_DEPTH = 100;

    /** Of all operators: the tree leans to the left, and as deep as there are many of them. */
    private static final int MAX_OPERATORS = 500;

    /** NOT binds more weakly than a comparison and more strongly than AND. */
    private static final int NOT_PRECEDENCE = 3;

    private static final int COMPARISON_PRECEDENCE = 4;

    private static final Set<String> OPERATOR_KEYWORDS =
            Set.of("and", "or", "is", "in", "like", "between", "union", "except", "intersect");

    private final Tokens tokens;
    private int parameters;
    private int depth;
    private int operators;

    ExprParser(Tokens tokens) {
        this.tokens = tokens;
    }

    int parameters() {
        return parameters;
    }

    Expr expression() {
        return expression(0);
    }

    private Expr expression(int weakest) {
        if (++depth > MAX_DEPTH) {
            throw ApiException.validation("Nesting Levels have exceeded supported limits");
        }
        Expr left = prefix();
        Expr more = infix(left, weakest);
        while (more != null) {
            if (++operators > MAX_OPERATORS) {
                throw ApiException.validation("The statement has too many operators; allowed: " + MAX_OPERATORS);
            }
            left = more;
            more = infix(left, weakest);
        }
        depth--;
        return left;
    }

    /** What an operator makes of its left operand; null if none that is strong enough follows. */
    private @Nullable Expr infix(Expr left, int weakest) {
        Token next = tokens.peek();
        Operator operator = operator(next);
        if (operator != null) {
            if (operator.precedence() <= weakest) {
                return null;
            }
            tokens.next();
            return new Expr.Binary(operator, left, right(operator.precedence()), next.place());
        }
        if (COMPARISON_PRECEDENCE <= weakest || next.kind() != Kind.KEYWORD) {
            return null;
        }
        if (next.isKeyword("is")) {
            tokens.next();
            boolean negated = tokens.skipKeyword("not");
            return negated(negated, new Expr.Is(left, type(), next.place()), next.place());
        }
        boolean negated = next.isKeyword("not");
        Token word = negated ? tokens.peek(1) : next;
        if (!word.isKeyword("in") && !word.isKeyword("between") && !(negated && word.isKeyword("like"))) {
            return null;
        }
        tokens.next();
        if (negated) {
            tokens.next();
        }
        return negated(negated, tested(left, word), next.place());
    }

    private Expr tested(Expr left, Token word) {
        if (word.isKeyword("in")) {
            return new Expr.In(left, list(), word.place());
        } else if (word.isKeyword("like")) {
            return new Expr.Binary(Operator.LIKE, left, right(COMPARISON_PRECEDENCE), word.place());
        }
        Expr lower = right(COMPARISON_PRECEDENCE);
        tokens.requireKeyword("and");
        return new Expr.Between(left, lower, right(COMPARISON_PRECEDENCE), word.place());
    }

    private static Expr negated(boolean negated, Expr expr, Place at) {
        return negated ? new Expr.Not(expr, at) : expr;
    }

    private Expr right(int precedence) {
        if (tokens.peek().kind() == Kind.END) {
            throw Malformed.statement("Missing right-hand side expression of infix operator");
        }
        return expression(precedence);
    }

    /** What stands behind IN. */
    private Expr list() {
        Place at = tokens.peek().place();
        if (tokens.skipSymbol("(")) {
            return new Expr.Sequence(elements(")"), at);
        }
        Expr list = right(COMPARISON_PRECEDENCE);
        if (list instanceof Expr.Sequence || list instanceof Expr.Bag || list instanceof Expr.Parameter) {
            return list;
        }
        throw Values.noList(list.at());
    }

    private static @Nullable Operator operator(Token token) {
        if (token.kind() != Kind.SYMBOL && token.kind() != Kind.KEYWORD) {
            return null;
        }
        for (Operator operator : Operator.values()) {
            if (operator.symbol().equalsIgnoreCase(token.text())) {
                return operator;
            }
        }
        return null;
    }

    /** The name of a type, behind IS; its length or precision in parentheses says nothing here. */
    private String type() {
        Token first = tokens.next();
        String name = first.text().toLowerCase(Locale.ROOT);
        if (name.equals("double") && tokens.skipKeyword("precision")) {
            name = "double precision";
        } else if (name.equals("character") && tokens.skipKeyword("varying")) {
            name = "character varying";
        }
        if (first.kind() != Kind.KEYWORD || !Types.isType(name)) {
            throw Malformed.statement("Expected type name");
        }
        if (tokens.skipSymbol("(")) {
            elements(")");
        }
        return name;
    }

    private Expr prefix() {
        Token next = tokens.peek();
        if (next.isKeyword("not")) {
            tokens.next();
            return new Expr.Not(expression(NOT_PRECEDENCE), next.place());
        }
        boolean minus = next.isSymbol("-");
        if (minus || next.isSymbol("+")) {
            tokens.next();
            Expr of = nested();
            if (!(of instanceof Expr.Number number)) {
                return new Expr.Negative(of, next.place());
            }
            return minus ? opposite(number) : number;
        }
        return primary();
    }

    private Expr nested() {
        if (++depth > MAX_DEPTH) {
            throw ApiException.validation("Nesting Levels have exceeded supported limits");
        }
        Expr of = prefix();
        depth--;
        return of;
    }

    private static Expr opposite(Expr.Number number) {
        String text = number.text().startsWith("-") ? number.text().substring(1) : "-" + number.text();
        return new Expr.Number(number.value().negate(), text, number.at());
    }

    private Expr primary() {
        Token next = tokens.peek();
        Place at = next.place();
        switch (next.kind()) {
            case TEXT -> {
                tokens.next();
                return new Expr.Text(next.text(), at);
            }
            case NUMBER -> {
                tokens.next();
                return new Expr.Number(number(next.text()), next.text(), at);
            }
            case PARAMETER -> {
                tokens.next();
                return new Expr.Parameter(parameters++, at);
            }
            case NAME, QUOTED_NAME -> {
                tokens.next();
                if (next.kind() == Kind.NAME && tokens.skipSymbol("(")) {
                    return new Expr.Call(next.text().toLowerCase(Locale.ROOT), arguments(), at);
                }
                return new Expr.Reference(new Path(next.text(), steps()), at);
            }
            case KEYWORD -> {
                return keyword(next);
            }
            case SYMBOL -> {
                return bracketed(next);
            }
            case END -> throw unexpected(next);
        }
        throw new AssertionError(next);
    }

    private static BigDecimal number(String text) {
        try {
            int exponent = text.toUpperCase(Locale.ROOT).indexOf('E');
            if (exponent >= 0) {
                // Releases of Java differ in what they make of greater ones.
                Integer.parseInt(text.substring(exponent + 1));
            }
            return new BigDecimal(text);
        } catch (NumberFormatException exponentOutOfInt) {
            throw Malformed.statement("");
        }
    }

    private Expr keyword(Token word) {
        Expr constant =
                switch (word.text().toLowerCase(Locale.ROOT)) {
                    case "true" -> new Expr.Bool(true, word.place());
                    case "false" -> new Expr.Bool(false, word.place());
                    case "null" -> new Expr.Null(word.place());
                    case "missing" -> new Expr.Missing(word.place());
                    default -> null;
                };
        if (constant != null) {
            tokens.next();
            return constant;
        }
        if (Keywords.isFunction(word.text()) && tokens.peek(1).isSymbol("(")) {
            tokens.next();
            tokens.next();
            return new Expr.Call(word.text().toLowerCase(Locale.ROOT), arguments(), word.place());
        }
        throw unexpected(word);
    }

    /** COUNT has a star for its argument. */
    private List<Expr> arguments() {
        if (tokens.peek().isSymbol("*") && tokens.peek(1).isSymbol(")")) {
            tokens.next();
            tokens.next();
            return List.of();
        }
        return elements(")");
    }

    private Expr bracketed(Token open) {
        switch (open.text()) {
            case "(" -> {
                tokens.next();
                Expr inner = expression();
                close(")");
                return inner;
            }
            case "[" -> {
                tokens.next();
                return new Expr.Sequence(elements("]"), open.place());
            }
            case "<<" -> {
                tokens.next();
                return new Expr.Bag(elements(">>"), open.place());
            }
            case "{" -> {
                tokens.next();
                return new Expr.Struct(members(), open.place());
            }
            default -> throw unexpected(open);
        }
    }

    /** Up to the closing symbol, and that. */
    private List<Expr> elements(String closing) {
        List<Expr> elements = new ArrayList<>();
        if (tokens.skipSymbol(closing)) {
            return elements;
        }
        do {
            elements.add(expression());
        } while (tokens.skipSymbol(","));
        close(closing);
        return elements;
    }

    private List<Expr.Member> members() {
        List<Expr.Member> members = new ArrayList<>();
        if (tokens.skipSymbol("}")) {
            return members;
        }
        do {
            Expr key = expression();
            if (!tokens.skipSymbol(":")) {
                throw Malformed.statement("Expected COLON");
            }
            members.add(new Expr.Member(key, expression()));
        } while (tokens.skipSymbol(","));
        close("}");
        return members;
    }

    void close(String closing) {
        if (!tokens.skipSymbol(closing)) {
            throw Malformed.statement("Expected "
                    + switch (closing) {
                        case ")" -> "RIGHT_PAREN";
                        case "]" -> "RIGHT_BRACKET";
                        case "}" -> "RIGHT_CURLY";
                        default -> "RIGHT_DOUBLE_ANGLE_BRACKET";
                    });
        }
    }

    /** The steps of a path behind its attribute. */
    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        while (true) {
            if (tokens.skipSymbol(".")) {
                if (!tokens.peek().isName()) {
                    throw Malformed.statement("Invalid path dot component");
                }
                steps.add(new Step.Name(tokens.next().text()));
            } else if (tokens.skipSymbol("[")) {
                steps.add(element());
            } else {
                return steps;
            }
        }
    }

    private Step element() {
        Expr index = expression();
        close("]");
        if (index instanceof Expr.Text name) {
            return new Step.Name(name.value());
        }
        if (!(index instanceof Expr.Number number) || number.value().scale() != 0) {
            throw Malformed.statement("Invalid path component");
        }
        BigDecimal value = number.value();
        if (value.signum() < 0 || value.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0) {
            throw ApiException.validation(
                    "List index is not within the allowable range; index: [" + number.text() + "] at " + number.at());
        }
        return new Step.Index(value.intValueExact());
    }

    /** What stands where a term should begin. */
    ApiException unexpected(Token token) {
        if (token.kind() == Kind.KEYWORD) {
            boolean isOperator = OPERATOR_KEYWORDS.contains(token.text().toLowerCase(Locale.ROOT));
            return Malformed.statement(isOperator ? "Unexpected operator" : "Unexpected keyword");
        }
        return Malformed.statement(operator(token) != null ? "Unexpected operator" : "Unexpected term");
    }
}
