package dev.meridian.node.partiql;

import java.util.List;
import java.util.Locale;

/** The tokens of a statement, with how far they have been read. */
final class Tokens {
    private final List<Token> tokens;
    private int at;

    /** @param tokens with one of kind END behind them */
    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return peek(0);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    /** The end can be read again and again. */
    Token next() {
        Token next = peek();
        at++;
        return next;
    }

    boolean skipKeyword(String keyword) {
        boolean found = peek().isKeyword(keyword);
        at += found ? 1 : 0;
        return found;
    }

    boolean skipSymbol(String symbol) {
        boolean found = peek().isSymbol(symbol);
        at += found ? 1 : 0;
        return found;
    }

    void requireKeyword(String keyword) {
        if (!skipKeyword(keyword)) {
            throw Malformed.statement("Expected " + keyword.toUpperCase(Locale.ROOT));
        }
    }

    void requireSymbol(String symbol) {
        if (!skipSymbol(symbol)) {
            throw Malformed.statement("Expected " + symbol);
        }
    }

    /** Nothing but a semicolon is left. */
    void requireEnd() {
        skipSymbol(";");
        if (peek().kind() != Token.Kind.END) {
            throw Malformed.leftover();
        }
    }

    boolean anyKeyword(String keyword) {
        return tokens.stream().anyMatch(token -> token.isKeyword(keyword));
    }
}
