package dev.meridian.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object that has one, as nearly all objects of a request do: {@code {"N":"1"}}. A hash map of one
 * entry takes 128 bytes, this takes 32.
 */
final class OneMember extends AbstractMap<String, JsonNode> {
    private final String name;
    private JsonNode value;

    OneMember(String name, JsonNode value) {
        this.name = name;
        this.value = value;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return name.equals(key);
    }

    @Override
    public @Nullable JsonNode get(@Nullable Object key) {
        return name.equals(key) ? value : null;
    }

    /** Another value for the same name: there is no room for a second one. */
    @Override
    public JsonNode put(String key, JsonNode next) {
        if (!name.equals(key)) {
            throw new UnsupportedOperationException(key);
        }
        JsonNode before = value;
        value = next;
        return before;
    }

    @Override
    public Set<Map.Entry<String, JsonNode>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, JsonNode>> iterator() {
                return Collections.singleton(Map.entry(name, value)).iterator();
            }

            @Override
            public int size() {
                return 1;
            }
        };
    }
}
