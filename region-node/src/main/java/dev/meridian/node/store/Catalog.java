package dev.meridian.node.store;

import dev.meridian.model.TableId;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The tables of a region at one moment. Immutable. */
public final class Catalog {
    public static final Catalog EMPTY = new Catalog(new TreeMap<>());

    private final SortedMap<String, TableDescriptor> byName;
    private final Map<TableId, TableDescriptor> byId;

    public Catalog(SortedMap<String, TableDescriptor> tables) {
        byName = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
        byId = new HashMap<>();
        byName.values().forEach(table -> byId.put(table.id(), table));
    }

    /** By name, in order. */
    public SortedMap<String, TableDescriptor> tables() {
        return byName;
    }

    public @Nullable TableDescriptor table(String name) {
        return byName.get(name);
    }

    public @Nullable TableDescriptor table(TableId id) {
        return byId.get(id);
    }

    public Catalog with(TableDescriptor table) {
        TreeMap<String, TableDescriptor> more = new TreeMap<>(byName);
        more.put(table.name(), table);
        return new Catalog(more);
    }

    public Catalog without(String name) {
        TreeMap<String, TableDescriptor> fewer = new TreeMap<>(byName);
        fewer.remove(name);
        return new Catalog(fewer);
    }
}
