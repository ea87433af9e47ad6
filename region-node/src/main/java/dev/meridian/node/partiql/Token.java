package dev.meridian.node.partiql;

/**
 * A piece of a statement.
 *
 * @param text as it means: of a string its content, of a keyword or a name as it was written
 */
record Token(Kind kind, String text, Place place) {
    enum Kind {
        NAME,
        QUOTED_NAME,
        KEYWORD,
        TEXT,
        NUMBER,
        PARAMETER,
        SYMBOL,
        END
    }

    boolean isName() {
        return kind == Kind.NAME || kind == Kind.QUOTED_NAME;
    }

    boolean isKeyword(String keyword) {
        return kind == Kind.KEYWORD && text.equalsIgnoreCase(keyword);
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    /** The end of the text, or the semicolon before it. */
    boolean isEnd() {
        return kind == Kind.END || isSymbol(";");
    }
}
