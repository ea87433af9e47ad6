package dev.meridian.node.partiql;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.Path;
import dev.meridian.node.expression.Predicate;
import dev.meridian.node.expression.Update;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the parts of a statement into what the node's other operations work with, given the parameters. */
public final class Translator {
    private final Values values;

    /** @throws ApiException if the parameters are not as many as the statement has question marks */
    public Translator(StatementParser.Parsed parsed, List<AttributeValue> parameters) {
        if (parsed.parameters() != parameters.size()) {
            throw ApiException.validation("Number of parameters in request and statement don't match.");
        }
        values = new Values(parameters);
    }

    /** Null for no condition at all. @throws ApiException if the expression is no condition */
    public @Nullable Condition condition(@Nullable Expr where) {
        Predicate predicate = predicate(where);
        return predicate == null ? null : condition(where, predicate);
    }

    private static Condition condition(@Nullable Expr where, Predicate predicate) {
        return Condition.of(predicate, attributes(where), documents(where));
    }

    private @Nullable Predicate predicate(@Nullable Expr where) {
        return where == null ? null : new Conditions(values).of(where);
    }

    /** An item with the key attribute {@code key} is there, and the rest holds. */
    public Condition conditionOnExisting(String key, @Nullable Expr rest) {
        Predicate exists = new Predicate.Exists(new Path(key, List.of()));
        Predicate other = predicate(rest);
        return condition(rest, other == null ? exists : new Predicate.And(exists, other));
    }

    /** There is no item with the key attribute {@code key}, or the rest holds. Null for no condition at all. */
    public @Nullable Condition conditionUnlessMissing(String key, @Nullable Expr rest) {
        Predicate other = predicate(rest);
        return other == null
                ? null
                : condition(rest, new Predicate.Or(new Predicate.NotExists(new Path(key, List.of())), other));
    }

    public Columns columns(Statement.Select select) {
        return new Columns(select.columns());
    }

    public Update update(Statement.Update update) {
        return new Changes(values).of(update.changes());
    }

    public Item item(Statement.Insert insert) {
        return new Item(values.attributes(insert.item()));
    }

    /** What an IN compares with. */
    public List<Expr> candidates(Expr.In in) {
        return values.candidates(in);
    }

    /** Null for what is computed from an item. */
    public @Nullable AttributeValue constant(Expr expr) {
        return Values.isConstant(expr) ? values.of(expr) : null;
    }

    /** The attributes that a path of an expression goes into. */
    private static Set<String> documents(@Nullable Expr expr) {
        Set<String> documents = new LinkedHashSet<>();
        if (expr != null) {
            Walk.references(expr, reference -> {
                if (!reference.path().steps().isEmpty()) {
                    documents.add(reference.path().attribute());
                }
            });
        }
        return documents;
    }

    /** The attributes at the top of an item that an expression looks at, in its order. */
    public static Set<String> attributes(@Nullable Expr expr) {
        Set<String> attributes = new LinkedHashSet<>();
        if (expr != null) {
            Walk.references(expr, reference -> attributes.add(reference.path().attribute()));
        }
        return attributes;
    }
}
