package dev.meridian.model;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One DynamoDB value. Closed: a new type is a compile error wherever it is not handled. Maps and sets are kept sorted,
 * so that equal values print and encode alike.
 */
public sealed interface AttributeValue {
    Type type();

    /** The ten types, under their names on the wire. Codes are stored: add, never renumber. */
    enum Type {
        S(1),
        N(2),
        B(3),
        BOOL(4),
        NULL(5),
        M(6),
        L(7),
        SS(8),
        NS(9),
        BS(10);

        private static final Type[] BY_CODE = byCode();

        private final byte code;

        Type(int code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }

        static Type of(byte code) {
            if (code <= 0 || code >= BY_CODE.length) {
                throw new IllegalArgumentException("unknown value type code " + code);
            }
            return BY_CODE[code];
        }

        private static Type[] byCode() {
            Type[] types = new Type[values().length + 1];
            for (Type type : values()) {
                types[type.code] = type;
            }
            return types;
        }
    }

    record S(String value) implements AttributeValue {
        @Override
        public Type type() {
            return Type.S;
        }
    }

    /** Equal when numerically equal: 1, 1.0 and 1e0 are the same value. */
    record N(BigDecimal value) implements AttributeValue {
        public N {
            value = DynamoNumber.normalize(value);
        }

        public static N of(String text) {
            return new N(DynamoNumber.parse(text));
        }

        public static N of(long value) {
            return new N(BigDecimal.valueOf(value));
        }

        @Override
        public Type type() {
            return Type.N;
        }
    }

    record B(Bytes value) implements AttributeValue {
        @Override
        public Type type() {
            return Type.B;
        }
    }

    record Bool(boolean value) implements AttributeValue {
        @Override
        public Type type() {
            return Type.BOOL;
        }
    }

    /** Null of type NULL: a value like any other, not an absence. */
    record Null() implements AttributeValue {
        @Override
        public Type type() {
            return Type.NULL;
        }
    }

    record M(SortedMap<String, AttributeValue> value) implements AttributeValue {
        public M {
            value = Collections.unmodifiableSortedMap(new TreeMap<>(value));
        }

        public static M of(Map<String, AttributeValue> entries) {
            return new M(new TreeMap<>(entries));
        }

        @Override
        public Type type() {
            return Type.M;
        }
    }

    record L(List<AttributeValue> value) implements AttributeValue {
        public L {
            value = List.copyOf(value);
        }

        @Override
        public Type type() {
            return Type.L;
        }
    }

    record SS(SortedSet<String> value) implements AttributeValue {
        public SS {
            value = sorted(value);
        }

        public static SS of(Collection<String> members) {
            return new SS(new TreeSet<>(members));
        }

        @Override
        public Type type() {
            return Type.SS;
        }
    }

    record NS(SortedSet<BigDecimal> value) implements AttributeValue {
        public NS {
            TreeSet<BigDecimal> normalized = new TreeSet<>();
            value.forEach(member -> normalized.add(DynamoNumber.normalize(member)));
            value = sorted(normalized);
        }

        public static NS of(Collection<BigDecimal> members) {
            return new NS(new TreeSet<>(members));
        }

        @Override
        public Type type() {
            return Type.NS;
        }
    }

    record BS(SortedSet<Bytes> value) implements AttributeValue {
        public BS {
            value = sorted(value);
        }

        public static BS of(Collection<Bytes> members) {
            return new BS(new TreeSet<>(members));
        }

        @Override
        public Type type() {
            return Type.BS;
        }
    }

    private static <T extends Comparable<T>> SortedSet<T> sorted(Collection<T> members) {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a set has at least one member");
        }
        return Collections.unmodifiableSortedSet(new TreeSet<>(members));
    }
}
