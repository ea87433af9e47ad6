package dev.meridian.node.expression;

import dev.meridian.model.AttributeValue;
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
            case PUT -> new UpdateAction.Set(path, new UpdateAction.SetValue.Of(new Operand.Constant(given)));
            case ADD -> new UpdateAction.Add(path, given);
            case DELETE -> new UpdateAction.Delete(path, given);
        };
    }
}
