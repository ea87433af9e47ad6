package dev.meridian.node.expression;

import java.util.ArrayList;
import java.util.List;

/** Cuts an expression into tokens. */
final class Lexer {
    private final ExpressionKind kind;
    private final String text;
    private int at;

    private Lexer(ExpressionKind kind, String text) {
        this.kind = kind;
        this.text = text;
    }

    static List<Token> tokens(ExpressionKind kind, String text) {
        return new Lexer(kind, text).all();
    }

    private List<Token> all() {
        List<Token> tokens = new ArrayList<>();
        for (skipBlanks(); at < text.length(); skipBlanks()) {
            tokens.add(next());
        }
        tokens.add(new Token(Token.Kind.END, "<EOF>", text.length()));
        return tokens;
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private Token next() {
        int start = at;
        char c = text.charAt(at);
        if (isWordStart(c)) {
            return take(Token.Kind.WORD, start, wordEnd(start));
        }
        if (c == '#' || c == ':') {
            int end = wordEnd(start + 1);
            if (end > start + 1) {
                return take(c == '#' ? Token.Kind.NAME_PLACEHOLDER : Token.Kind.VALUE_PLACEHOLDER, start, end);
            }
        }
        if (isDigit(c)) {
            int end = start;
            while (end < text.length() && isDigit(text.charAt(end))) {
                end++;
            }
            return take(Token.Kind.INTEGER, start, end);
        }
        for (String symbol : new String[] {"<>", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-"}) {
            if (text.startsWith(symbol, start)) {
                return take(Token.Kind.SYMBOL, start, start + symbol.length());
            }
        }
        throw syntaxError(kind, text, start, start + 1);
    }

    private Token take(Token.Kind tokenKind, int start, int end) {
        at = end;
        return new Token(tokenKind, text.substring(start, end), start);
    }

    private int wordEnd(int from) {
        int end = from;
        while (end < text.length() && (isWordStart(text.charAt(end)) || isDigit(text.charAt(end)))) {
            end++;
        }
        return end;
    }

    private static boolean isWordStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** DynamoDB names the token and some of the text around it. */
    static RuntimeException syntaxError(ExpressionKind kind, String text, int start, int end) {
        String token = start >= text.length() ? "<EOF>" : text.substring(start, Math.min(end, text.length()));
        int nearStart = previousWord(text, start);
        int nearEnd = nextWord(text, Math.min(end, text.length()));
        String near = text.substring(nearStart, nearEnd);
        return kind.invalid("Syntax error; token: \"" + token + "\", near: \"" + near + "\"");
    }

    private static int previousWord(String text, int start) {
        int i = Math.min(start, text.length()) - 1;
        while (i >= 0 && Character.isWhitespace(text.charAt(i))) {
            i--;
        }
        while (i >= 0 && !Character.isWhitespace(text.charAt(i))) {
            i--;
        }
        return Math.max(0, i + 1);
    }

    private static int nextWord(String text, int end) {
        int i = end;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        while (i < text.length() && !Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i;
    }
}
