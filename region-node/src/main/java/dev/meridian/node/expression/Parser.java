package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.ValueSize;
import java.util.ArrayList;
import java.util.List;

/** What all the grammars share: a place in the tokens, paths, placeholders, limits. */
abstract class Parser {
    /** Bytes of an expression's text. */
    private static final int MAX_TEXT_BYTES = 4096;

    private static final int MAX_OPERATORS = 300;

    /** Brackets and NOTs within each other: no expression of 4 KB needs more, and each costs stack. */
    private static final int MAX_NESTING = 300;

    /** Steps of a document path, as deep as documents may be nested. */
    private static final int MAX_PATH_STEPS = 32;

    final ExpressionKind kind;
    final Placeholders placeholders;
    private final String text;
    private final List<Token> tokens;
    private int at;
    private int operators;
    private int nesting;

    Parser(ExpressionKind kind, String text, Placeholders placeholders) {
        this.kind = kind;
        this.text = text;
        this.placeholders = placeholders;
        if (text.isBlank()) {
            throw kind.invalid("The expression can not be empty;");
        }
        int bytes = ValueSize.utf8Length(text);
        if (bytes > MAX_TEXT_BYTES) {
            throw kind.invalid("Expression size has exceeded the maximum allowed size; expression size: " + bytes);
        }
        this.tokens = Lexer.tokens(kind, text);
    }

    final Token peek() {
        return tokens.get(at);
    }

    final Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    final Token next() {
        Token token = tokens.get(at);
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    final boolean skipSymbol(String symbol) {
        if (peek().isSymbol(symbol)) {
            next();
            return true;
        }
        return false;
    }

    final boolean skipKeyword(String keyword) {
        if (peek().isKeyword(keyword)) {
            next();
            return true;
        }
        return false;
    }

    final void expectSymbol(String symbol) {
        if (!skipSymbol(symbol)) {
            throw syntaxError();
        }
    }

    final void expectKeyword(String keyword) {
        if (!skipKeyword(keyword)) {
            throw syntaxError();
        }
    }

    final void expectEnd() {
        if (peek().kind() != Token.Kind.END) {
            throw syntaxError();
        }
    }

    final RuntimeException syntaxError() {
        Token token = peek();
        return Lexer.syntaxError(
                kind, text, token.start(), token.start() + token.text().length());
    }

    final void countOperator() {
        if (++operators > MAX_OPERATORS) {
            throw kind.invalid("The expression contains too many operators; operator count: " + operators);
        }
    }

    final void enter() {
        if (++nesting > MAX_NESTING) {
            throw kind.invalid("The expression is nested too deeply");
        }
    }

    final void leave() {
        nesting--;
    }

    /** The next is a function call. */
    final boolean isCall() {
        return peek().kind() == Token.Kind.WORD && peek(1).isSymbol("(");
    }

    final boolean isValue() {
        return peek().kind() == Token.Kind.VALUE_PLACEHOLDER;
    }

    final AttributeValue value() {
        if (!isValue()) {
            throw syntaxError();
        }
        return placeholders.value(kind, next().text());
    }

    final Path path() {
        String attribute = name();
        List<Path.Step> steps = new ArrayList<>();
        while (true) {
            if (skipSymbol(".")) {
                steps.add(new Path.Step.Name(name()));
            } else if (skipSymbol("[")) {
                steps.add(new Path.Step.Index(index()));
                expectSymbol("]");
            } else {
                break;
            }
            if (steps.size() > MAX_PATH_STEPS) {
                throw kind.invalid("The document path has too many nesting elements; nesting levels: " + steps.size());
            }
        }
        return new Path(attribute, steps);
    }

    private int index() {
        if (peek().kind() != Token.Kind.INTEGER) {
            throw syntaxError();
        }
        String digits = next().text();
        if (digits.length() > 9) {
            throw kind.invalid("List index is not within the allowable range; index: [" + digits + "]");
        }
        return Integer.parseInt(digits);
    }

    private String name() {
        Token token = peek();
        if (token.kind() == Token.Kind.NAME_PLACEHOLDER) {
            next();
            return placeholders.name(kind, token.text());
        }
        if (token.kind() != Token.Kind.WORD) {
            throw syntaxError();
        }
        if (ReservedWords.contains(token.text())) {
            throw kind.invalid("Attribute name is a reserved keyword; reserved keyword: " + token.text());
        }
        next();
        return token.text();
    }
}
