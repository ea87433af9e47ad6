package dev.meridian.node.partiql;

/** Where a token stands in a statement: line and column from 1, length in characters. */
public record Place(int line, int column, int length) {
    /** As errors show it. */
    @Override
    public String toString() {
        return line + ":" + column + ":" + length;
    }
}
