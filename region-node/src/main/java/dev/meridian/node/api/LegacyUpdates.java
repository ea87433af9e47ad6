package dev.meridian.node.api;

import dev.meridian.model.AttributeValue;
import dev.meridian.node.expression.LegacyUpdate;
import dev.meridian.node.expression.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * AttributeUpdates, which UpdateExpression replaced.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html">AttributeUpdates</a>
 */
final class LegacyUpdates {
    private LegacyUpdates() {}

    static @Nullable Update read(RequestReader request) {
        if (!request.has("AttributeUpdates")) {
            return null;
        }
        List<LegacyUpdate> updates = new ArrayList<>();
        for (Map.Entry<String, RequestReader> entry :
                request.objectsByName("AttributeUpdates").entrySet()) {
            updates.add(update(entry.getKey(), entry.getValue()));
        }
        return LegacyUpdate.all(updates);
    }

    private static LegacyUpdate update(String attribute, RequestReader update) {
        AttributeValue value = update.value("Value");
        LegacyUpdate.Action action = LegacyUpdate.Action.valueOf(update.text("Action", "PUT"));
        if (value == null && action != LegacyUpdate.Action.DELETE) {
            throw Keys.invalid("Only DELETE action is allowed when no attribute value is specified");
        }
        if (value != null && !action.takes(value.type())) {
            throw Keys.invalid(
                    action == LegacyUpdate.Action.DELETE
                            ? "DELETE action with value is not supported for the type " + value.type()
                            : "ADD action is not supported for the type " + value.type());
        }
        return new LegacyUpdate(attribute, action, value);
    }
}
