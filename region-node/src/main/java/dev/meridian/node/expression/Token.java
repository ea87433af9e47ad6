package dev.meridian.node.expression;

/** A piece of an expression. @param start where it stands, in characters */
record Token(Kind kind, String text, int start) {
    enum Kind {
        /** A letter, then letters, digits, underscores. */
        WORD,
        /** {@code #name}. */
        NAME_PLACEHOLDER,
        /** {@code :value}. */
        VALUE_PLACEHOLDER,
        /** Digits, as an index. */
        INTEGER,
        /** An operator, a bracket, or a character that means nothing. */
        SYMBOL,
        END
    }

    /** Where it ends, in characters of the expression. */
    int end() {
        return kind == Kind.END ? start : start + text.length();
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isKeyword(String keyword) {
        return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
    }
}
