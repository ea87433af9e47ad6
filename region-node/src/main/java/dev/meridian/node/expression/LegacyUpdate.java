package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
import dev.meridian.node.expression.UpdateAction.SetValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is done to one attribute, as requests stated it before there were update expressions.
 *
 * @param value null only for DELETE: the attribute goes
 */
public record LegacyUpdate(
        String attribute, Action action, @Nullable AttributeValue value) {
    /** DynamoDB's AttributeAction. */
    public enum Action {
        PUT,
        ADD,
        DELETE;

        public boolean takes(AttributeValue.Type type) {
            return switch (type) {
                case SS, NS, BS -> true;
                case N, L -> this != DELETE;
                case S, B, BOOL, NULL, M -> this == PUT;
            };
        }
    }

    public static Update all(List<LegacyUpdate> updates) {
        List<UpdateAction> actions = new ArrayList<>();
        updates.forEach(update -> actions.add(update.toAction()));
        return Update.of(actions);
    }

    private UpdateAction toAction() {
        Path path = new Path(attribute, List.of());
        if (value == null) {
            return new UpdateAction.Remove(path);
        }
        AttributeValue given = Objects.requireNonNull(value);
        return switch (action) {
            case PUT -> new UpdateAction.Set(path, constant(given));
            case ADD -> new UpdateAction.OfSameType(addition(path, given), given.type());
            case DELETE -> new UpdateAction.OfSameType(new UpdateAction.Delete(path, given), given.type());
        };
    }

    /** A list is appended, to none as to an empty one, which ADD of an update expression does not do. */
    private static UpdateAction addition(Path path, AttributeValue given) {
        if (given.type() != AttributeValue.Type.L) {
            return new UpdateAction.Add(path, given);
        }
        SetValue held = new SetValue.IfNotExists(path, constant(new AttributeValue.L(List.of())));
        return new UpdateAction.Set(path, new SetValue.ListAppend(held, constant(given)));
    }

    private static SetValue constant(AttributeValue value) {
        return new SetValue.Of(new Operand.Constant(value));
    }
}
