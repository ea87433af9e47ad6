package dev.meridian.simulator.hostile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** PartiQL statements of a small grammar, and now and then a row of tokens. */
final class Statements {
    private static final List<String> COMPARATORS = List.of("=", "<>", "!=", "<", "<=", ">", ">=");

    private static final List<String> TOKENS = List.of(
            "SELECT",
            "*",
            "FROM",
            "WHERE",
            "INSERT",
            "INTO",
            "VALUE",
            "UPDATE",
            "SET",
            "REMOVE",
            "DELETE",
            "RETURNING",
            "ALL",
            "OLD",
            "NEW",
            "MODIFIED",
            "EXISTS",
            "EXISTS(",
            "ORDER",
            "BY",
            "AND",
            "OR",
            "NOT",
            "IN",
            "IS",
            "MISSING",
            "NULL",
            "BETWEEN",
            "LIKE",
            "LIMIT",
            "AS",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "<<",
            ">>",
            ",",
            ".",
            "'a'",
            "\"tab0\"",
            "\"tab1\".\"by-b\"",
            "tab0",
            "?",
            "1",
            "-",
            "1e999",
            "+",
            "||",
            "size(",
            "contains(",
            "list_append(",
            "set_add(",
            "--",
            "/*",
            "*/",
            "`",
            "`{{AAE=}}`",
            "`1d0`",
            "'",
            "\"",
            ";",
            "é",
            "\u0000");

    private final RandomGenerator random;
    private final HostileValues values;

    Statements(RandomGenerator random, HostileValues values) {
        this.random = random;
        this.values = values;
    }

    /** A statement, and the values of its question marks. */
    private static final class Made {
        final ArrayNode parameters = JsonNodeFactory.instance.arrayNode();
        String text = "";
    }

    /** Sets Statement, and Parameters where there are some. */
    void addTo(ObjectNode request, TableShape table, boolean reads) {
        Made made = new Made();
        made.text = values.oneIn(10) ? garbage() : reads ? select(made, table) : any(made, table);
        request.put("Statement", made.text);
        if (!made.parameters.isEmpty()) {
            request.set("Parameters", made.parameters);
        }
    }

    private String garbage() {
        StringBuilder text = new StringBuilder(values.any(List.of("", "SELECT * FROM ", "UPDATE \"tab0\" SET a = ")));
        for (int i = random.nextInt(1, 12); i > 0; i--) {
            text.append(values.any(TOKENS)).append(' ');
        }
        return text.toString();
    }

    private String any(Made made, TableShape table) {
        return switch (random.nextInt(6)) {
            case 0, 1 -> insert(made, table);
            case 2, 3 -> update(made, table);
            case 4 -> "DELETE FROM " + quoted(table.name()) + whereKey(made, table) + returning();
            default -> "EXISTS(" + select(made, table) + ")";
        };
    }

    private static String quoted(String name) {
        return '"' + name + '"';
    }

    private String select(Made made, TableShape table) {
        String columns = values.oneIn(3) ? path() + ", " + path() : "*";
        String from = quoted(table.name());
        if (!table.indexes().isEmpty() && values.oneIn(4)) {
            from += "." + quoted(values.any(table.indexes()).name());
        }
        String where =
                switch (random.nextInt(4)) {
                    case 0 -> "";
                    case 1 -> " WHERE " + condition(made, 2);
                    case 2 -> whereKey(made, table) + " AND " + condition(made, 1);
                    default -> whereKey(made, table);
                };
        return "SELECT " + columns + " FROM " + from + where
                + (values.oneIn(8) ? " ORDER BY " + path() + values.any(List.of("", " DESC", " ASC")) : "");
    }

    private String whereKey(Made made, TableShape table) {
        List<String> keys = new ArrayList<>();
        for (TableShape.Key key : table.keys()) {
            keys.add(key.name() + " = " + key(made, key.type()));
        }
        return " WHERE " + String.join(" AND ", keys);
    }

    private String key(Made made, String type) {
        if (type.equals("B") || random.nextBoolean()) {
            return parameter(made, values.scalar(type));
        }
        return type.equals("N") ? values.number() : text();
    }

    private static String parameter(Made made, JsonNode value) {
        made.parameters.add(value);
        return "?";
    }

    private String text() {
        return "'" + values.text().replace("'", "''") + "'";
    }

