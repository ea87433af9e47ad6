package dev.meridian.node.api;

import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A change that UpdateTable made, as DynamoDB answers it: most of what is changed is still shown as it was before, with a
 * status that says UPDATING. Here the change is in force when that answer is sent.
 *
 * @param before the table as it was
 * @param shown the table as it is answered
 * @param history before the change, which does not count itself in its answer; null without a change
 * @param encryption whether its encryption is changed
 * @param warmThroughput whether its warm throughput is changed
 * @param clearsReads whether the limit of reads is taken away, which is shown as -1
 * @param clearsWrites whether the limit of writes is taken away
 */
record TableChange(
        TableDescriptor before,
        TableDescriptor shown,
        @Nullable SettingsHistory history,
        boolean encryption,
        boolean warmThroughput,
        boolean clearsReads,
        boolean clearsWrites) {
    static TableChange none(TableDescriptor table) {
        return new TableChange(table, table, null, false, false, false, false);
    }

    /**
     * @param after the table as it is now
     * @param hasReplicas in other regions
     */
    static TableChange of(
            RequestReader request,
            TableDescriptor before,
            TableDescriptor after,
            SettingsHistory history,
            boolean hasReplicas) {
        boolean updating = Stream.of("BillingMode", "ProvisionedThroughput", "StreamSpecification", "TableClass")
                        .anyMatch(request::has)
                || (hasReplicas && request.has("DeletionProtectionEnabled"))
                || request.objects("GlobalSecondaryIndexUpdates").stream().anyMatch(update -> !update.has("Update"));
        TableSettings old = before.settings();
        TableSettings next = after.settings();
        // A capacity mode is shown at once, units are not.
        boolean switches = old.billingMode() != next.billingMode();
        TableSettings settings = switches || next.isOnDemand()
                ? next
                : next.provisioned(old.readCapacityUnits(), old.writeCapacityUnits());
        TableDescriptor shown =
                after.withSettings(settings.withTableClass(old.tableClass()).withKmsKey(old.kmsKey()));
        for (RequestReader update : request.objects("GlobalSecondaryIndexUpdates")) {
            RequestReader units = update.object("Update");
            IndexDescriptor index = units == null ? null : before.index(units.requiredText("IndexName"));
            IndexDescriptor now = index == null ? null : shown.index(index.number());
            if (index != null && now != null) {
                IndexDescriptor as =
                        switches ? now : now.withCapacity(index.readCapacityUnits(), index.writeCapacityUnits());
                shown = shown.withIndex(as.withStatus(IndexStatus.UPDATING));
            }
        }
        RequestReader limits = request.object("OnDemandThroughput");
        return new TableChange(
                before,
                updating ? shown.withStatus(TableStatus.UPDATING) : shown,
                history,
                request.has("SSESpecification"),
                request.has("WarmThroughput"),
                limits != null && limits.has("MaxReadRequestUnits"),
                limits != null && limits.has("MaxWriteRequestUnits"));
    }
}
