package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.DynamoNumber;
import dev.meridian.model.InvalidNumberException;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.node.api.ApiException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** An update, ready to be applied. */
public final class Update {
    /** Levels of values within an attribute's value, as in a request. */
    private static final int MAX_NESTING = 32;

    private final List<UpdateAction> actions;
    private final Set<String> documents;

    private Update(List<UpdateAction> actions, Set<String> documents) {
        this.actions = List.copyOf(actions);
        this.documents = Collections.unmodifiableSet(documents);
    }

    /** @throws ApiException in DynamoDB's words, if the expression is not valid */
    public static Update parse(String text, Placeholders placeholders) {
        UpdateParser parser = new UpdateParser(text, placeholders);
        return new Update(parser.parse(), parser.documents());
    }

    public static Update of(List<UpdateAction> actions) {
        return new Update(actions, Path.documents(actions.stream().map(UpdateAction::path)));
    }

    /** Whether the item is made if it is not there: unless all that the update does is to take away. */
    public boolean makesItem() {
        return actions.isEmpty() || !actions.stream().allMatch(UpdateAction::takesAway);
    }

    /** @throws ApiException if the update touches an attribute of the key */
    public void requireNoKey(KeySchema schema) {
        requireNot(schema.partition());
        KeyAttribute sort = schema.sort();
        if (sort != null) {
            requireNot(sort);
        }
    }

    /** The attributes that a path goes into, which must be documents. */
    public Set<String> documents() {
        return documents;
    }

    /** The type of what the update puts to an attribute as a whole, if that is known without an item. */
    public AttributeValue.@Nullable Type typePut(String attribute) {
        for (UpdateAction action : actions) {
            if (action.path().parent() == null && action.path().attribute().equals(attribute)) {
                return action.type();
            }
        }
        return null;
    }

    private void requireNot(KeyAttribute key) {
        if (actions.stream().anyMatch(action -> action.path().attribute().equals(key.name()))) {
            throw ApiException.validation("One or more parameter values were invalid: Cannot update attribute "
                    + key.name() + ". This attribute is part of the key");
        }
    }

    /**
     * What became of an item.
     *
     * @param item the item afterwards
     * @param updatedNew of it, the parts that the update named, for ReturnValues UPDATED_NEW
     */
    public record Result(Item item, Item updatedNew) {}

    /** What an action makes of its path: a value, or null that nothing stays there. */
    private record Edit(Path path, @Nullable AttributeValue value) {}

    /**
     * All actions at once: each sees the item as it was before, and so do the indexes of its path.
     *
     * @throws ApiException in DynamoDB's words, if the expression does not fit the item
     */
    public Result apply(Item old) {
        return apply(old, false);
    }

    /**
     * What becomes of an item that is not there, by an update that makes it. As {@link #apply} to its key alone, but
     * REMOVE may then name a path into what does not exist: so it is with DynamoDB.
     */
    public Result create(Item key) {
        return apply(key, true);
    }

    private Result apply(Item old, boolean missing) {
        List<Edit> edits = new ArrayList<>();
        for (UpdateAction action : actions) {
            edits.add(new Edit(action.path(), action.edit(old)));
        }
        for (UpdateAction action : actions) {
            if (!(missing && action instanceof UpdateAction.Remove)) {
                requireParent(action.path(), old);
            }
        }
        edits.forEach(edit -> requireDepth(edit.path(), edit.value()));
        // In the order of paths, so that elements behind the end of a list are appended in the order of their indexes.
        edits.sort(Comparator.comparing(Edit::path, Path.ORDER));
        TreeMap<String, AttributeValue> attributes = new TreeMap<>(old.attributes());
        for (Edit edit : edits) {
            AttributeValue value = edit.value();
            if (value != null) {
                put(attributes, edit.path(), value);
            }
        }
        // From the back of lists, so that indexes keep meaning what they meant.
        for (int i = edits.size() - 1; i >= 0; i--) {
            if (edits.get(i).value() == null) {
                remove(attributes, edits.get(i).path(), old);
            }
        }
        Item updated = new Item(attributes);
        return new Result(updated, named(updated));
    }

    /** For ReturnValues UPDATED_OLD: of the item as it was, the parts that the update names. */
    public Item updatedOld(Item old) {
        return named(old);
    }

    /**
     * Paths are taken as they are written: UPDATED_NEW has nothing of an element set behind the end of its list, and
     * has the element that took the place of a removed one. So it is with DynamoDB.
     */
    private Item named(Item item) {
        return Projection.of(actions.stream().map(UpdateAction::path).toList()).apply(item);
    }

    private static void requireParent(Path path, Item item) {
        Path parent = path.parent();
        if (parent == null) {
            return;
        }
        AttributeValue holder = parent.get(item);
        Path.Step last = path.steps().get(path.steps().size() - 1);
        boolean fits = last instanceof Path.Step.Name
                ? holder instanceof AttributeValue.M
                : holder instanceof AttributeValue.L;
        if (!fits) {
            throw invalidPath();
        }
    }

    private static void requireDepth(Path path, @Nullable AttributeValue value) {
        if (value != null && path.steps().size() + depth(value) > MAX_NESTING) {
            throw ApiException.validation("Nesting Levels have exceeded supported limits");
        }
    }

    /** Of the deepest value within a value. */
    private static int depth(AttributeValue value) {
        int depth = 0;
        if (value instanceof AttributeValue.M map) {
            for (AttributeValue member : map.value().values()) {
                depth = Math.max(depth, 1 + depth(member));
            }
        } else if (value instanceof AttributeValue.L list) {
            for (AttributeValue element : list.value()) {
                depth = Math.max(depth, 1 + depth(element));
            }
        }
        return depth;
    }

    static ApiException incorrectType() {
        return ApiException.validation("An operand in the update expression has an incorrect data type");
    }

    private static ApiException invalidPath() {
        return ApiException.validation("The document path provided in the update expression is invalid for update");
    }

    static AttributeValue.N sum(AttributeValue.N left, BigDecimal right) {
        try {
            return new AttributeValue.N(DynamoNumber.sum(left.value(), right));
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

    /** An element is removed only if the list had it before: one appended since is another's. */
    private static void remove(TreeMap<String, AttributeValue> attributes, Path path, Item old) {
        Path parent = path.parent();
        if (parent == null) {
            attributes.remove(path.attribute());
            return;
        }
        if (path.get(old) == null) {
            return;
        }
        AttributeValue in = parent.get(new Item(attributes));
        Path.Step last = path.steps().get(path.steps().size() - 1);
        if (last instanceof Path.Step.Name name && in instanceof AttributeValue.M map) {
            TreeMap<String, AttributeValue> members = new TreeMap<>(map.value());
            members.remove(name.name());
            put(attributes, parent, new AttributeValue.M(members));
        } else if (last instanceof Path.Step.Index index && in instanceof AttributeValue.L list) {
            List<AttributeValue> elements = new ArrayList<>(list.value());
            elements.remove(index.index());
            put(attributes, parent, new AttributeValue.L(elements));
        } else {
            throw new AssertionError(path);
        }
    }

    static AttributeValue added(@Nullable AttributeValue old, AttributeValue more) {
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

    /** A set that loses its last member goes altogether: null. */
    static @Nullable AttributeValue without(AttributeValue held, AttributeValue members) {
        if (held.type() != members.type()) {
            throw incorrectType();
        }
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
