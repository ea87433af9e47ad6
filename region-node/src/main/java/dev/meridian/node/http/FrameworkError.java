package dev.meridian.node.http;

/**
 * Errors of requests that do not get as far as an operation. Wire contract: add, never rename. The statuses are those
 * that DynamoDB was seen to send; where nobody has seen one, what AWS documents.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html">Common errors</a>
 */
enum FrameworkError {
    SERIALIZATION("com.amazon.coral.service#SerializationException", 400),
    UNKNOWN_OPERATION("com.amazon.coral.service#UnknownOperationException", 400),
    MISSING_AUTHENTICATION_TOKEN("com.amazon.coral.service#MissingAuthenticationTokenException", 400),
    INCOMPLETE_SIGNATURE("com.amazon.coral.service#IncompleteSignatureException", 400),
    INVALID_SIGNATURE("com.amazon.coral.service#InvalidSignatureException", 400),
    UNRECOGNIZED_CLIENT("com.amazon.coral.service#UnrecognizedClientException", 400),
    MALFORMED_HTTP_REQUEST("com.amazon.coral.service#MalformedHttpRequestException", 400),
    REQUEST_TIMEOUT("com.amazon.coral.service#RequestTimeoutException", 408),
    REQUEST_ENTITY_TOO_LARGE("com.amazon.coral.service#RequestEntityTooLargeException", 413),
    REQUEST_LINE_TOO_LONG("com.amazon.coral.service#MalformedHttpRequestException", 414),
    EXPECTATION_FAILED("com.amazon.coral.service#MalformedHttpRequestException", 417),
    HEADERS_TOO_LARGE("com.amazon.coral.service#MalformedHttpRequestException", 431),
    INTERNAL_SERVER_ERROR("com.amazonaws.dynamodb.v20120810#InternalServerError", 500),
    SERVICE_UNAVAILABLE("com.amazon.coral.availability#ServiceUnavailableException", 503);

    private final String wireType;
    private final int httpStatus;

    FrameworkError(String wireType, int httpStatus) {
        this.wireType = wireType;
        this.httpStatus = httpStatus;
    }

    String wireType() {
        return wireType;
    }

    int httpStatus() {
        return httpStatus;
    }
}
