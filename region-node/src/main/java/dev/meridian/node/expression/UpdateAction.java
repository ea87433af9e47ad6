package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.node.api.ApiException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing an update does at one path. */
public sealed interface UpdateAction {
    Path path();

    /** What the action puts at its path; null if nothing stays there. */
    @Nullable
    AttributeValue edit(Item old);

    /** Whether it can only remove something. */
    default boolean takesAway() {
        return false;
    }

    /** The type of what it puts at its path, if that is known without an item. */
    default AttributeValue.@Nullable Type type() {
        return null;
    }

    record Set(Path path, SetValue value) implements UpdateAction {
        @Override
        public AttributeValue edit(Item old) {
            return value.eval(old);
        }

        @Override
        public AttributeValue.@Nullable Type type() {
            return value.type();
        }
    }

    record Remove(Path path) implements UpdateAction {
        @Override
        public @Nullable AttributeValue edit(Item old) {
            return null;
        }

        @Override
        public boolean takesAway() {
            return true;
        }
    }

    record Add(Path path, AttributeValue value) implements UpdateAction {
        @Override
        public AttributeValue edit(Item old) {
            return Update.added(path.get(old), value);
        }

        @Override
        public AttributeValue.Type type() {
            return value.type();
        }
    }

    record Delete(Path path, AttributeValue value) implements UpdateAction {
        @Override
        public @Nullable AttributeValue edit(Item old) {
            AttributeValue held = path.get(old);
            return held == null ? null : Update.without(held, value);
        }

        @Override
        public boolean takesAway() {
            return true;
        }
    }

    /** An action that AttributeUpdates asked for, of an attribute that has the type of the action's value if it is there. */
    record OfSameType(UpdateAction action, AttributeValue.Type type) implements UpdateAction {
        @Override
        public Path path() {
            return action.path();
        }

        @Override
        public @Nullable AttributeValue edit(Item old) {
            AttributeValue held = path().get(old);
            if (held != null && held.type() != type) {
                throw ApiException.validation("Type mismatch for attribute to update");
            }
            return action.edit(old);
        }

        @Override
        public boolean takesAway() {
            return action.takesAway();
        }
    }

    /** What SET assigns, computed from the item as it was before the update. */
    sealed interface SetValue {
        AttributeValue eval(Item item);

        /** Its type, if that is known without an item. */
        default AttributeValue.@Nullable Type type() {
            return null;
        }

        record Of(Operand operand) implements SetValue {
            @Override
            public AttributeValue eval(Item item) {
                AttributeValue value = operand.eval(item);
                if (value == null) {
                    throw ApiException.validation(
                            "The provided expression refers to an attribute that does not exist in the item");
                }
                return value;
            }

            @Override
            public AttributeValue.@Nullable Type type() {
                return operand.type();
            }
        }

        record IfNotExists(Path path, SetValue otherwise) implements SetValue {
            @Override
            public AttributeValue eval(Item item) {
                AttributeValue value = path.get(item);
                return value != null ? value : otherwise.eval(item);
            }
        }

        record ListAppend(SetValue first, SetValue second) implements SetValue {
            @Override
            public AttributeValue eval(Item item) {
                AttributeValue head = first.eval(item);
                AttributeValue tail = second.eval(item);
                List<AttributeValue> both = new ArrayList<>(list(head));
                both.addAll(list(tail));
                return new AttributeValue.L(both);
            }

            @Override
            public AttributeValue.Type type() {
                return AttributeValue.Type.L;
            }

            private static List<AttributeValue> list(AttributeValue value) {
                if (value instanceof AttributeValue.L list) {
                    return list.value();
                }
                throw Update.incorrectType();
            }
        }

        record Arithmetic(SetValue left, boolean plus, SetValue right) implements SetValue {
            @Override
            public AttributeValue eval(Item item) {
                AttributeValue one = left.eval(item);
                AttributeValue other = right.eval(item);
                if (one instanceof AttributeValue.N a && other instanceof AttributeValue.N b) {
                    return plus
                            ? Update.sum(a, b.value())
                            : Update.sum(a, b.value().negate());
                }
                throw Update.incorrectType();
            }

            @Override
            public AttributeValue.Type type() {
                return AttributeValue.Type.N;
            }
        }
    }
}
