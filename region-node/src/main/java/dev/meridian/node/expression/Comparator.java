package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.KeyCodec;
import org.jspecify.annotations.Nullable;

/** How two values are compared. The last two are for sort keys only. */
public enum Comparator {
    EQ("="),
    NE("<>"),
    LT("<"),
    LE("<="),
    GT(">"),
    GE(">="),
    BETWEEN("BETWEEN"),
    BEGINS_WITH("begins_with");

    private final String symbol;

    Comparator(String symbol) {
        this.symbol = symbol;
    }

    public String symbol() {
        return symbol;
    }

    public static @Nullable Comparator ofSymbol(String symbol) {
        for (Comparator comparator : new Comparator[] {EQ, NE, LT, LE, GT, GE}) {
            if (comparator.symbol.equals(symbol)) {
                return comparator;
            }
        }
        return null;
    }

    public boolean isOrder() {
        return this == LT || this == LE || this == GT || this == GE;
    }

    /** Values of different types are unequal and not in any order; so is what is not there. */
    boolean holds(@Nullable AttributeValue left, @Nullable AttributeValue right) {
        if (this == EQ || this == NE) {
            boolean equal = left != null && left.equals(right);
            return (this == EQ) == equal;
        }
        if (left == null || right == null || left.type() != right.type() || !isOrdered(left)) {
            return false;
        }
        int order = compare(left, right);
        return switch (this) {
            case LT -> order < 0;
            case LE -> order <= 0;
            case GT -> order > 0;
            case GE -> order >= 0;
            case EQ, NE, BETWEEN, BEGINS_WITH -> throw new AssertionError(this);
        };
    }

    public static boolean isOrdered(AttributeValue value) {
        return switch (value.type()) {
            case S, N, B -> true;
            case BOOL, NULL, M, L, SS, NS, BS -> false;
        };
    }

    /** Strings by their UTF-8 bytes, numbers by value, binaries by unsigned bytes. */
    public static int compare(AttributeValue left, AttributeValue right) {
        if (left instanceof AttributeValue.N a && right instanceof AttributeValue.N b) {
            return a.value().compareTo(b.value());
        }
        return KeyCodec.encode(left).compareTo(KeyCodec.encode(right));
    }
}
