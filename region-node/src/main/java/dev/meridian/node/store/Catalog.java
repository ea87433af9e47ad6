package dev.meridian.node.store;

import dev.meridian.model.TableId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The tables of a region at one moment, by name. */
public record Catalog(SortedMap<String, TableDescriptor> tables) {
    public static final Catalog EMPTY = new Catalog(new TreeMap<>());

    public Catalog {
        tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
    }

    public @Nullable TableDescriptor table(String name) {
        return tables.get(name);
    }

    public @Nullable TableDescriptor table(TableId id) {
        return tables.values().stream()
                .filter(table -> table.id().equals(id))
                .findFirst()
                .orElse(null);
    }
}
