package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.node.api.ApiException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A request's ExpressionAttributeNames and ExpressionAttributeValues. All expressions of the request go through one. */
public final class Placeholders {
    private final @Nullable Map<String, String> names;
    private final @Nullable Map<String, AttributeValue> values;
    private final Set<String> usedNames;
    private final Set<String> usedValues;

    /** @param names null if the parameter was absent; likewise {@code values} */
    public Placeholders(@Nullable Map<String, String> names, @Nullable Map<String, AttributeValue> values) {
        this.names = names;
        this.values = values;
        this.usedNames = names == null ? Set.of() : new HashSet<>();
        this.usedValues = values == null ? Set.of() : new HashSet<>();
        if (names != null) {
            checkKeys("ExpressionAttributeNames", names.keySet(), '#');
            names.forEach(Placeholders::requireName);
        }
        if (values != null) {
            checkKeys("ExpressionAttributeValues", values.keySet(), ':');
        }
    }

    private static void checkKeys(String parameter, Collection<String> keys, char first) {
        if (keys.isEmpty()) {
            throw ApiException.validation(parameter + " must not be empty");
        }
        for (String key : keys) {
            if (!isPlaceholder(key, first)) {
                throw ApiException.validation(parameter + " contains invalid key: Syntax error; key: \"" + key + "\"");
            }
        }
    }

    private static void requireName(String placeholder, String name) {
        if (name.isEmpty()) {
            throw ApiException.validation("ExpressionAttributeNames contains invalid value: "
                    + ApiException.emptyAttributeName().getMessage() + " for key " + placeholder);
        }
    }

    private static boolean isPlaceholder(String key, char first) {
        if (key.length() < 2 || key.charAt(0) != first) {
            return false;
        }
        for (int i = 1; i < key.length(); i++) {
            char c = key.charAt(i);
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
                return false;
            }
        }
        return true;
    }

    /** Null if it is not defined. */
    @Nullable
    String name(String placeholder) {
        if (names == null) {
            return null;
        }
        usedNames.add(placeholder);
        return names.get(placeholder);
    }

    /** Null if it is not defined. */
    @Nullable
    AttributeValue value(String placeholder) {
        if (values == null) {
            return null;
        }
        usedValues.add(placeholder);
        return values.get(placeholder);
    }

    /** To be called when all of the request's expressions have been parsed. */
    public void requireAllUsed() {
        if (names != null) {
            requireUsed("ExpressionAttributeNames", names.keySet(), usedNames);
        }
        if (values != null) {
            requireUsed("ExpressionAttributeValues", values.keySet(), usedValues);
        }
    }

    private static void requireUsed(String parameter, Set<String> given, Set<String> used) {
        Set<String> unused = new TreeSet<>(given);
        unused.removeAll(used);
        if (!unused.isEmpty()) {
            throw ApiException.validation("Value provided in " + parameter + " unused in expressions: keys: {"
                    + String.join(", ", unused) + "}");
        }
    }
}
