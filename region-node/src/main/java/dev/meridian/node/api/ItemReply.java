package dev.meridian.node.api;

import dev.meridian.model.Item;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.streams.AttributeJson;
import org.jspecify.annotations.Nullable;

/** What a write of one item answers, as far as the request asked for it. */
final class ItemReply {
    private final String returnValues;
    private final Capacity.Asked capacity;
    private final boolean metrics;

    ItemReply(RequestReader request) {
        returnValues = request.text("ReturnValues", "NONE");
        capacity = Capacity.asked(request);
        metrics = CollectionMetrics.asked(request);
    }

    /** Whether the answer tells of the item as it was. */
    boolean needsBefore() {
        return !returnValues.equals("NONE") || capacity != Capacity.Asked.NONE || metrics;
    }

    /** @param update null if this was none */
    Reply of(Planned done, @Nullable ItemUpdate update, CollectionMetrics.@Nullable Estimate estimate) {
        Item attributes = attributes(done, update);
        Capacity.Consumed consumed = capacity == Capacity.Asked.NONE ? null : Capacity.written(done);
        if (attributes == null && consumed == null && estimate == null) {
            return Reply.EMPTY;
        }
        return Reply.later(out -> {
            if (attributes != null && !attributes.attributes().isEmpty()) {
                out.writeFieldName("Attributes");
                AttributeJson.write(attributes, out);
            }
            if (consumed != null) {
                out.writeFieldName("ConsumedCapacity");
                consumed.write(out, capacity);
            }
            if (estimate != null) {
                out.writeFieldName("ItemCollectionMetrics");
                estimate.write(out);
            }
        });
    }

    boolean wantsMetrics() {
        return metrics;
    }

    private @Nullable Item attributes(Planned done, @Nullable ItemUpdate update) {
        return switch (returnValues) {
            case "ALL_OLD" -> done.before();
            case "ALL_NEW" -> done.outcome().after();
            case "UPDATED_NEW" -> done.outcome().updated();
            case "UPDATED_OLD" -> update == null ? null : update.updatedOld(done.before());
            default -> null;
        };
    }
}
