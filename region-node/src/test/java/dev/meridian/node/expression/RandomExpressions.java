package dev.meridian.node.expression;

import static dev.meridian.node.expression.ExpressionModel.number;

import dev.meridian.model.RandomValues;
import dev.meridian.node.expression.ExpressionModel.Action;
import dev.meridian.node.expression.ExpressionModel.And;
import dev.meridian.node.expression.ExpressionModel.Append;
import dev.meridian.node.expression.ExpressionModel.At;
import dev.meridian.node.expression.ExpressionModel.Between;
import dev.meridian.node.expression.ExpressionModel.Binary;
import dev.meridian.node.expression.ExpressionModel.Call;
import dev.meridian.node.expression.ExpressionModel.Compare;
import dev.meridian.node.expression.ExpressionModel.Cond;
import dev.meridian.node.expression.ExpressionModel.Expr;
import dev.meridian.node.expression.ExpressionModel.IfNotExists;
import dev.meridian.node.expression.ExpressionModel.In;
import dev.meridian.node.expression.ExpressionModel.Nil;
import dev.meridian.node.expression.ExpressionModel.Not;
import dev.meridian.node.expression.ExpressionModel.Or;
import dev.meridian.node.expression.ExpressionModel.Size;
import dev.meridian.node.expression.ExpressionModel.Sum;
import dev.meridian.node.expression.ExpressionModel.Val;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Items, and expressions that are legal and mostly about something that the item has. */
final class RandomExpressions {
    static final List<String> NAMES =
            List.of("a", "b", "c9_", "Zz", "status", "and", "a.b", "[3]", "x y", "é", "#a", "0", "nowhere");

    private static final List<String> TEXTS = List.of("", "a", "ab", "b", "S", "é", "😀", "\uFFFD", "ab\u0000");
    private static final List<String> TYPES = List.of("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS");

    private final RandomGenerator random;
    private final Map<String, Object> item;
    private final List<At> paths = new ArrayList<>();

    RandomExpressions(RandomGenerator random) {
        this.random = random;
        this.item = members(3);
        item.forEach((name, value) -> collect(new At(List.of(name)), value));
    }

    Map<String, Object> item() {
        return item;
    }

