package dev.meridian.node.expression;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What expressions mean, told a second time and without haste: trees over plain Java values. A value is a String, a
 * BigDecimal without trailing zeros, a {@link Binary}, a Boolean, {@link Nil}, a Map, a List, or a Set of equals.
 */
final class ExpressionModel {
    enum Nil {
        NIL
    }

    /** Two digits for each byte. */
    record Binary(String hex) {}

    /** An update that does not fit its item. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private ExpressionModel() {}

    /** Null is: not there. */
    sealed interface Expr {
        @Nullable
        Object eval(Map<String, Object> item);
    }

    record Val(Object value) implements Expr {
        @Override
        public Object eval(Map<String, Object> item) {
            return value;
        }
    }

    /** @param steps a name, then names and indexes */
    record At(List<Object> steps) implements Expr {
        @Override
        public @Nullable Object eval(Map<String, Object> item) {
            return follow(item, steps);
        }

        At parent() {
            return new At(steps.subList(0, steps.size() - 1));
        }

        /** The two cannot stand in one list of paths. */
        boolean isInTheWayOf(At other) {
            for (int i = 0; i < Math.min(steps.size(), other.steps.size()); i++) {
                Object mine = steps.get(i);
                Object theirs = other.steps.get(i);
                if (!mine.equals(theirs)) {
                    return mine instanceof String != theirs instanceof String;
                }
            }
            return true;
        }
    }

    private static @Nullable Object follow(@Nullable Object value, List<Object> steps) {
        if (steps.isEmpty() || value == null) {
            return value;
        }
        Object step = steps.get(0);
        List<Object> rest = steps.subList(1, steps.size());
        if (value instanceof Map<?, ?> map) {
            return follow(step instanceof String ? map.get(step) : null, rest);
        }
        boolean inside = value instanceof List<?> list && step instanceof Integer index && index < list.size();
        return inside ? follow(((List<?>) value).get((Integer) step), rest) : null;
    }

    record Size(Expr of) implements Expr {
        @Override
        public @Nullable Object eval(Map<String, Object> item) {
            Object value = of.eval(item);
            if (value instanceof String text) {
                return number(text.length());
            } else if (value instanceof Binary binary) {
                return number(binary.hex().length() / 2);
            } else if (value instanceof Map<?, ?> map) {
                return number(map.size());
            } else if (value instanceof List<?> list) {
                return number(list.size());
            }
            return value instanceof Set<?> set ? number(set.size()) : null;
        }
    }

    record Sum(Expr left, boolean plus, Expr right) implements Expr {
        @Override
        public Object eval(Map<String, Object> item) {
            Object a = required(left, item);
            Object b = required(right, item);
            if (!(a instanceof BigDecimal) || !(b instanceof BigDecimal)) {
                throw wrongType();
            }
            return sum((BigDecimal) a, plus ? (BigDecimal) b : ((BigDecimal) b).negate());
        }
    }

    record IfNotExists(At path, Expr otherwise) implements Expr {
        @Override
        public Object eval(Map<String, Object> item) {
            Object value = path.eval(item);
            return value == null ? required(otherwise, item) : value;
        }
    }

    record Append(Expr first, Expr second) implements Expr {
        @Override
        public Object eval(Map<String, Object> item) {
            Object a = required(first, item);
            Object b = required(second, item);
            if (!(a instanceof List<?>) || !(b instanceof List<?>)) {
                throw wrongType();
            }
            List<Object> both = new ArrayList<>((List<?>) a);
            both.addAll((List<?>) b);
            return both;
        }
    }

    private static Object required(Expr expr, Map<String, Object> item) {
        Object value = expr.eval(item);
        if (value == null) {
            throw new Refused("The provided expression refers to an attribute that does not exist in the item");
        }
        return value;
    }

    private static Refused wrongType() {
        return new Refused("An operand in the update expression has an incorrect data type");
    }

    static BigDecimal number(long value) {
        return BigDecimal.valueOf(value).stripTrailingZeros();
    }

