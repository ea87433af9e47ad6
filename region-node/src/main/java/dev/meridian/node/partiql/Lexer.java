package dev.meridian.node.partiql;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.partiql.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Cuts a statement into tokens; spaces and comments fall away. */
final class Lexer {
    /** Longer ones first. */
    private static final List<String> SYMBOLS = List.of(
            "<<", ">>", "<=", ">=", "<>", "!=", "||", "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{",
            "}", ",", ".", ":", ";");

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lineStart;

    private Lexer(String text) {
        this.text = text;
    }

    /** @return the tokens, with one of kind END behind them */
    static List<Token> tokens(String text) {
        return new Lexer(text).all();
    }

    private List<Token> all() {
        while (skipBlank()) {
            tokens.add(next());
        }
        tokens.add(new Token(Kind.END, "", place(at)));
        return tokens;
    }

    private Place place(int from) {
        return new Place(line, from - lineStart + 1, at - from);
    }

    private char peek(int ahead) {
        return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
    }

    private void advance() {
        if (text.charAt(at) == '\n') {
            line++;
            lineStart = at + 1;
        }
        at++;
    }

    /** @return whether there is more */
    private boolean skipBlank() {
        while (at < text.length()) {
            if (Character.isWhitespace(peek(0))) {
                advance();
            } else if (text.startsWith("--", at)) {
                while (at < text.length() && peek(0) != '\n') {
                    at++;
                }
            } else if (text.startsWith("/*", at)) {
                skipComment();
            } else {
                return true;
            }
        }
        return false;
    }

    private void skipComment() {
        int end = text.indexOf("*/", at + 2);
        if (end < 0) {
            throw unreadable();
        }
        while (at < end + 2) {
            advance();
        }
    }

    private Token next() {
        char first = peek(0);
        if (isNameStart(first)) {
            return word();
        }
        if (isDigit(first) || (first == '.' && isDigit(peek(1)))) {
            return number();
        }
        if (first == '\'') {
            return quoted('\'', Kind.TEXT);
        }
        if (first == '"') {
            return quoted('"', Kind.QUOTED_NAME);
        }
        int from = at;
        if (first == '?') {
            at++;
            return new Token(Kind.PARAMETER, "?", place(from));
        }
        for (String symbol : SYMBOLS) {
            if (text.startsWith(symbol, at)) {
                at += symbol.length();
                return new Token(Kind.SYMBOL, symbol.equals("!=") ? "<>" : symbol, place(from));
            }
        }
        throw unreadable();
    }

    private Token word() {
        int from = at;
        while (isNameStart(peek(0)) || isDigit(peek(0))) {
            at++;
        }
        String word = text.substring(from, at);
        return new Token(Keywords.contains(word) ? Kind.KEYWORD : Kind.NAME, word, place(from));
    }

    private Token number() {
        int from = at;
        skipDigits();
        if (peek(0) == '.') {
            at++;
            skipDigits();
        }
        if (peek(0) == 'e' || peek(0) == 'E') {
            int sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
            if (isDigit(peek(1 + sign))) {
                at += 1 + sign;
                skipDigits();
            }
        }
        return new Token(Kind.NUMBER, text.substring(from, at), place(from));
    }

    private void skipDigits() {
        while (isDigit(peek(0))) {
            at++;
        }
    }

    /** Within quotes, two of them stand for one. */
    private Token quoted(char quote, Kind kind) {
        int from = at;
        int fromLine = line;
        int fromLineStart = lineStart;
        at++;
        StringBuilder content = new StringBuilder();
        while (at < text.length()) {
            if (peek(0) != quote) {
                content.append(peek(0));
                advance();
            } else if (peek(1) == quote) {
                content.append(quote);
                at += 2;
            } else {
                at++;
                return new Token(kind, content.toString(), new Place(fromLine, from - fromLineStart + 1, at - from));
            }
        }
        throw unreadable();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    }

    private static ApiException unreadable() {
        return Malformed.statement("");
    }
}
