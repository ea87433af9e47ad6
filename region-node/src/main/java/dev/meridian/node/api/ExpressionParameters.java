package dev.meridian.node.api;

import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.ExpressionKind;
import dev.meridian.node.expression.Placeholders;
import dev.meridian.node.expression.Projection;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The expressions of a request, or of one part of it, with the names and values they share. Expressions and the older
 * parameters that they replace do not mix.
 */
final class ExpressionParameters {
    private final RequestReader request;
    private final Placeholders placeholders;

    /**
     * @param expressions that the operation takes, in the order in which errors name them
     * @param older parameters that no expression may stand beside
     */
    ExpressionParameters(RequestReader request, List<ExpressionKind> expressions, List<String> older) {
        this.request = request;
        List<String> given = new ArrayList<>(expressions.size());
        for (ExpressionKind kind : expressions) {
            if (request.has(kind.parameter())) {
                given.add(kind.parameter());
            }
        }
        if (!given.isEmpty()) {
            requireOnly(given, older);
        }
        requireExpressions(expressions, given);
        this.placeholders = new Placeholders(request.texts("ExpressionAttributeNames"), request.expressionValues());
    }

    private void requireOnly(List<String> given, List<String> older) {
        String mixed = older.stream().filter(request::has).collect(Collectors.joining(", "));
        if (!mixed.isEmpty()) {
            throw ApiException.validation("Can not use both expression and non-expression parameters in the same"
                    + " request: Non-expression parameters: {" + mixed + "} Expression parameters: {"
                    + String.join(", ", given) + "}");
        }
    }

    private void requireExpressions(List<ExpressionKind> expressions, List<String> given) {
        if (given.isEmpty() && request.has("ExpressionAttributeNames")) {
            throw ApiException.validation("ExpressionAttributeNames can only be specified when using expressions");
        }
        if (!request.has("ExpressionAttributeValues")) {
            return;
        }
        List<String> withValues = expressions.stream()
                .filter(kind -> kind != ExpressionKind.PROJECTION)
                .map(ExpressionKind::parameter)
                .toList();
        if (withValues.stream().noneMatch(request::has) && !withValues.isEmpty()) {
            String which = ": " + String.join(" and ", withValues) + (withValues.size() > 1 ? " are" : " is") + " null";
            throw ApiException.validation("ExpressionAttributeValues can only be specified when using expressions"
                    + (request.layer() == ValueLayer.ENVELOPED ? "" : which));
        }
    }

    Placeholders placeholders() {
        return placeholders;
    }

    @Nullable
    Condition condition() {
        return condition(ExpressionKind.CONDITION);
    }

    @Nullable
    Condition filter() {
        return condition(ExpressionKind.FILTER);
    }

    private @Nullable Condition condition(ExpressionKind kind) {
        String text = request.text(kind.parameter());
        return text == null ? null : Condition.parse(kind, text, placeholders);
    }

    @Nullable
    Projection projection() {
        String text = request.text(ExpressionKind.PROJECTION.parameter());
        return text == null ? null : Projection.parse(text, placeholders);
    }

    /** To be called when all of them have been parsed. */
    void requireAllUsed() {
        placeholders.requireAllUsed();
    }
}
