package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.ValueSize;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.Faults.Pass;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What all the grammars share: a place in the tokens, paths, placeholders, limits. */
abstract class Parser {
    /** Bytes of an expression's text. */
    private static final int MAX_TEXT_BYTES = 4096;

    /** Operators and functions; parentheses are neither. */
    private static final int MAX_OPERATORS = 300;

    /** Brackets and NOTs within each other: no expression of 4 KB needs more, and each costs stack. */
    private static final int MAX_NESTING = 300;

    /** Elements of a document path, as deep as documents may be nested. */
    private static final int MAX_PATH_ELEMENTS = 32;

    final ExpressionKind kind;
    final Faults faults;
    private final Placeholders placeholders;
    private final String text;
    private final Set<String> keywords;
    private final List<Token> tokens;
    private final Set<String> documents = new LinkedHashSet<>();
    private int at;
    private int operators;
    private int nesting;
    private int lastOpened = -1;
    private int lastClosed = -1;

    /** @param keywords in capitals: words that in this kind of expression are never names */
    Parser(ExpressionKind kind, String text, Placeholders placeholders, Set<String> keywords) {
        this.kind = kind;
        this.faults = new Faults(kind);
        this.text = text;
        this.placeholders = placeholders;
        this.keywords = keywords;
        if (text.isBlank()) {
            throw kind.invalid("The expression can not be empty;");
        }
        int bytes = ValueSize.utf8Length(text);
        if (bytes > MAX_TEXT_BYTES) {
            String size = kind == ExpressionKind.UPDATE ? "" : " expression size: " + bytes;
            throw kind.invalid("Expression size has exceeded the maximum allowed size;" + size);
        }
        this.tokens = Lexer.tokens(text);
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

    /** To be called when all has been read: nothing may be left, and no fault have been noted. */
    final void finish() {
        if (peek().kind() != Token.Kind.END) {
            throw syntaxError();
        }
        if (operators > MAX_OPERATORS) {
            faults.note(Pass.OPERATORS, "The expression contains too many operators; operator count: " + operators);
        }
        faults.throwFirst();
    }

    /** DynamoDB names the token and shows it between its neighbours. */
    final ApiException syntaxError() {
        Token token = peek();
        int from = at == 0 ? token.start() : tokens.get(at - 1).start();
        return kind.invalid("Syntax error; token: \"" + token.text() + "\", near: \""
                + text.substring(from, peek(1).end()).stripTrailing() + "\"");
    }

    final void countOperator() {
        operators++;
    }

    /** @return a mark of this parenthesis for {@link #closeParenthesis} */
    final int openParenthesis() {
        enter();
        expectSymbol("(");
        return at - 1;
    }

    /** Parentheses around nothing but parentheses are a fault. */
    final void closeParenthesis(int opened) {
        if (lastOpened == opened + 1 && lastClosed == at - 1) {
            faults.note(Pass.PARENTHESES, "The expression has redundant parentheses;");
        }
        expectSymbol(")");
        leave();
        lastOpened = opened;
        lastClosed = at - 1;
    }

    final void enter() {
        if (++nesting > MAX_NESTING) {
            throw kind.invalid("The expression is nested too deeply");
        }
    }

    final void leave() {
        nesting--;
    }

    private boolean isWord() {
        return peek().kind() == Token.Kind.WORD
                && !keywords.contains(peek().text().toUpperCase(Locale.ROOT));
    }

    /** The next is a function call. */
    final boolean isCall() {
        return isWord() && peek(1).isSymbol("(");
    }

    final boolean isValue() {
        return peek().kind() == Token.Kind.VALUE_PLACEHOLDER;
    }

    final AttributeValue value() {
        if (!isValue()) {
            throw syntaxError();
        }
        String placeholder = next().text();
        AttributeValue value = placeholders.value(placeholder);
        if (value == null) {
            faults.note(
                    Pass.VALUE,
                    "An expression attribute value used in expression is not defined; attribute value: " + placeholder);
            return new AttributeValue.Null();
        }
        return value;
    }

    final Path path() {
        return pathFrom(new Path(name(), List.of()));
    }

    /** Reads on where a path has begun. */
    final Path pathFrom(Path begun) {
        List<Path.Step> steps = new ArrayList<>(begun.steps());
        while (true) {
            if (skipSymbol(".")) {
                steps.add(new Path.Step.Name(name()));
            } else if (skipSymbol("[")) {
                steps.add(new Path.Step.Index(index()));
                expectSymbol("]");
            } else {
                break;
            }
        }
        if (steps.size() >= MAX_PATH_ELEMENTS) {
            faults.note(
                    Pass.PATH_LENGTH,
                    "The document path has too many nesting levels; nesting levels: " + (steps.size() + 1));
        }
        if (!steps.isEmpty()) {
            documents.add(begun.attribute());
        }
        return new Path(begun.attribute(), steps);
    }

    /** The attributes that a path has gone into, which must be documents. */
    final Set<String> documents() {
        return documents;
    }

    private int index() {
        if (peek().kind() != Token.Kind.INTEGER) {
            throw syntaxError();
        }
        String digits = next().text();
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException tooLarge) {
            faults.note(Pass.INDEX, "List index is not within the allowable range; index: [" + digits + "]");
            return 0;
        }
    }

    private String name() {
        if (peek().kind() == Token.Kind.NAME_PLACEHOLDER) {
            String placeholder = next().text();
            String name = placeholders.name(placeholder);
            if (name == null) {
                faults.note(
                        Pass.NAME,
                        "An expression attribute name used in the document path is not defined; attribute name: "
                                + placeholder);
                return placeholder;
            }
            return name;
        }
        if (!isWord()) {
            throw syntaxError();
        }
        String name = next().text();
        if (ReservedWords.contains(name)) {
            faults.note(Pass.RESERVED_WORD, "Attribute name is a reserved keyword; reserved keyword: " + name);
        }
        return name;
    }
}
