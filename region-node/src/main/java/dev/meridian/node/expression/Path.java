package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A document path: an attribute, then names and list indexes into it. */
record Path(String attribute, List<Step> steps) {
    Path {
        steps = List.copyOf(steps);
    }

    /** One step into a document. */
    sealed interface Step {
        record Name(String name) implements Step {}

        record Index(int index) implements Step {}
    }

    @Nullable
    AttributeValue get(@Nullable Item item) {
        AttributeValue value = item == null ? null : item.get(attribute);
        for (Step step : steps) {
            if (value == null) {
                return null;
            }
            value = child(value, step);
        }
        return value;
    }

    static @Nullable AttributeValue child(AttributeValue value, Step step) {
        if (step instanceof Step.Name name && value instanceof AttributeValue.M map) {
            return map.value().get(name.name());
        }
        if (step instanceof Step.Index index && value instanceof AttributeValue.L list) {
            return index.index() < list.value().size() ? list.value().get(index.index()) : null;
        }
        return null;
    }

    /** One path leads to or into what the other leads to. */
    boolean overlaps(Path other) {
        if (!attribute.equals(other.attribute)) {
            return false;
        }
        int shared = Math.min(steps.size(), other.steps.size());
        return steps.subList(0, shared).equals(other.steps.subList(0, shared));
    }

    /** Somewhere one path takes a map for what the other takes for a list. */
    boolean conflicts(Path other) {
        if (!attribute.equals(other.attribute)) {
            return false;
        }
        for (int i = 0; i < Math.min(steps.size(), other.steps.size()); i++) {
            Step mine = steps.get(i);
            Step theirs = other.steps.get(i);
            if (mine.getClass() != theirs.getClass()) {
                return true;
            }
            if (!mine.equals(theirs)) {
                return false;
            }
        }
        return false;
    }

    static void requireDistinct(ExpressionKind kind, List<Path> paths) {
        for (int i = 0; i < paths.size(); i++) {
            for (int j = i + 1; j < paths.size(); j++) {
                Path one = paths.get(i);
                Path two = paths.get(j);
                String which = " with each other; must remove or rewrite one of these paths; path one: " + one
                        + ", path two: " + two;
                if (one.overlaps(two)) {
                    throw kind.invalid("Two document paths overlap" + which);
                }
                if (one.conflicts(two)) {
                    throw kind.invalid("Two document paths conflict" + which);
                }
            }
        }
    }

    /** As errors show it: {@code [a, b, [1]]}. */
    @Override
    public String toString() {
        return steps.stream()
                .map(step ->
                        step instanceof Step.Name name ? ", " + name.name() : ", [" + ((Step.Index) step).index() + "]")
                .collect(Collectors.joining("", "[" + attribute, "]"));
    }
}
