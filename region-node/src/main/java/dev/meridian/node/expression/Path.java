package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.node.api.ApiException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A document path: an attribute, then names and list indexes into it. */
public record Path(String attribute, List<Step> steps) {
    /** By the attribute, then step by step; in a list by index. */
    static final Comparator<Path> ORDER =
            Comparator.comparing(Path::attribute).thenComparing(Path::steps, Path::compareSteps);

    /** @throws ApiException if the attribute's name is empty */
    public Path {
        requireName(attribute);
        steps = List.copyOf(steps);
    }

    private static void requireName(String name) {
        if (name.isEmpty()) {
            throw ApiException.emptyAttributeName();
        }
    }

    /** One step into a document. */
    public sealed interface Step {
        record Name(String name) implements Step {
            /** @throws ApiException if the name is empty */
            public Name {
                requireName(name);
            }
        }

        record Index(int index) implements Step {}
    }

    /** The attributes that any of the paths goes into, in their order. */
    static Set<String> documents(Stream<Path> paths) {
        return paths.filter(path -> !path.steps.isEmpty())
                .map(Path::attribute)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    public @Nullable AttributeValue get(@Nullable Item item) {
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

    /** What holds the value: null of an attribute. */
    @Nullable
    Path parent() {
        return steps.isEmpty() ? null : new Path(attribute, steps.subList(0, steps.size() - 1));
    }

    private static int compareSteps(List<Step> one, List<Step> two) {
        for (int i = 0; i < Math.min(one.size(), two.size()); i++) {
            int order = compare(one.get(i), two.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(one.size(), two.size());
    }

    private static int compare(Step one, Step two) {
        if (one instanceof Step.Index a && two instanceof Step.Index b) {
            return Integer.compare(a.index(), b.index());
        }
        if (one instanceof Step.Name a && two instanceof Step.Name b) {
            return a.name().compareTo(b.name());
        }
        return one instanceof Step.Name ? -1 : 1;
    }

    /** One path leads to or into what the other leads to. */
    public boolean overlaps(Path other) {
        if (!attribute.equals(other.attribute)) {
            return false;
        }
        int shared = Math.min(steps.size(), other.steps.size());
        return steps.subList(0, shared).equals(other.steps.subList(0, shared));
    }

    /** Somewhere one path takes a map for what the other takes for a list. */
    public boolean conflicts(Path other) {
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

    /** No path leads into another, and none takes for a map what another takes for a list. */
    static void checkDistinct(Faults faults, List<Path> paths) {
        checkEachPair(faults, paths, Path::overlaps, "overlap");
        checkEachPair(faults, paths, Path::conflicts, "conflict");
    }

    private static void checkEachPair(Faults faults, List<Path> paths, BiPredicate<Path, Path> isFault, String verb) {
        for (int second = 1; second < paths.size(); second++) {
            for (int first = 0; first < second; first++) {
                if (isFault.test(paths.get(first), paths.get(second))) {
                    faults.note(
                            Faults.Pass.OVERLAP,
                            "Two document paths " + verb + " with each other; must remove or rewrite one of these"
                                    + " paths; path one: " + paths.get(first) + ", path two: " + paths.get(second));
                    return;
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
