package dev.meridian.node.api;

import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import java.util.List;

/** The units of global secondary indexes follow the capacity mode of their table. */
final class IndexCapacity {
    private IndexCapacity() {}

    /**
     * What becomes of the indexes when the units of their table change. Those of a table on demand have none; those of a
     * provisioned one must have some, for without every write that touches them would be throttled.
     *
     * @param next with its new settings, and what was asked for its indexes
     * @throws ApiException naming the index that has no units, or what holds up a change of units
     */
    static TableDescriptor follow(TableDescriptor before, TableDescriptor next) {
        TableSettings old = before.settings();
        TableSettings settings = next.settings();
        boolean same = old.billingMode() == settings.billingMode()
                && old.readCapacityUnits() == settings.readCapacityUnits()
                && old.writeCapacityUnits() == settings.writeCapacityUnits();
        if (same) {
            return next;
        }
        requireNoneDeleting(before);
        if (settings.isOnDemand()) {
            return withoutUnits(next);
        }
        requireUnits(next);
        return next;
    }

    private static void requireNoneDeleting(TableDescriptor table) {
        List<String> deleting = table.indexes().stream()
                .filter(index -> index.status() == IndexStatus.DELETING)
                .map(IndexDescriptor::name)
                .toList();
        if (!deleting.isEmpty()) {
            throw ApiException.resourceInUse("Attempt to change a resource which is still in use: Can't change table"
                    + " IOPS when an index is being deleted. Table: " + table.name() + " Indexes: " + deleting);
        }
    }

    private static void requireUnits(TableDescriptor table) {
        for (IndexDescriptor index : table.indexes()) {
            boolean lacking = index.readCapacityUnits() == 0 || index.writeCapacityUnits() == 0;
            if (index.kind() == IndexDescriptor.Kind.GLOBAL && lacking) {
                throw Keys.invalid("ProvisionedThroughput must be specified for index: " + index.name());
            }
        }
    }

    private static TableDescriptor withoutUnits(TableDescriptor table) {
        TableDescriptor next = table;
        for (IndexDescriptor index : table.indexes()) {
            next = next.withIndex(index.withCapacity(0, 0));
        }
        return next;
    }
}
