package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.InvalidNumberException;
import dev.meridian.model.Item;
import dev.meridian.model.KeySchema;
import dev.meridian.node.api.ApiException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** An update, ready to be applied. */
public final class Update {
    private final List<UpdateAction> actions;

    private Update(List<UpdateAction> actions) {
        this.actions = List.copyOf(actions);
    }

    public static Update parse(String text, Placeholders placeholders, KeySchema schema) {
        List<UpdateAction> actions = new UpdateParser(text, placeholders).parse();
        List<Path> paths = actions.stream().map(UpdateAction::path).toList();
        Path.requireDistinct(ExpressionKind.UPDATE, paths);
        for (Path path : paths) {
            if (schema.contains(path.attribute())) {
                throw ApiException.validation("One or more parameter values were invalid: Cannot update attribute "
                        + path.attribute() + ". This attribute is part of the key");
            }
        }
        return new Update(actions);
    }

    /**
     * What became of an item.
     *
     * @param item the item afterwards
     * @param updatedNew of it, the parts that the update named, for ReturnValues UPDATED_NEW
     */
    public record Result(Item item, Item updatedNew) {}

    /** @param old the item, or a new one with only its key */
    public Result apply(Item old) {
        TreeMap<String, AttributeValue> attributes = new TreeMap<>(old.attributes());
        List<UpdateAction> removals = new ArrayList<>();
        for (UpdateAction action : actions) {
            if (action instanceof UpdateAction.Set set) {
                put(attributes, set.path(), set.value().eval(old));
            } else if (action instanceof UpdateAction.Add add) {
                put(attributes, add.path(), added(add.path().get(old), add.value()));
            } else if (action instanceof UpdateAction.Delete delete) {
                delete(attributes, delete, old);
            } else {
                removals.add(action);
            }
        }
        // From the back of lists, so that indexes keep meaning what they meant.
        removals.sort(Comparator.comparing(action -> lastIndex(action.path()), Comparator.reverseOrder()));
        removals.forEach(action -> remove(attributes, action.path(), old));
        Item updated = new Item(attributes);
        return new Result(updated, touched(updated, old));
    }

    /** For ReturnValues UPDATED_OLD: of the item as it was, the parts that the update names. */
    public Item updatedOld(Item old) {
        return Projection.of(actions.stream().map(UpdateAction::path).toList()).apply(old);
    }

    private Item touched(Item updated, Item old) {
        List<Path> kept = actions.stream()
                .filter(action -> !(action instanceof UpdateAction.Remove))
                .map(UpdateAction::path)
                .map(path -> beyondEnd(path, updated, old))
                .toList();
        return Projection.of(kept).apply(updated);
    }

    /** An element set beyond the end of a list became its last. */
    private static Path beyondEnd(Path path, Item updated, Item old) {
        int depth = path.steps().size();
        if (depth == 0 || path.get(updated) != null || !(path.steps().get(depth - 1) instanceof Path.Step.Index)) {
            return path;
        }
        Path parent = new Path(path.attribute(), path.steps().subList(0, depth - 1));
        if (parent.get(updated) instanceof AttributeValue.L list
                && !list.value().isEmpty()) {
            List<Path.Step> steps = new ArrayList<>(parent.steps());
            steps.add(new Path.Step.Index(list.value().size() - 1));
            return new Path(path.attribute(), steps);
        }
        return path;
    }

    private static int lastIndex(Path path) {
        return path.steps().isEmpty()
                ? -1
                : path.steps().get(path.steps().size() - 1) instanceof Path.Step.Index index ? index.index() : -1;
    }

    static ApiException incorrectType() {
        return ApiException.validation("An operand in the update expression has an incorrect data type");
    }

    private static ApiException invalidPath() {
        return ApiException.validation("The document path provided in the update expression is invalid for update");
    }

    static AttributeValue.N sum(AttributeValue.N left, BigDecimal right) {
        try {
            // Exact as long as DynamoDB's range is: a longer result is refused, not rounded.
            return new AttributeValue.N(left.value().add(right, MathContext.UNLIMITED));
        } catch (InvalidNumberException outOfRange) {
            throw ApiException.validation(String.valueOf(outOfRange.getMessage()));
        }
    }

    private static void put(TreeMap<String, AttributeValue> attributes, Path path, AttributeValue value) {
        if (path.steps().isEmpty()) {
            attributes.put(path.attribute(), value);
            return;
        }
        AttributeValue root = attributes.get(path.attribute());
        if (root == null) {
            throw invalidPath();
        }
        attributes.put(path.attribute(), replaced(root, path.steps(), value));
    }

