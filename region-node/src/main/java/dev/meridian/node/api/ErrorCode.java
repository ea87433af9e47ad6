package dev.meridian.node.api;

/**
 * The errors a client may see, with the type they carry on the wire and their HTTP status: those that DynamoDB was seen
 * to send; where nobody has seen one, what AWS documents. Wire contract: add, never rename.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html">Common errors</a>
 * @see <a
 *     href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html">Error handling with
 *     DynamoDB</a>
 */
public enum ErrorCode {
    VALIDATION("com.amazon.coral.validate#ValidationException", 400),
    SERIALIZATION("com.amazon.coral.service#SerializationException", 400),
    UNKNOWN_OPERATION("com.amazon.coral.service#UnknownOperationException", 400),
    MISSING_AUTHENTICATION_TOKEN("com.amazon.coral.service#MissingAuthenticationTokenException", 400),
    INCOMPLETE_SIGNATURE("com.amazon.coral.service#IncompleteSignatureException", 400),
    INVALID_SIGNATURE("com.amazon.coral.service#InvalidSignatureException", 400),
    ACCESS_DENIED("com.amazon.coral.service#AccessDeniedException", 400),
    UNRECOGNIZED_CLIENT("com.amazon.coral.service#UnrecognizedClientException", 400),
    MALFORMED_HTTP_REQUEST("com.amazon.coral.service#MalformedHttpRequestException", 400),
    REQUEST_TIMEOUT("com.amazon.coral.service#RequestTimeoutException", 408),
    REQUEST_ENTITY_TOO_LARGE("com.amazon.coral.service#RequestEntityTooLargeException", 413),
    REQUEST_LINE_TOO_LONG("com.amazon.coral.service#MalformedHttpRequestException", 414),
    EXPECTATION_FAILED("com.amazon.coral.service#MalformedHttpRequestException", 417),
    HEADERS_TOO_LARGE("com.amazon.coral.service#MalformedHttpRequestException", 431),
    RESOURCE_NOT_FOUND("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", 400),
    RESOURCE_IN_USE("com.amazonaws.dynamodb.v20120810#ResourceInUseException", 400),
    LIMIT_EXCEEDED("com.amazonaws.dynamodb.v20120810#LimitExceededException", 400),
    CONDITIONAL_CHECK_FAILED("com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", 400),
    TRANSACTION_CANCELED("com.amazonaws.dynamodb.v20120810#TransactionCanceledException", 400),
    IDEMPOTENT_PARAMETER_MISMATCH("com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException", 400),
    PROVISIONED_THROUGHPUT_EXCEEDED("com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", 400),
    DUPLICATE_ITEM("com.amazonaws.dynamodb.v20120810#DuplicateItemException", 400),
    TABLE_NOT_FOUND("com.amazonaws.dynamodb.v20120810#TableNotFoundException", 400),
    GLOBAL_TABLE_NOT_FOUND("com.amazonaws.dynamodb.v20120810#GlobalTableNotFoundException", 400),
    POLICY_NOT_FOUND("com.amazonaws.dynamodb.v20120810#PolicyNotFoundException", 400),
    TRIMMED_DATA_ACCESS("com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException", 400),
    EXPIRED_ITERATOR("com.amazonaws.dynamodb.v20120810#ExpiredIteratorException", 400),
    INTERNAL_SERVER_ERROR("com.amazonaws.dynamodb.v20120810#InternalServerError", 500),
    SERVICE_UNAVAILABLE("com.amazon.coral.availability#ServiceUnavailableException", 503);

    private final String wireType;
    private final int httpStatus;

    ErrorCode(String wireType, int httpStatus) {
        this.wireType = wireType;
        this.httpStatus = httpStatus;
    }

    public String wireType() {
        return wireType;
    }

    /** How the error's JSON spells the member that holds the text: the service is not of one mind about it. */
    String messageMember() {
        return switch (this) {
            case ACCESS_DENIED, SERIALIZATION, TRANSACTION_CANCELED, IDEMPOTENT_PARAMETER_MISMATCH -> "Message";
            default -> "message";
        };
    }

    public int httpStatus() {
        return httpStatus;
    }
}
