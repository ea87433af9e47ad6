package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import java.util.List;

/** One thing an update does at one path. */
sealed interface UpdateAction {
    Path path();

    record Set(Path path, SetValue value) implements UpdateAction {}

    record Remove(Path path) implements UpdateAction {}

    record Add(Path path, AttributeValue value) implements UpdateAction {}

    record Delete(Path path, AttributeValue value) implements UpdateAction {}

    /** What SET assigns, computed from the item as it was before the update. */
    sealed interface SetValue {
        AttributeValue eval(Item item);

        record Of(Operand operand) implements SetValue {
            @Override
            public AttributeValue eval(Item item) {
                AttributeValue value = operand.eval(item);
                if (value == null) {
                    throw dev.meridian.node.api.ApiException.validation(
                            "The provided expression refers to an attribute that does not exist in the item");
                }
                return value;
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
                List<AttributeValue> both = new java.util.ArrayList<>(list(first.eval(item)));
                both.addAll(list(second.eval(item)));
                return new AttributeValue.L(both);
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
                if (left.eval(item) instanceof AttributeValue.N a && right.eval(item) instanceof AttributeValue.N b) {
                    return plus
                            ? Update.sum(a, b.value())
                            : Update.sum(a, b.value().negate());
                }
                throw Update.incorrectType();
            }
        }
    }
}
