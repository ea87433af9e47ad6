package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.node.partiql.Expr;
import dev.meridian.node.partiql.Expr.Operator;
import dev.meridian.node.partiql.Translator;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The key of one item that a statement's WHERE names, and what else it asks. */
final class StatementKeys {
    private final KeySchema schema;
    private final Translator translator;

    StatementKeys(KeySchema schema, Translator translator) {
        this.schema = schema;
        this.translator = translator;
    }

    /**
     * A WHERE in two parts.
     *
     * @param key of the attributes of the key those that the WHERE gives a value
     * @param repeated an attribute of the key that it gives another value too; then {@code rest} has that
     * @param rest all else; null for nothing
     */
    record Split(
            Item key, @Nullable String repeated, @Nullable Expr rest) {}

    Split split(@Nullable Expr where) {
        TreeMap<String, AttributeValue> key = new TreeMap<>();
        String repeated = null;
        Expr rest = null;
        for (Expr conjunct : conjuncts(where)) {
            KeyAttribute attribute = attribute(conjunct);
            AttributeValue value = attribute == null ? null : equalTo(conjunct, attribute.name(), translator);
            if (attribute == null || value == null) {
                rest = and(rest, conjunct);
                continue;
            }
            AttributeValue before = key.putIfAbsent(attribute.name(), value);
            if (before != null && !before.equals(value)) {
                repeated = attribute.name();
                rest = and(rest, conjunct);
            }
        }
        return new Split(new Item(key), repeated, rest);
    }

    boolean isComplete(Item key) {
        return key.attributes().size() == Keys.attributes(schema).size();
    }

    /** The key, if the WHERE says nothing else: by equality, or by IN with one value. Otherwise null. */
    @Nullable
    Item only(@Nullable Expr where) {
        TreeMap<String, AttributeValue> key = new TreeMap<>();
        for (Expr conjunct : conjuncts(where)) {
            Expr equality = conjunct instanceof Expr.In in
                            && translator.candidates(in).size() == 1
                    ? new Expr.Binary(
                            Operator.EQ, in.tested(), translator.candidates(in).get(0), in.at())
                    : conjunct;
            KeyAttribute attribute = attribute(equality);
            AttributeValue value = attribute == null ? null : equalTo(equality, attribute.name(), translator);
            if (attribute == null || value == null) {
                return null;
            }
            AttributeValue before = key.putIfAbsent(attribute.name(), value);
            if (before != null && !before.equals(value)) {
                return null;
            }
        }
        Item item = new Item(key);
        return isComplete(item) ? item : null;
    }

    private @Nullable KeyAttribute attribute(Expr conjunct) {
        for (KeyAttribute attribute : Keys.attributes(schema)) {
            if (equalTo(conjunct, attribute.name(), translator) != null) {
                return attribute;
            }
        }
        return null;
    }

    /** The value that an equality gives to an attribute, on whichever side; null if this is none. */
    static @Nullable AttributeValue equalTo(Expr expr, String attribute, Translator translator) {
        if (!(expr instanceof Expr.Binary equality) || equality.operator() != Operator.EQ) {
            return null;
        }
        if (isAttribute(equality.left(), attribute)) {
            return translator.constant(equality.right());
        }
        return isAttribute(equality.right(), attribute) ? translator.constant(equality.left()) : null;
    }

    static boolean isAttribute(Expr expr, String attribute) {
        return expr instanceof Expr.Reference reference && reference.isAttribute(attribute);
    }

    private static Expr and(@Nullable Expr before, Expr next) {
        return before == null ? next : new Expr.Binary(Operator.AND, before, next, next.at());
    }

    /** What AND joins, also in parentheses. */
    static List<Expr> conjuncts(@Nullable Expr where) {
        List<Expr> conjuncts = new ArrayList<>();
        if (where != null) {
            collect(where, conjuncts);
        }
        return conjuncts;
    }

    private static void collect(Expr expr, List<Expr> conjuncts) {
        if (expr instanceof Expr.Binary and && and.operator() == Operator.AND) {
            collect(and.left(), conjuncts);
            collect(and.right(), conjuncts);
        } else {
            conjuncts.add(expr);
        }
    }
}
