package dev.meridian.node.api;

import dev.meridian.model.Item;
import org.jspecify.annotations.Nullable;

/** A request that is answered with one of DynamoDB's errors. Expected, so without a stack trace. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient @Nullable Item item;

    public ApiException(ErrorCode code, String message) {
        this(code, message, null);
    }

    private ApiException(ErrorCode code, String message, @Nullable Item item) {
        super(message, null, false, false);
        this.code = code;
        this.item = item;
    }

    public @Nullable Item item() {
        return item;
    }

    /** Carries the item that failed the condition, for ReturnValuesOnConditionCheckFailure. */
    public static ApiException conditionFailed(@Nullable Item item) {
        return new ApiException(ErrorCode.CONDITIONAL_CHECK_FAILED, "The conditional request failed", item);
    }

    public static ApiException validation(String message) {
        return new ApiException(ErrorCode.VALIDATION, message);
    }

    public static ApiException serialization(String message) {
        return new ApiException(ErrorCode.SERIALIZATION, message);
    }

    public static ApiException resourceNotFound(String message) {
        return new ApiException(ErrorCode.RESOURCE_NOT_FOUND, message);
    }

    public static ApiException resourceInUse(String message) {
        return new ApiException(ErrorCode.RESOURCE_IN_USE, message);
    }

    public ErrorCode code() {
        return code;
    }

    /** Always present: every error has a text. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