    private static BigDecimal sum(BigDecimal a, BigDecimal b) {
        BigDecimal sum = a.add(b);
        if (sum.signum() == 0) {
            return number(0);
        }
        BigDecimal least = sum.stripTrailingZeros();
        int exponent = least.precision() - 1 - least.scale();
        if (exponent > 125 || least.precision() > 38) {
            throw new Refused(
                    "Number overflow. Attempting to store a number with magnitude larger than supported range");
        }
        if (exponent < -130) {
            throw new Refused(
                    "Number underflow. Attempting to store a number with magnitude smaller than supported range");
        }
        return least;
    }

    sealed interface Cond {
        boolean test(Map<String, Object> item);
    }

    record And(List<Cond> parts) implements Cond {
        @Override
        public boolean test(Map<String, Object> item) {
            return parts.stream().allMatch(part -> part.test(item));
        }
    }

    record Or(List<Cond> parts) implements Cond {
        @Override
        public boolean test(Map<String, Object> item) {
            return parts.stream().anyMatch(part -> part.test(item));
        }
    }

    record Not(Cond part) implements Cond {
        @Override
        public boolean test(Map<String, Object> item) {
            return !part.test(item);
        }
    }

    record Compare(String operator, Expr left, Expr right) implements Cond {
        @Override
        public boolean test(Map<String, Object> item) {
            Object a = left.eval(item);
            Object b = right.eval(item);
            return switch (operator) {
                case "=" -> a != null && a.equals(b);
                case "<>" -> a == null || !a.equals(b);
                default -> {
                    Integer order = order(a, b);
                    yield order != null
                            && switch (operator) {
                                case "<" -> order < 0;
                                case "<=" -> order <= 0;
                                case ">" -> order > 0;
                                case ">=" -> order >= 0;
                                default -> throw new AssertionError(operator);
                            };
                }
            };
        }
    }

    record Between(Expr tested, Expr low, Expr high) implements Cond {
        @Override
        public boolean test(Map<String, Object> item) {
            return new Compare(">=", tested, low).test(item) && new Compare("<=", tested, high).test(item);
        }
    }

    record In(Expr tested, List<Expr> members) implements Cond {
        @Override
        public boolean test(Map<String, Object> item) {
            return members.stream().anyMatch(member -> new Compare("=", tested, member).test(item));
        }
    }

    /** @param second of a function of two */
    record Call(String function, Expr first, @Nullable Expr second) implements Cond {
        @Override
        public boolean test(Map<String, Object> item) {
            Object a = first.eval(item);
            Object b = second == null ? null : second.eval(item);
            return switch (function) {
                case "attribute_exists" -> a != null;
                case "attribute_not_exists" -> a == null;
                case "attribute_type" -> a != null && typeOf(a).equals(b);
                case "begins_with" ->
                    a instanceof Binary x && b instanceof Binary y
                            ? x.hex().startsWith(y.hex())
                            : a instanceof String text && b instanceof String prefix && text.startsWith(prefix);
                case "contains" -> a != null && b != null && contains(a, b);
                default -> throw new AssertionError(function);
            };
        }
    }

    private static boolean contains(Object in, Object what) {
        if (in instanceof String text) {
            return what instanceof String part && text.contains(part);
        }
        if (in instanceof Binary binary) {
            boolean found = false;
            for (int i = 0; i <= binary.hex().length(); i += 2) {
                found |= what instanceof Binary part && binary.hex().startsWith(part.hex(), i);
            }
            return found;
        }
        return (in instanceof List<?> list && list.contains(what)) || (in instanceof Set<?> set && set.contains(what));
    }

    static String typeOf(Object value) {
        if (value instanceof Set<?> set) {
            return typeOf(set.iterator().next()) + "S";
        } else if (value instanceof String) {
            return "S";
        } else if (value instanceof BigDecimal) {
            return "N";
        } else if (value instanceof Binary) {
            return "B";
        } else if (value instanceof Boolean) {
            return "BOOL";
        } else if (value instanceof Nil) {
            return "NULL";
        }
        return value instanceof Map<?, ?> ? "M" : "L";
    }

    /** Null if there is none. */
    static @Nullable Integer order(@Nullable Object a, @Nullable Object b) {
        if (a instanceof BigDecimal x && b instanceof BigDecimal y) {
            return x.compareTo(y);
        }
        if (a instanceof Binary x && b instanceof Binary y) {
            return x.hex().compareTo(y.hex());
        }
        if (a instanceof String x && b instanceof String y) {
            int[] left = x.codePoints().toArray();
            int[] right = y.codePoints().toArray();
            return Arrays.compare(left, right);
        }
        return null;
    }