    private void collect(At path, Object value) {
        paths.add(path);
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, member) -> collect(child(path, name), member));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                collect(child(path, i), list.get(i));
            }
        }
    }

    private static At child(At path, Object step) {
        List<Object> steps = new ArrayList<>(path.steps());
        steps.add(step);
        return new At(steps);
    }

    private <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    private Map<String, Object> members(int depth) {
        Map<String, Object> members = new TreeMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            members.put(any(NAMES), value(depth));
        }
        return members;
    }

    private Object value(int depth) {
        return switch (random.nextInt(depth > 0 ? 14 : 8)) {
            case 0 -> Nil.NIL;
            case 1 -> random.nextBoolean();
            case 2, 3, 4 -> ordered(random.nextInt(3));
            case 5, 6, 7 -> set(random.nextInt(3));
            case 8, 9, 10 -> members(depth - 1);
            default -> list(depth - 1);
        };
    }

    private List<Object> list(int depth) {
        List<Object> elements = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            elements.add(value(depth));
        }
        return elements;
    }

    /** Of one of the three types that have an order. */
    private Object ordered(int type) {
        return switch (type) {
            case 0 -> any(TEXTS);
            case 1 -> oneIn(6) ? RandomValues.number(random) : number(random.nextInt(-3, 11));
            default ->
                new Binary(IntStream.range(0, random.nextInt(3))
                        .mapToObj(unused -> any(List.of("00", "01", "61", "80", "ff")))
                        .reduce("", String::concat));
        };
    }

    private Set<Object> set(int type) {
        Set<Object> members = new HashSet<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            members.add(ordered(type));
        }
        return members;
    }

    /** Most often to something, sometimes beside it. */
    At path() {
        At path = paths.isEmpty() || oneIn(6) ? new At(List.of(any(NAMES))) : any(paths);
        for (int beyond = random.nextInt(12); beyond > 9; beyond--) {
            path = child(path, random.nextBoolean() ? any(NAMES) : (Object) random.nextInt(12));
        }
        if (path.steps().size() > 1 && oneIn(8)) {
            Object last = path.steps().get(path.steps().size() - 1);
            path = child(path.parent(), last instanceof String ? any(NAMES) : (Object) random.nextInt(6));
        }
        return path;
    }

    List<At> distinctPaths() {
        List<At> distinct = new ArrayList<>();
        for (int i = random.nextInt(1, 9); i > 0; i--) {
            At path = path();
            if (distinct.stream().noneMatch(path::isInTheWayOf)) {
                distinct.add(path);
            }
        }
        return distinct;
    }

    Cond condition(int depth) {
        if (depth == 0 || oneIn(3)) {
            return leaf();
        }
        return switch (random.nextInt(3)) {
            case 0 -> new And(conditions(depth - 1));
            case 1 -> new Or(conditions(depth - 1));
            default -> new Not(condition(depth - 1));
        };
    }

    private List<Cond> conditions(int depth) {
        return IntStream.range(0, random.nextInt(2, 4))
                .mapToObj(unused -> condition(depth))
                .toList();
    }

    private Cond leaf() {
        return switch (random.nextInt(9)) {
            case 0 -> new Call("attribute_exists", path(), null);
            case 1 -> new Call("attribute_not_exists", path(), null);
            case 2 -> new Call("attribute_type", operand(), new Val(any(TYPES)));
            case 3 -> beginsWith();
            case 4 -> {
                Expr container = operand();
                yield new Call("contains", container, other(container));
            }
            case 5 -> between();
            case 6 ->
                new In(
                        operand(),
                        IntStream.range(0, random.nextInt(1, 5))
                                .mapToObj(unused -> operand())
                                .toList());
            default -> comparison();
        };
    }

    /** A path, a value, or a size; often a value that the item has somewhere. */
    private Expr operand() {
        return switch (random.nextInt(8)) {
            case 0 -> new Size(oneIn(4) ? new Val(any(TEXTS)) : path());
            case 1 -> new Val(value(1));
            case 2, 3 -> known();
            default -> path();
        };
    }

    private Expr known() {
        Object value = path().eval(item);
        if (value instanceof Set<?> set && random.nextBoolean()) {
            value = set.iterator().next();
        }
        return new Val(value == null ? number(random.nextInt(4)) : value);
    }

    private Expr other(Expr than) {
        Expr other = operand();
        return other.equals(than) ? new Val(any(TEXTS)) : other;
    }

    private Expr orderedOperand(int type) {
        return random.nextBoolean() ? path() : type == 1 && oneIn(3) ? new Size(path()) : new Val(ordered(type));
    }

    private Cond beginsWith() {
        int type = 2 * random.nextInt(2);
        Expr tested = random.nextBoolean() ? path() : new Val(ordered(type));
        Expr prefix = oneIn(5) ? path() : new Val(ordered(type));
        return new Call("begins_with", tested, tested.equals(prefix) ? new Val(ordered(type)) : prefix);
    }

    private Cond between() {
        int type = random.nextInt(3);
        Expr tested = orderedOperand(type);
        Expr low = orderedOperand(type);
        Expr high = orderedOperand(type);
        Integer order =
                low instanceof Val a && high instanceof Val b ? ExpressionModel.order(a.value(), b.value()) : null;
        return order != null && order > 0 ? new Between(tested, high, low) : new Between(tested, low, high);
    }

    private Cond comparison() {
        String operator = any(List.of("=", "<>", "<", "<=", ">", ">="));
        if (operator.equals("=") || operator.equals("<>")) {
            Expr left = operand();
            return new Compare(operator, left, other(left));
        }
        int type = random.nextInt(3);
        Expr left = orderedOperand(type);
        Expr right = orderedOperand(type);
        return new Compare(operator, left, left.equals(right) ? new Val(ordered(type)) : right);
    }

    List<Action> update() {
        return distinctPaths().stream().map(this::action).toList();
    }

    /** ADD and DELETE mostly where they fit. */
    private Action action(At path) {
        Object held = path.eval(item);
        boolean misfit = oneIn(16);
        boolean set = held instanceof Set<?>;
        return switch (random.nextInt(7)) {
            case 0, 1 -> new Action("REMOVE", path, null);
            case 2, 3 -> {
                if (set || held == null || misfit) {
                    yield new Action(
                            "DELETE", path, new Val(set && !misfit ? setLike((Set<?>) held) : set(random.nextInt(3))));
                }
                yield new Action("SET", path, assigned());
            }
            case 4 -> {
                boolean fits = set || held == null || held instanceof BigDecimal;
                yield fits || misfit
                        ? new Action("ADD", path, new Val(addend(held, misfit)))
                        : new Action("SET", path, assigned());
            }
            default -> new Action("SET", path, assigned());
        };
    }

    private Object addend(@Nullable Object held, boolean misfit) {
        if (held instanceof Set<?> set && !misfit) {
            return setLike(set);
        }
        return misfit || (held == null && oneIn(3)) ? set(random.nextInt(3)) : ordered(1);
    }

    /** Of the same type and with some of its members. */
    private Set<Object> setLike(Set<?> held) {
        Set<Object> like = new HashSet<>();
        held.stream().filter(member -> !oneIn(4)).forEach(like::add);
        if (like.isEmpty() || oneIn(3)) {
            Object member = held.iterator().next();
            like.add(ordered(member instanceof String ? 0 : member instanceof Binary ? 2 : 1));
        }
        return like;
    }

    private Expr assigned() {
        return switch (random.nextInt(8)) {
            case 0, 1 -> new Sum(term(1), random.nextBoolean(), term(1));
            case 2 -> new Append(term(2), term(2));
            case 3 -> new IfNotExists(path(), new IfNotExists(path(), new Append(term(2), term(2))));
            default -> term(0);
        };
    }

    /** @param type 0 for any, 1 for a number, 2 for a list; paths mostly lead to one */
    private Expr term(int type) {
        return switch (random.nextInt(6)) {
            case 0 -> new IfNotExists(type == 0 || oneIn(8) ? path() : new At(List.of(any(NAMES))), constant(type));
            case 1 -> new IfNotExists(child(new At(List.of(any(NAMES))), "nowhere"), constant(type));
            case 2, 3 -> constant(type);
            default -> fitting(type);
        };
    }

    private Val constant(int type) {
        return new Val(type == 0 ? value(2) : type == 1 ? ordered(1) : list(1));
    }

    private Expr fitting(int type) {
        for (int attempt = 0; attempt < 10; attempt++) {
            At path = path();
            Object value = path.eval(item);
            if (value != null && (type == 0 || ExpressionModel.typeOf(value).equals(type == 1 ? "N" : "L"))) {
                return path;
            }
        }
        return oneIn(8) ? path() : constant(type);
    }
}
