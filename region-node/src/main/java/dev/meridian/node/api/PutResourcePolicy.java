package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.api.ResourcePolicies.Policy;
import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;

/** PutResourcePolicy. */
final class PutResourcePolicy implements Operation {
    /** Said instead of a revision: there must be no policy yet. */
    private static final String NO_POLICY = "NO_POLICY";

    private static final int POLICY_BYTES_MOST = 20 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ApiContext context;

    PutResourcePolicy(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String arn = request.requiredText("ResourceArn");
        String text = request.requiredText("Policy");
        String expected = request.text("ExpectedRevisionId");
        requireJson(text);
        return context.store().write(view -> {
            TableDescriptor table = context.ruled(view.catalog(), arn);
            Policy old = ResourcePolicies.of(view, table.id());
            String held = old == null ? NO_POLICY : old.revision();
            if (expected != null && !expected.equals(held)) {
                throw ResourcePolicies.notFound(arn);
            }
            ResourcePolicies.put(view, table.id(), text);
            return Reply.later(
                    out -> out.writeStringField("RevisionId", Policy.of(text).revision()));
        });
    }

    private static void requireJson(String text) {
        if (text.length() > POLICY_BYTES_MOST) {
            throw ApiException.validation("Resource policy size exceeds the limit of 20 KB");
        }
        try {
            if (JSON.readTree(text).isObject()) {
                return;
            }
        } catch (JsonProcessingException invalid) {
            throw ApiException.validation("Invalid policy document: " + invalid.getOriginalMessage());
        }
        throw ApiException.validation("Invalid policy document: it is not a JSON object");
    }
}