    private String insert(Made made, TableShape table) {
        if (values.oneIn(5)) {
            return "INSERT INTO " + quoted(table.name()) + " VALUE " + parameter(made, item(table));
        }
        List<String> members = new ArrayList<>();
        for (TableShape.Key key : table.keys()) {
            members.add("'" + key.name() + "': " + key(made, key.type()));
        }
        members.add("'" + values.any(Expressions.NAMES) + "': " + value(made, 2));
        return "INSERT INTO " + quoted(table.name()) + " VALUE {" + String.join(", ", members) + "}";
    }

    private ObjectNode item(TableShape table) {
        ObjectNode members = JsonNodeFactory.instance.objectNode();
        table.keys().forEach(key -> members.set(key.name(), values.scalar(key.type())));
        members.set(values.any(Expressions.NAMES), values.value(2));
        return JsonNodeFactory.instance.objectNode().set("M", members);
    }

    private String update(Made made, TableShape table) {
        StringBuilder text = new StringBuilder("UPDATE " + quoted(table.name()));
        for (int i = random.nextInt(1, 3); i > 0; i--) {
            text.append(values.oneIn(3) ? " REMOVE " + path() : " SET " + path() + " = " + assigned(made));
        }
        return text + whereKey(made, table) + returning();
    }

    private String assigned(Made made) {
        return switch (random.nextInt(7)) {
            case 0 -> path() + values.any(List.of(" + ", " - ")) + value(made, 0);
            case 1 -> "list_append(" + path() + ", [" + value(made, 1) + "])";
            case 2 -> "set_add(" + path() + ", <<" + values.number() + ">>)";
            case 3 -> "set_delete(" + path() + ", <<" + text() + ">>)";
            case 4 -> "if_not_exists(" + path() + ", " + value(made, 1) + ")";
            default -> value(made, 2);
        };
    }

    private String returning() {
        return values.oneIn(3)
                ? values.any(List.of(
                        " RETURNING ALL OLD *",
                        " RETURNING ALL NEW *",
                        " RETURNING MODIFIED OLD *",
                        " RETURNING MODIFIED NEW *"))
                : "";
    }

    private String condition(Made made, int depth) {
        if (depth > 0 && values.oneIn(3)) {
            return "(" + condition(made, depth - 1) + values.any(List.of(" AND ", " OR ", " AND NOT "))
                    + condition(made, depth - 1) + ")";
        }
        return switch (random.nextInt(10)) {
            case 0 -> path() + values.any(List.of(" IS MISSING", " IS NOT MISSING", " IS NULL", " IS STRING"));
            case 1 -> "begins_with(" + path() + ", " + value(made, 0) + ")";
            case 2 -> "contains(" + path() + ", " + value(made, 1) + ")";
            case 3 -> "attribute_type(" + path() + ", 'SS')";
            case 4 -> path() + " IN [" + value(made, 1) + ", " + value(made, 0) + "]";
            case 5 -> path() + " IN (" + value(made, 1) + ")";
            case 6 -> path() + " BETWEEN " + value(made, 0) + " AND " + value(made, 0);
            case 8 -> path() + values.any(List.of(" IN ", " NOT IN ")) + parameter(made, values.value(2));
            case 7 -> "size(" + path() + ")" + values.any(COMPARATORS) + values.number();
            default -> path() + " " + values.any(COMPARATORS) + " " + value(made, 1);
        };
    }

    private String path() {
        StringBuilder path = new StringBuilder(values.any(List.of("a", "b", "c", "n", "pk", "sk", "\"a b\"")));
        while (values.oneIn(4)) {
            path.append(values.any(List.of("[0]", "[3]", ".b", "[\"a\"]", "['a']")));
        }
        return path.toString();
    }

    private String value(Made made, int depth) {
        return switch (random.nextInt(depth > 0 ? 12 : 7)) {
            case 0 -> values.number();
            case 1 -> text();
            case 2 -> "NULL";
            case 3 -> Boolean.toString(random.nextBoolean()).toUpperCase(Locale.ROOT);
            case 4, 5, 6 -> parameter(made, values.value(depth));
            case 7 -> "MISSING";
            case 8 -> "[" + value(made, depth - 1) + ", " + value(made, depth - 1) + "]";
            case 9 -> "{'a': " + value(made, depth - 1) + ", 'b': " + value(made, depth - 1) + "}";
            case 10 -> "<<" + values.number() + ", " + values.number() + ">>";
            default -> "<<" + text() + ">>";
        };
    }
}