    /** @param value absent from REMOVE */
    record Action(String section, At path, @Nullable Expr value) {
        /** What stays at the path; null is nothing. */
        @Nullable
        Object outcome(Map<String, Object> item) {
            if (value == null) {
                return null;
            }
            Object operand = required(value, item);
            Object held = path.eval(item);
            return switch (section) {
                case "SET" -> operand;
                case "ADD" -> held == null ? operand : added(held, operand);
                case "DELETE" -> held == null ? null : without(held, operand);
                default -> throw new AssertionError(section);
            };
        }
    }

    private static Object added(Object held, Object more) {
        if (held instanceof BigDecimal a && more instanceof BigDecimal b) {
            return sum(a, b);
        }
        Set<Object> members = members(held, more);
        members.addAll((Set<?>) more);
        return members;
    }

    private static @Nullable Object without(Object held, Object less) {
        Set<Object> members = members(held, less);
        members.removeAll((Set<?>) less);
        return members.isEmpty() ? null : members;
    }

    private static Set<Object> members(Object held, Object other) {
        if (!(held instanceof Set<?> members) || !typeOf(held).equals(typeOf(other))) {
            throw wrongType();
        }
        return new HashSet<>(members);
    }

    /** The item after all actions at once. */
    static Map<String, Object> updated(Map<String, Object> item, List<Action> actions) {
        Map<List<Object>, Optional<Object>> outcomes = new HashMap<>();
        for (Action action : actions) {
            outcomes.put(action.path().steps(), Optional.ofNullable(action.outcome(item)));
        }
        for (Action action : actions) {
            At path = action.path();
            Object last = path.steps().get(path.steps().size() - 1);
            Object holder = path.parent().eval(item);
            if (last instanceof String ? !(holder instanceof Map<?, ?>) : !(holder instanceof List<?>)) {
                throw new Refused("The document path provided in the update expression is invalid for update");
            }
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> rebuilt = (Map<String, Object>) Objects.requireNonNull(rebuilt(List.of(), item, outcomes));
        return rebuilt;
    }

    /** Makes the value at a path anew, from what it holds and what was put there. */
    private static @Nullable Object rebuilt(
            List<Object> path, @Nullable Object value, Map<List<Object>, Optional<Object>> outcomes) {
        if (outcomes.containsKey(path)) {
            return outcomes.get(path).orElse(null);
        }
        TreeMap<Object, Object> children = new TreeMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach(children::put);
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                children.put(i, list.get(i));
            }
        } else {
            return value;
        }
        for (List<Object> changed : outcomes.keySet()) {
            if (changed.size() == path.size() + 1
                    && changed.subList(0, path.size()).equals(path)) {
                children.putIfAbsent(changed.get(path.size()), Nil.NIL);
            }
        }
        TreeMap<Object, Object> remaining = new TreeMap<>();
        children.forEach((step, child) -> {
            List<Object> childPath = new ArrayList<>(path);
            childPath.add(step);
            Object outcome = rebuilt(childPath, child, outcomes);
            if (outcome != null) {
                remaining.put(step, outcome);
            }
        });
        return value instanceof Map<?, ?> ? remaining : new ArrayList<>(remaining.values());
    }

    /** The parts of a value that paths lead to; null is nothing. */
    static @Nullable Object projected(@Nullable Object value, List<List<Object>> paths) {
        if (value == null || paths.stream().anyMatch(List::isEmpty)) {
            return value;
        }
        TreeMap<Object, Object> parts = new TreeMap<>();
        for (List<Object> path : paths) {
            Object step = path.get(0);
            List<List<Object>> beyond = paths.stream()
                    .filter(other -> other.get(0).equals(step))
                    .map(other -> other.subList(1, other.size()))
                    .toList();
            Object part = projected(follow(value, List.of(step)), beyond);
            if (part != null) {
                parts.put(step, part);
            }
        }
        if (parts.isEmpty()) {
            return null;
        }
        return value instanceof Map<?, ?> ? parts : new ArrayList<>(parts.values());
    }
}
