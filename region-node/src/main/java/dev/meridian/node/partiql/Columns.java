package dev.meridian.node.partiql;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.expression.Path;
import dev.meridian.node.expression.Path.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a SELECT shows of an item: each path under its last name, with the indexes behind that. */
public final class Columns {
    private final Map<String, Path> byName = new LinkedHashMap<>();

    /** @throws ApiException if a column is no path, or two have one name */
    Columns(List<Expr> columns) {
        for (Expr column : columns) {
            if (!(column instanceof Expr.Reference reference)) {
                throw ApiException.validation("Unexpected path component at " + column.at());
            }
            String name = name(reference.path());
            if (byName.putIfAbsent(name, reference.path()) != null) {
                throw ApiException.validation("The SELECT list has more than one column named " + name);
            }
        }
    }

    private static String name(Path path) {
        String name = path.attribute();
        for (Step step : path.steps()) {
            name = step instanceof Step.Name next ? next.name() : name + "[" + ((Step.Index) step).index() + "]";
        }
        return name;
    }

    /** Whether all of an item is wanted. */
    public boolean isAll() {
        return byName.isEmpty();
    }

    /** The attributes that the columns come from, in their order. */
    public List<String> attributes() {
        List<String> attributes = new ArrayList<>();
        byName.values().forEach(path -> attributes.add(path.attribute()));
        return attributes;
    }

    public Item of(Item item) {
        if (isAll()) {
            return item;
        }
        TreeMap<String, AttributeValue> shown = new TreeMap<>();
        byName.forEach((name, path) -> {
            AttributeValue value = path.get(item);
            if (value != null) {
                shown.put(name, value);
            }
        });
        return new Item(shown);
    }
}
