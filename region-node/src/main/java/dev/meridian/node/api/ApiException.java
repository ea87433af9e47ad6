package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Excerpt;
import dev.meridian.model.Item;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A request that is answered with one of DynamoDB's errors. Expected, so without a stack trace. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Reply.Fields details;
    private final transient @Nullable Item item;

    /** @param message what the request sent may be in it whole: of a long message only the beginning and the end are kept */
    public ApiException(ErrorCode code, String message) {
        this(code, Excerpt.ofMessage(message), null, out -> {});
    }

    private ApiException(ErrorCode code, String message, @Nullable Item item, Reply.Fields details) {
        super(message, null, false, false);
        this.code = code;
        this.item = item;
        this.details = details;
    }

    /** The item that failed a condition, if it was asked for. */
    @Nullable
    Item item() {
        return item;
    }

    /** Carries the item that failed the condition, for ReturnValuesOnConditionCheckFailure. */
    public static ApiException conditionFailed(@Nullable Item item) {
        return new ApiException(ErrorCode.CONDITIONAL_CHECK_FAILED, "The conditional request failed", item, out -> {
            if (item != null) {
                out.writeFieldName("Item");
                AttributeJson.write(item, out);
            }
        });
    }

    /**
     * Why one action of a transaction was not done.
     *
     * @param code None where the action itself would have succeeded
     */
    record CancellationReason(
            String code, @Nullable String message, @Nullable Item item) {
        static final CancellationReason NONE = new CancellationReason("None", null, null);

        static CancellationReason of(ApiException refused) {
            return switch (refused.code()) {
                case CONDITIONAL_CHECK_FAILED ->
                    new CancellationReason("ConditionalCheckFailed", refused.getMessage(), refused.item());
                case PROVISIONED_THROUGHPUT_EXCEEDED ->
                    new CancellationReason("ProvisionedThroughputExceeded", refused.getMessage(), null);
                case RESOURCE_NOT_FOUND -> new CancellationReason("ResourceNotFound", refused.getMessage(), null);
                case DUPLICATE_ITEM -> new CancellationReason("DuplicateItem", refused.getMessage(), null);
                default -> new CancellationReason("ValidationError", refused.getMessage(), null);
            };
        }
    }

    /** @param reasons one for each action, in their order */
    static ApiException transactionCancelled(List<CancellationReason> reasons) {
        String codes = reasons.stream().map(CancellationReason::code).collect(Collectors.joining(", ", "[", "]"));
        return new ApiException(
                ErrorCode.TRANSACTION_CANCELED,
                "Transaction cancelled, please refer cancellation reasons for specific reasons " + codes,
                null,
                out -> {
                    out.writeArrayFieldStart("CancellationReasons");
                    for (CancellationReason reason : reasons) {
                        write(reason, out);
                    }
                    out.writeEndArray();
                });
    }

    private static void write(CancellationReason reason, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("Code", reason.code());
        if (reason.message() != null) {
            out.writeStringField("Message", reason.message());
        }
        if (reason.item() != null) {
            out.writeFieldName("Item");
            AttributeJson.write(reason.item(), out);
        }
        out.writeEndObject();
    }

    /**
     * @param reason as DynamoDB names what held the request back
     * @param resource the ARN of the table or index that is used up
     */
    static ApiException throughputExceeded(String message, String reason, String resource) {
        return new ApiException(ErrorCode.PROVISIONED_THROUGHPUT_EXCEEDED, message, null, out -> {
            out.writeArrayFieldStart("ThrottlingReasons");
            out.writeStartObject();
            out.writeStringField("reason", reason);
            out.writeStringField("resource", resource);
            out.writeEndObject();
            out.writeEndArray();
        });
    }

    public static ApiException validation(String message) {
        return new ApiException(ErrorCode.VALIDATION, message);
    }

    /** An attribute, or a member of a map, must have a name of at least one character. */
    public static ApiException emptyAttributeName() {
        return validation("Empty attribute name");
    }

    /** @param message of as many parts as are wrong, each of which shows a long value only in part */
    static ApiException violations(String message) {
        return new ApiException(ErrorCode.VALIDATION, message, null, out -> {});
    }

    public static ApiException serialization(String message) {
        return new ApiException(ErrorCode.SERIALIZATION, message);
    }

    public static ApiException resourceNotFound(String message) {
        return new ApiException(ErrorCode.RESOURCE_NOT_FOUND, message);
    }

    /** The table is not in a state in which it can be changed. */
    static ApiException inUse(TableDescriptor table) {
        String state = table.status().name().toLowerCase(Locale.ROOT).replace("ing", "ed");
        return resourceInUse(
                "Attempt to change a resource which is still in use: Table is being " + state + ": " + table.name());
    }

    public static ApiException resourceInUse(String message) {
        return new ApiException(ErrorCode.RESOURCE_IN_USE, message);
    }

    public ErrorCode code() {
        return code;
    }

    /** The members of the error's JSON object. */
    public void writeTo(JsonGenerator out) throws IOException {
        out.writeStringField("__type", code.wireType());
        details.write(out);
        if (!getMessage().isEmpty()) {
            out.writeStringField(code.messageMember(), getMessage());
        }
    }

    /** Always present, and empty where the service says nothing beside the error's type. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
