package dev.meridian.node.api;

import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * UpdateTable's GlobalSecondaryIndexUpdates.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndexUpdate.html">Index
 *     updates</a>
 */
final class IndexUpdates {
    private final IndexRequests definitions;
    private final List<RequestReader> creates = new ArrayList<>();
    private final List<RequestReader> changes = new ArrayList<>();
    private final List<RequestReader> deletes = new ArrayList<>();

    /** @throws ApiException if they contradict each other or say nothing, whatever the table is like */
    IndexUpdates(RequestReader request) {
        definitions = new IndexRequests(request);
        Set<String> names = new HashSet<>();
        for (RequestReader update : request.objects("GlobalSecondaryIndexUpdates")) {
            List<String> kinds =
                    Stream.of("Create", "Update", "Delete").filter(update::has).toList();
            if (kinds.isEmpty()) {
                throw Keys.invalid("One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create,"
                        + " GlobalSecondaryIndexUpdate.Delete must not be null");
            }
            if (kinds.size() > 1) {
                throw Keys.invalid(
                        "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
            }
            RequestReader action = update.requiredObject(kinds.get(0));
            String index = action.requiredText("IndexName");
            if (!names.add(index)) {
                throw Keys.invalid(
                        "Only one global secondary index update per index is allowed simultaneously. Index: " + index);
            }
            of(kinds.get(0)).add(action);
        }
    }

    private List<RequestReader> of(String kind) {
        return switch (kind) {
            case "Create" -> creates;
            case "Update" -> changes;
            case "Delete" -> deletes;
            default -> throw new AssertionError(kind);
        };
    }

    boolean isEmpty() {
        return creates.isEmpty() && changes.isEmpty() && deletes.isEmpty();
    }

    boolean creates() {
        return !creates.isEmpty();
    }

    /** Whether an index is to come or to go, which takes longer than the request. */
    boolean isOnline() {
        return !creates.isEmpty() || !deletes.isEmpty();
    }

    /**
     * Checks all updates, and makes those of indexes that are there. Edits nothing.
     *
     * @param table with its new settings
     * @throws ApiException if the table does not allow them
     */
    Checked check(TableDescriptor table) {
        boolean onDemand = table.settings().isOnDemand();
        TableDescriptor next = table;
        for (RequestReader change : changes) {
            next = next.withIndex(changed(existing(table, change, "update"), change, onDemand));
        }
        for (RequestReader delete : deletes) {
            next = next.withIndex(existing(table, delete, "delete").withStatus(IndexStatus.DELETING));
        }
        List<IndexRequests.Definition> made = new ArrayList<>();
        for (RequestReader create : creates) {
            IndexDescriptor same = table.index(create.requiredText("IndexName"));
            if (same != null) {
                requireNotDeleting(table, same);
                throw ApiException.validation("Attempting to create an index which already exists");
            }
            made.add(definitions.added(create, table, onDemand));
        }
        requireOneOnline(table);
        requireRoom(table);
        return new Checked(next, made);
    }

    /**
     * What was checked, and what of it is not done yet.
     *
     * @param table as it becomes by changes and deletions
     * @param made the indexes that it is to have besides
     */
    record Checked(TableDescriptor table, List<IndexRequests.Definition> made) {
        /** Numbers the new indexes, which edits. Throws nothing. */
        TableDescriptor create(WriteView view, TableDescriptor without) {
            TableDescriptor next = without;
            for (IndexRequests.Definition definition : made) {
                next = next.withIndex(definition.numbered(view.nextTableNumber(), IndexStatus.CREATING));
            }
            return next;
        }
    }

    /** @param action what is to be done with the index */
    private static IndexDescriptor existing(TableDescriptor table, RequestReader update, String action) {
        String name = update.requiredText("IndexName");
        IndexDescriptor index = table.index(name);
        if (index == null) {
            throw ApiException.resourceNotFound(
                    "Requested resource not found: Index " + name + " for table " + table.name());
        }
        if (index.kind() == IndexDescriptor.Kind.LOCAL) {
            throw ApiException.validation("Cannot " + action + " an index that is not a GlobalSecondaryIndex: " + name);
        }
        requireNotDeleting(table, index);
        return index;
    }

    private static void requireNotDeleting(TableDescriptor table, IndexDescriptor index) {
        if (index.status() == IndexStatus.DELETING) {
            throw ApiException.resourceInUse("Attempt to change a resource which is still in use: Index is being"
                    + " deleted. Table: " + table.name() + " Index: " + index.name());
        }
    }

    private static IndexDescriptor changed(IndexDescriptor index, RequestReader change, boolean onDemand) {
        change.refuse("OnDemandThroughput", "WarmThroughput");
        RequestReader throughput = change.object("ProvisionedThroughput");
        if (onDemand) {
            throw Keys.invalid("The only Updates for index: " + index.name()
                    + " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput");
        }
        if (throughput == null) {
            throw Keys.invalid(
                    "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " + index.name());
        }
        long read = Settings.units(throughput, "ReadCapacityUnits");
        long write = Settings.units(throughput, "WriteCapacityUnits");
        if (read == index.readCapacityUnits() && write == index.writeCapacityUnits()) {
            throw ApiException.validation(String.format(
                    Locale.ROOT,
                    "The provisioned throughput for the index %1$s will not change. The requested value equals the"
                            + " current value. Current ReadCapacityUnits provisioned for index %1$s: %2$d. Requested"
                            + " ReadCapacityUnits: %2$d. Current WriteCapacityUnits provisioned for index %1$s: %3$d."
                            + " Requested WriteCapacityUnits: %3$d. Refer to the Amazon DynamoDB Developer Guide for"
                            + " current limits and how to request higher limits.",
                    index.name(),
                    read,
                    write));
        }
        return index.withCapacity(read, write);
    }

    /** One index at a time comes or goes. One that is still coming may be deleted. */
    private void requireOneOnline(TableDescriptor table) {
        Set<String> names = new HashSet<>();
        table.indexes().stream()
                .filter(index -> index.status() == IndexStatus.CREATING || index.status() == IndexStatus.DELETING)
                .forEach(index -> names.add(index.name()));
        Stream.concat(creates.stream(), deletes.stream())
                .forEach(action -> names.add(action.requiredText("IndexName")));
        if (isOnline() && names.size() > 1) {
            throw new ApiException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per"
                            + " table");
        }
    }

    private void requireRoom(TableDescriptor table) {
        long global = table.indexes().stream()
                .filter(index -> index.kind() == IndexDescriptor.Kind.GLOBAL)
                .count();
        if (!creates.isEmpty() && global >= IndexRequests.GLOBAL_MOST) {
            throw new ApiException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of "
                            + IndexRequests.GLOBAL_MOST);
        }
    }
}