    private static AttributeValue replaced(AttributeValue in, List<Path.Step> steps, AttributeValue value) {
        Path.Step step = steps.get(0);
        AttributeValue child = Path.child(in, step);
        AttributeValue replacement;
        if (steps.size() == 1) {
            replacement = value;
        } else if (child != null) {
            replacement = replaced(child, steps.subList(1, steps.size()), value);
        } else {
            throw invalidPath();
        }
        if (step instanceof Path.Step.Name name && in instanceof AttributeValue.M map) {
            TreeMap<String, AttributeValue> members = new TreeMap<>(map.value());
            members.put(name.name(), replacement);
            return new AttributeValue.M(members);
        }
        if (step instanceof Path.Step.Index index && in instanceof AttributeValue.L list) {
            List<AttributeValue> elements = new ArrayList<>(list.value());
            if (index.index() < elements.size()) {
                elements.set(index.index(), replacement);
            } else {
                elements.add(replacement);
            }
            return new AttributeValue.L(elements);
        }
        throw invalidPath();
    }

    private static void remove(TreeMap<String, AttributeValue> attributes, Path path, Item old) {
        if (path.steps().isEmpty()) {
            attributes.remove(path.attribute());
            return;
        }
        Path parent =
                new Path(path.attribute(), path.steps().subList(0, path.steps().size() - 1));
        AttributeValue before = parent.get(old);
        Path.Step last = path.steps().get(path.steps().size() - 1);
        boolean fits = (before instanceof AttributeValue.M && last instanceof Path.Step.Name)
                || (before instanceof AttributeValue.L && last instanceof Path.Step.Index);
        if (!fits) {
            throw invalidPath();
        }
        AttributeValue in = parent.get(new Item(attributes));
        if (last instanceof Path.Step.Name name && in instanceof AttributeValue.M map) {
            TreeMap<String, AttributeValue> members = new TreeMap<>(map.value());
            members.remove(name.name());
            put(attributes, parent, new AttributeValue.M(members));
        } else if (last instanceof Path.Step.Index index
                && in instanceof AttributeValue.L list
                && index.index() < list.value().size()) {
            List<AttributeValue> elements = new ArrayList<>(list.value());
            elements.remove(index.index());
            put(attributes, parent, new AttributeValue.L(elements));
        }
    }

    private static AttributeValue added(@Nullable AttributeValue old, AttributeValue more) {
        if (old == null) {
            return more;
        }
        if (old instanceof AttributeValue.N a && more instanceof AttributeValue.N b) {
            return sum(a, b.value());
        }
        if (old.type() != more.type()) {
            throw incorrectType();
        }
        return switch (old.type()) {
            case SS ->
                new AttributeValue.SS(union(((AttributeValue.SS) old).value(), ((AttributeValue.SS) more).value()));
            case NS ->
                new AttributeValue.NS(union(((AttributeValue.NS) old).value(), ((AttributeValue.NS) more).value()));
            case BS ->
                new AttributeValue.BS(union(((AttributeValue.BS) old).value(), ((AttributeValue.BS) more).value()));
            case S, N, B, BOOL, NULL, M, L -> throw incorrectType();
        };
    }

    private static <T> TreeSet<T> union(java.util.SortedSet<T> a, java.util.SortedSet<T> b) {
        TreeSet<T> all = new TreeSet<>(a);
        all.addAll(b);
        return all;
    }

    private static <T> TreeSet<T> difference(java.util.SortedSet<T> a, java.util.SortedSet<T> b) {
        TreeSet<T> rest = new TreeSet<>(a);
        rest.removeAll(b);
        return rest;
    }

    /** A set that loses its last member goes altogether. */
    private static void delete(TreeMap<String, AttributeValue> attributes, UpdateAction.Delete delete, Item old) {
        AttributeValue held = delete.path().get(old);
        if (held == null) {
            return;
        }
        if (held.type() != delete.value().type()) {
            throw incorrectType();
        }
        AttributeValue rest = without(held, delete.value());
        if (rest == null) {
            remove(attributes, delete.path(), old);
        } else {
            put(attributes, delete.path(), rest);
        }
    }

    private static @Nullable AttributeValue without(AttributeValue held, AttributeValue members) {
        switch (held.type()) {
            case SS -> {
                TreeSet<String> rest =
                        difference(((AttributeValue.SS) held).value(), ((AttributeValue.SS) members).value());
                return rest.isEmpty() ? null : new AttributeValue.SS(rest);
            }
            case NS -> {
                TreeSet<BigDecimal> rest =
                        difference(((AttributeValue.NS) held).value(), ((AttributeValue.NS) members).value());
                return rest.isEmpty() ? null : new AttributeValue.NS(rest);
            }
            case BS -> {
                TreeSet<Bytes> rest =
                        difference(((AttributeValue.BS) held).value(), ((AttributeValue.BS) members).value());
                return rest.isEmpty() ? null : new AttributeValue.BS(rest);
            }
            case S, N, B, BOOL, NULL, M, L -> throw incorrectType();
        }
        throw new AssertionError(held.type());
    }
}
