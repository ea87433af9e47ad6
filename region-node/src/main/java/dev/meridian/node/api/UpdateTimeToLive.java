package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import java.util.concurrent.CompletionStage;

/** UpdateTimeToLive. In force at once, so a table is never ENABLING or DISABLING. */
final class UpdateTimeToLive implements Operation {
    private final ApiContext context;

    UpdateTimeToLive(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        String name = request.tableName("TableName", context.region());
        RequestReader specification = request.requiredObject("TimeToLiveSpecification");
        boolean enabled = specification.flag("Enabled");
        String attribute = specification.requiredText("AttributeName");
        TableDescriptor known = context.existing(name);
        return context.globalTables()
                .change(known, (view, table) -> changed(table, enabled, attribute))
                .thenApply(unused -> Reply.later(out -> {
                    out.writeObjectFieldStart("TimeToLiveSpecification");
                    out.writeStringField("AttributeName", attribute);
                    out.writeBooleanField("Enabled", enabled);
                    out.writeEndObject();
                }));
    }

    private static TableDescriptor changed(TableDescriptor table, boolean enabled, String attribute) {
        String held = table.settings().timeToLive();
        if (enabled && held != null) {
            throw ApiException.validation(
                    held.equals(attribute)
                            ? "TimeToLive is already enabled"
                            : "TimeToLive is active on a different AttributeName: current AttributeName is " + held);
        }
        if (!enabled && held == null) {
            throw ApiException.validation("TimeToLive is already disabled");
        }
        if (!enabled && !attribute.equals(held)) {
            throw ApiException.validation(
                    "TimeToLive is active on a different AttributeName: current AttributeName is " + held);
        }
        return table.withSettings(table.settings().withTimeToLive(enabled ? attribute : null));
    }
}
