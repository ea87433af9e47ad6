package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tree of a condition. */
public sealed interface Predicate extends Term {
    boolean test(@Nullable Item item);

    record And(Predicate left, Predicate right) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            return left.test(item) && right.test(item);
        }
    }

    record Or(Predicate left, Predicate right) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            return left.test(item) || right.test(item);
        }
    }

    record Not(Predicate negated) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            return !negated.test(item);
        }
    }

    record Compare(Operand left, Comparator comparator, Operand right) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            return comparator.holds(left.eval(item), right.eval(item));
        }
    }

    record Between(Operand tested, Operand lower, Operand upper) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            AttributeValue value = tested.eval(item);
            return Comparator.GE.holds(value, lower.eval(item)) && Comparator.LE.holds(value, upper.eval(item));
        }
    }

    record In(Operand tested, List<Operand> candidates) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            AttributeValue value = tested.eval(item);
            return candidates.stream().anyMatch(candidate -> Comparator.EQ.holds(value, candidate.eval(item)));
        }
    }

    record Exists(Path path) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            return path.get(item) != null;
        }
    }

    record NotExists(Path path) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            return path.get(item) == null;
        }
    }

    record OfType(Operand tested, AttributeValue.Type type) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            AttributeValue value = tested.eval(item);
            return value != null && value.type() == type;
        }
    }

    record BeginsWith(Operand tested, Operand prefix) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            AttributeValue value = tested.eval(item);
            AttributeValue start = prefix.eval(item);
            if (value instanceof AttributeValue.S text && start instanceof AttributeValue.S with) {
                return text.value().startsWith(with.value());
            }
            return value instanceof AttributeValue.B bytes
                    && start instanceof AttributeValue.B with
                    && bytes.value().startsWith(with.value());
        }
    }

    record Contains(Operand container, Operand sought) implements Predicate {
        @Override
        public boolean test(@Nullable Item item) {
            AttributeValue in = container.eval(item);
            AttributeValue what = sought.eval(item);
            if (in == null || what == null) {
                return false;
            }
            return switch (in.type()) {
                case S ->
                    what instanceof AttributeValue.S part
                            && ((AttributeValue.S) in).value().contains(part.value());
                case B ->
                    what instanceof AttributeValue.B part
                            && containsRun(
                                    ((AttributeValue.B) in).value().toArray(),
                                    part.value().toArray());
                case L -> ((AttributeValue.L) in).value().contains(what);
                case SS ->
                    what instanceof AttributeValue.S member
                            && ((AttributeValue.SS) in).value().contains(member.value());
                case NS ->
                    what instanceof AttributeValue.N member
                            && ((AttributeValue.NS) in).value().contains(member.value());
                case BS ->
                    what instanceof AttributeValue.B member
                            && ((AttributeValue.BS) in).value().contains(member.value());
                case N, BOOL, NULL, M -> false;
            };
        }

        private static boolean containsRun(byte[] in, byte[] part) {
            for (int start = 0; start + part.length <= in.length; start++) {
                if (java.util.Arrays.equals(in, start, start + part.length, part, 0, part.length)) {
                    return true;
                }
            }
            return false;
        }
    }
}
