package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import org.jspecify.annotations.Nullable;

/**
 * What a condition compares: a value, a path into the item, the size of what a path leads to, or, in PartiQL only,
 * whether a condition holds.
 */
public sealed interface Operand extends Term {
    /** Null where the path leads nowhere. */
    @Nullable
    AttributeValue eval(@Nullable Item item);

    /** Its type, if that is known without an item. */
    default AttributeValue.@Nullable Type type() {
        return null;
    }

    record Constant(AttributeValue value) implements Operand {
        @Override
        public AttributeValue eval(@Nullable Item item) {
            return value;
        }

        @Override
        public AttributeValue.Type type() {
            return value.type();
        }
    }

    record At(Path path) implements Operand {
        @Override
        public @Nullable AttributeValue eval(@Nullable Item item) {
            return path.get(item);
        }
    }

    /** Whether a condition holds, as a boolean. */
    record Holds(Predicate condition) implements Operand {
        @Override
        public AttributeValue eval(@Nullable Item item) {
            return new AttributeValue.Bool(condition.test(item));
        }

        @Override
        public AttributeValue.Type type() {
            return AttributeValue.Type.BOOL;
        }
    }

    /** A string has as many characters as UTF-16 has units of it; numbers, booleans and nulls have no size. */
    record Size(Operand of) implements Operand {
        @Override
        public @Nullable AttributeValue eval(@Nullable Item item) {
            AttributeValue value = of.eval(item);
            if (value == null) {
                return null;
            }
            int size =
                    switch (value.type()) {
                        case S -> ((AttributeValue.S) value).value().length();
                        case B -> bytes(value).length();
                        case M -> ((AttributeValue.M) value).value().size();
                        case L -> ((AttributeValue.L) value).value().size();
                        case SS -> ((AttributeValue.SS) value).value().size();
                        case NS -> ((AttributeValue.NS) value).value().size();
                        case BS -> ((AttributeValue.BS) value).value().size();
                        case N, BOOL, NULL -> -1;
                    };
            return size < 0 ? null : AttributeValue.N.of(size);
        }

        @Override
        public AttributeValue.Type type() {
            return AttributeValue.Type.N;
        }

        private static Bytes bytes(AttributeValue value) {
            return ((AttributeValue.B) value).value();
        }
    }
}
