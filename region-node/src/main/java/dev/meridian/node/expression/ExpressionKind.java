package dev.meridian.node.expression;

import dev.meridian.node.api.ApiException;

/** The kinds of expressions, named in errors as their parameters are. */
public enum ExpressionKind {
    CONDITION("ConditionExpression"),
    FILTER("FilterExpression"),
    KEY_CONDITION("KeyConditionExpression"),
    PROJECTION("ProjectionExpression"),
    UPDATE("UpdateExpression");

    private final String parameter;

    ExpressionKind(String parameter) {
        this.parameter = parameter;
    }

    public String parameter() {
        return parameter;
    }

    ApiException invalid(String why) {
        return ApiException.validation("Invalid " + parameter + ": " + why);
    }
}
