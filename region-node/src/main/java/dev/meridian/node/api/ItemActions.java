package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.Update;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads actions from requests: of the operations on one item, and of the parts of a transaction. */
final class ItemActions {
    private static final List<ExpressionKind> CONDITION = List.of(ExpressionKind.CONDITION);
    private static final List<ExpressionKind> UPDATE = List.of(ExpressionKind.UPDATE, ExpressionKind.CONDITION);

    private final ApiContext context;

    ItemActions(ApiContext context) {
        this.context = context;
    }

    ItemPut put(RequestReader request) {
        String table = request.tableName("TableName", context.region());
        ExpressionParameters expressions = new ExpressionParameters(request, CONDITION, List.of("Expected"));
        Item item = request.takeItem("Item");
        onlyOldOrNone(request);
        Condition condition = condition(request, expressions);
        expressions.requireAllUsed();
        return new ItemPut(table, item, condition, returnsOldOnFailure(request));
    }

    ItemDelete delete(RequestReader request) {
        String table = request.tableName("TableName", context.region());
        ExpressionParameters expressions = new ExpressionParameters(request, CONDITION, List.of("Expected"));
        Item key = request.requiredItem("Key");
        onlyOldOrNone(request);
        Condition condition = condition(request, expressions);
        expressions.requireAllUsed();
        return new ItemDelete(table, key, condition, returnsOldOnFailure(request));
    }

    ItemCheck check(RequestReader request) {
        String table = request.tableName("TableName", context.region());
        ExpressionParameters expressions = new ExpressionParameters(request, CONDITION, List.of());
        Item key = request.requiredItem("Key");
        Condition condition = Objects.requireNonNull(expressions.condition());
        expressions.requireAllUsed();
        return new ItemCheck(table, key, condition, returnsOldOnFailure(request));
    }

    ItemUpdate update(RequestReader request) {
        String table = request.tableName("TableName", context.region());
        ExpressionParameters expressions =
                new ExpressionParameters(request, UPDATE, List.of("AttributeUpdates", "Expected"));
        Item key = request.requiredItem("Key");
        Update update = LegacyUpdates.read(request);
        String text = request.text("UpdateExpression");
        if (text != null) {
            update = Update.parse(text, expressions.placeholders());
        }
        Condition condition = condition(request, expressions);
        expressions.requireAllUsed();
        return new ItemUpdate(table, key, update, condition, returnsOldOnFailure(request));
    }

    private static @Nullable Condition condition(RequestReader request, ExpressionParameters expressions) {
        Condition condition = expressions.condition();
        return condition != null ? condition : LegacyConditions.expected(request);
    }

    private static void onlyOldOrNone(RequestReader request) {
        switch (request.text("ReturnValues", "NONE")) {
            case "NONE", "ALL_OLD" -> {}
            default -> throw ApiException.validation("ReturnValues can only be ALL_OLD or NONE");
        }
    }

    private static boolean returnsOldOnFailure(RequestReader request) {
        return request.text("ReturnValuesOnConditionCheckFailure", "NONE").equals("ALL_OLD");
    }
}
