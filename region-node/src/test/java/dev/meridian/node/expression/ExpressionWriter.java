package dev.meridian.node.expression;

import dev.meridian.node.expression.ExpressionModel.Action;
import dev.meridian.node.expression.ExpressionModel.And;
import dev.meridian.node.expression.ExpressionModel.Append;
import dev.meridian.node.expression.ExpressionModel.At;
import dev.meridian.node.expression.ExpressionModel.Between;
import dev.meridian.node.expression.ExpressionModel.Call;
import dev.meridian.node.expression.ExpressionModel.Compare;
import dev.meridian.node.expression.ExpressionModel.Cond;
import dev.meridian.node.expression.ExpressionModel.Expr;
import dev.meridian.node.expression.ExpressionModel.IfNotExists;
import dev.meridian.node.expression.ExpressionModel.In;
import dev.meridian.node.expression.ExpressionModel.Not;
import dev.meridian.node.expression.ExpressionModel.Or;
import dev.meridian.node.expression.ExpressionModel.Size;
import dev.meridian.node.expression.ExpressionModel.Sum;
import dev.meridian.node.expression.ExpressionModel.Val;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Writes trees as expressions, in one of the many ways there are: blanks, case, parentheses, placeholders. */
final class ExpressionWriter {
    private final RandomGenerator random;
    final Map<String, String> names = new HashMap<>();
    final Map<String, Object> values = new HashMap<>();

    ExpressionWriter(RandomGenerator random) {
        this.random = random;
    }

    String condition(Cond condition) {
        return blank() + parenthesized(bare(condition)) + blank();
    }

    String projection(List<At> paths) {
        return blank() + commas(paths.stream().map(path -> path(path, false)).toList()) + blank();
    }

