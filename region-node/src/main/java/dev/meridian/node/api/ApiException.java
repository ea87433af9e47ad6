package dev.meridian.node.api;

/** A request that is answered with one of DynamoDB's errors. Expected, so without a stack trace. */
public class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public ApiException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
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
