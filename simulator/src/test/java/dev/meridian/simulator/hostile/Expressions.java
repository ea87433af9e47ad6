package dev.meridian.simulator.hostile;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Expressions of a small grammar, and now and then a row of tokens. */
final class Expressions {
    static final List<String> NAMES = List.of("a", "b", "c", "n", "pk", "sk");

    private static final List<String> COMPARATORS = List.of("=", "<>", "<", "<=", ">", ">=");
    private static final List<String> TYPES = List.of("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS", "Q");

    private static final List<String> TOKENS = List.of(
            "SET",
            "REMOVE",
            "ADD",
            "DELETE",
            "AND",
            "OR",
            "NOT",
            "BETWEEN",
            "IN",
            "(",
            ")",
            ",",
            ".",
            "[",
            "]",
            "0",
            "1",
            "99999999999",
            "=",
            "<>",
            "<",
            "+",
            "-",
            "a",
            "b",
            "size",
            "size(",
            "contains(",
            "attribute_exists(",
            "if_not_exists(",
            "list_append(",
            "#n0",
            "#",
            ":v0",
            ":",
            "é",
            "\u0000",
            "\"",
            "'");

    private final RandomGenerator random;
    private final HostileValues values;

    Expressions(RandomGenerator random, HostileValues values) {
        this.random = random;
        this.values = values;
    }

    private String garbage() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(1, 12); i > 0; i--) {
            text.append(values.any(TOKENS)).append(values.oneIn(4) ? "" : " ");
        }
        return text.toString();
    }

    private String path(Placeholders placeholders) {
        String name = values.any(NAMES);
        StringBuilder path = new StringBuilder(values.oneIn(3) ? placeholders.name(name) : name);
        while (values.oneIn(4)) {
            if (random.nextBoolean()) {
                path.append('[').append(random.nextInt(4)).append(']');
            } else {
                path.append('.').append(values.oneIn(3) ? placeholders.name("x y") : values.any(NAMES));
            }
        }
        return path.toString();
    }

    private String operand(Placeholders placeholders) {
        return switch (random.nextInt(8)) {
            case 0 -> "size(" + path(placeholders) + ")";
            case 1, 2, 3 -> placeholders.value(values.value(2));
            default -> path(placeholders);
        };
    }

    String condition(Placeholders placeholders) {
        return values.oneIn(12) ? garbage() : condition(placeholders, 2);
    }

    private String condition(Placeholders placeholders, int depth) {
        if (depth > 0 && values.oneIn(3)) {
            return switch (random.nextInt(3)) {
                case 0 -> condition(placeholders, depth - 1) + " AND " + condition(placeholders, depth - 1);
                case 1 -> "(" + condition(placeholders, depth - 1) + ") OR " + condition(placeholders, depth - 1);
                default -> "NOT " + condition(placeholders, depth - 1);
            };
        }
        return switch (random.nextInt(9)) {
            case 0 -> "attribute_exists(" + path(placeholders) + ")";
            case 1, 2 -> "attribute_not_exists(" + path(placeholders) + ")";
            case 3 ->
                "attribute_type(" + path(placeholders) + ", "
                        + placeholders.value(values.scalar("S").put("S", values.any(TYPES))) + ")";
            case 4 -> "begins_with(" + path(placeholders) + ", " + placeholders.value(values.scalar("S")) + ")";
            case 5 -> "contains(" + path(placeholders) + ", " + operand(placeholders) + ")";
            case 6 ->
                operand(placeholders) + " BETWEEN " + placeholders.value(values.scalar("N")) + " AND "
                        + placeholders.value(values.scalar("N"));
            case 7 -> operand(placeholders) + " IN (" + operand(placeholders) + ", " + operand(placeholders) + ")";
            default -> operand(placeholders) + " " + values.any(COMPARATORS) + " " + operand(placeholders);
        };
    }

    String update(Placeholders placeholders) {
        if (values.oneIn(12)) {
            return garbage();
        }
        List<String> clauses = new ArrayList<>();
        if (!values.oneIn(4)) {
            clauses.add("SET " + path(placeholders) + " = " + assigned(placeholders));
        }
        if (values.oneIn(3)) {
            clauses.add("REMOVE " + path(placeholders) + ", " + path(placeholders));
        }
        if (values.oneIn(4)) {
            clauses.add("ADD " + path(placeholders) + " " + placeholders.value(values.value(0)));
        }
        if (values.oneIn(5)) {
            clauses.add("DELETE " + path(placeholders) + " " + placeholders.value(values.value(0)));
        }
        return String.join(" ", clauses);
    }

    private String assigned(Placeholders placeholders) {
        return switch (random.nextInt(6)) {
            case 0 -> operand(placeholders) + values.any(List.of(" + ", " - ")) + operand(placeholders);
            case 1 -> "if_not_exists(" + path(placeholders) + ", " + operand(placeholders) + ")";
            case 2 -> "list_append(" + operand(placeholders) + ", " + operand(placeholders) + ")";
            default -> operand(placeholders);
        };
    }

    String projection(Placeholders placeholders) {
        if (values.oneIn(12)) {
            return garbage();
        }
        List<String> paths = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            paths.add(path(placeholders));
        }
        return String.join(", ", paths);
    }

    String keyCondition(Placeholders placeholders, List<TableShape.Key> keys) {
        if (values.oneIn(12)) {
            return random.nextBoolean() ? garbage() : condition(placeholders);
        }
        TableShape.Key partition = keys.get(0);
        String condition = partition.name() + " = " + placeholders.value(values.scalar(partition.type()));
        if (keys.size() < 2 || random.nextBoolean()) {
            return condition;
        }
        TableShape.Key sort = keys.get(1);
        String low = placeholders.value(values.scalar(sort.type()));
        return condition + " AND "
                + switch (random.nextInt(4)) {
                    case 0 -> "begins_with(" + sort.name() + ", " + low + ")";
                    case 1 ->
                        sort.name() + " BETWEEN " + low + " AND " + placeholders.value(values.scalar(sort.type()));
                    default -> sort.name() + " " + values.any(COMPARATORS) + " " + low;
                };
    }
}