    /** Sections in any order, and in each its actions in the order given. */
    String update(List<Action> actions) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        for (Action action : actions) {
            String path = path(action.path(), false);
            Expr value = action.value();
            String written =
                    switch (action.section()) {
                        case "REMOVE" -> path;
                        case "SET" -> path + blank() + "=" + blank() + assigned(Objects.requireNonNull(value));
                        default -> path + space() + value(((Val) Objects.requireNonNull(value)).value());
                    };
            sections.computeIfAbsent(action.section(), unused -> new ArrayList<>())
                    .add(written);
        }
        return blank()
                + sections.entrySet().stream()
                        .map(section -> keyword(section.getKey()) + space() + commas(section.getValue()))
                        .collect(Collectors.joining(space()))
                + blank();
    }

    /** The order in which {@link #update} writes them: a section goes where its first action was. */
    List<Action> inWrittenOrder(List<Action> actions) {
        return actions.stream()
                .collect(Collectors.groupingBy(Action::section, LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    private String bare(Cond condition) {
        if (condition instanceof And and) {
            return joined("AND", and.parts(), 2);
        } else if (condition instanceof Or or) {
            return joined("OR", or.parts(), 1);
        } else if (condition instanceof Not not) {
            return keyword("NOT") + space() + within(not.part(), 3);
        } else if (condition instanceof Compare compare) {
            return operand(compare.left()) + blank() + compare.operator() + blank() + operand(compare.right());
        } else if (condition instanceof Between between) {
            return operand(between.tested())
                    + space()
                    + keyword("BETWEEN")
                    + space()
                    + operand(between.low())
                    + space()
                    + keyword("AND")
                    + space()
                    + operand(between.high());
        } else if (condition instanceof In in) {
            return operand(in.tested()) + space() + keyword("IN") + blank() + "(" + blank()
                    + commas(in.members().stream().map(this::operand).toList()) + blank() + ")";
        }
        Call call = (Call) condition;
        Expr second = call.second();
        return call(call.function(), second == null ? List.of(call.first()) : List.of(call.first(), second), true);
    }

    private String joined(String keyword, List<Cond> parts, int strength) {
        return parts.stream()
                .map(part -> within(part, strength))
                .collect(Collectors.joining(space() + keyword(keyword) + space()));
    }

    /** In parentheses where it binds less than what is around it. */
    private String within(Cond condition, int strength) {
        int own = condition instanceof Or ? 1 : condition instanceof And ? 2 : 3;
        String bare = bare(condition);
        return own < strength ? required(bare) : parenthesized(bare);
    }

    private String assigned(Expr value) {
        if (!(value instanceof Sum sum)) {
            return operand(value, false);
        }
        return parenthesized(operand(sum.left(), false)
                + blank()
                + (sum.plus() ? "+" : "-")
                + blank()
                + operand(sum.right(), false));
    }

    private String operand(Expr operand) {
        return operand(operand, true);
    }

    /** @param inCondition where a path may go on behind its parentheses */
    private String operand(Expr operand, boolean inCondition) {
        return parenthesized(bare(operand, inCondition));
    }

    private String bare(Expr operand, boolean inCondition) {
        if (operand instanceof Val constant) {
            return value(constant.value());
        } else if (operand instanceof At path) {
            return path(path, inCondition);
        } else if (operand instanceof Size size) {
            return call("size", List.of(size.of()), true);
        } else if (operand instanceof IfNotExists either) {
            return call("if_not_exists", List.of(either.path(), either.otherwise()), false);
        }
        Append append = (Append) operand;
        return call("list_append", List.of(append.first(), append.second()), false);
    }

    private String call(String function, List<Expr> arguments, boolean inCondition) {
        return function + blank() + "(" + blank()
                + commas(arguments.stream()
                        .map(argument -> operand(argument, inCondition))
                        .toList())
                + blank() + ")";
    }

    private String path(At path, boolean inCondition) {
        StringBuilder text = new StringBuilder();
        for (Object step : path.steps()) {
            if (step instanceof Integer index) {
                text.append(blank())
                        .append("[")
                        .append(blank())
                        .append(index)
                        .append(blank())
                        .append("]");
            } else {
                text.append(text.isEmpty() ? "" : blank() + "." + blank()).append(name((String) step));
            }
            if (inCondition && random.nextInt(16) == 0) {
                String begun = required(text.toString());
                text.setLength(0);
                text.append(begun);
            }
        }
        return text.toString();
    }

    private String name(String name) {
        boolean plain = name.matches("[A-Za-z][A-Za-z0-9_]*") && !ReservedWords.contains(name);
        if (plain && random.nextInt(3) > 0) {
            return name;
        }
        String placeholder = "#" + (random.nextBoolean() ? "_" : "N") + RandomExpressions.NAMES.indexOf(name);
        names.put(placeholder, name);
        return placeholder;
    }

    private String value(Object value) {
        String placeholder = ":" + (random.nextBoolean() ? "" : "v_") + values.size();
        values.put(placeholder, value);
        return placeholder;
    }

    private String commas(List<String> parts) {
        return String.join(blank() + "," + blank(), parts);
    }

    private String parenthesized(String text) {
        return random.nextInt(4) == 0 ? required(text) : text;
    }

    private String required(String text) {
        return isWholeParenthesized(text) ? text : "(" + blank() + text + blank() + ")";
    }

    private static boolean isWholeParenthesized(String text) {
        if (!text.startsWith("(")) {
            return false;
        }
        int open = 0;
        for (int i = 0; i < text.length(); i++) {
            open += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
            if (open == 0) {
                return i == text.length() - 1;
            }
        }
        throw new AssertionError(text);
    }

    private String keyword(String word) {
        return switch (random.nextInt(3)) {
            case 0 -> word;
            case 1 -> word.toLowerCase(Locale.ROOT);
            default -> word.substring(0, 1) + word.substring(1).toLowerCase(Locale.ROOT);
        };
    }

    private String blank() {
        return random.nextInt(3) > 0 ? "" : space();
    }

    private String space() {
        return switch (random.nextInt(10)) {
            case 0 -> "\t";
            case 1 -> " \r\n ";
            case 2 -> "   ";
            default -> " ";
        };
    }
}
