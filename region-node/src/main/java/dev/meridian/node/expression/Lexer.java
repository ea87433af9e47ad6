package dev.meridian.node.expression;

import java.util.ArrayList;
import java.util.List;

/** Cuts an expression into tokens. Takes every text: what is nothing else is a symbol that no grammar knows. */
final class Lexer {
    private final String text;
    private int at;

    private Lexer(String text) {
        this.text = text;
    }

    /** The tokens; the last one, and only that, is {@link Token.Kind#END}. */
    static List<Token> tokens(String text) {
        Lexer lexer = new Lexer(text);
        List<Token> tokens = new ArrayList<>();
        for (lexer.skipBlanks(); lexer.at < text.length(); lexer.skipBlanks()) {
            tokens.add(lexer.next());
        }
        tokens.add(new Token(Token.Kind.END, "<EOF>", text.length()));
        return tokens;
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private Token next() {
        int start = at;
        char c = text.charAt(at);
        if (isLetter(c)) {
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
        for (String symbol : new String[] {"<>", "<=", ">="}) {
            if (text.startsWith(symbol, start)) {
                return take(Token.Kind.SYMBOL, start, start + symbol.length());
            }
        }
        return take(Token.Kind.SYMBOL, start, text.offsetByCodePoints(start, 1));
    }

    private Token take(Token.Kind tokenKind, int start, int end) {
        at = end;
        return new Token(tokenKind, text.substring(start, end), start);
    }

    private int wordEnd(int from) {
        int end = from;
        while (end < text.length()
                && (isLetter(text.charAt(end)) || isDigit(text.charAt(end)) || text.charAt(end) == '_')) {
            end++;
        }
        return end;
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
