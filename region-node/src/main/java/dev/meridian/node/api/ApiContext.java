package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What operations work with.
 *
 * @param tableIds makes the ids of new tables
 * @param partitions of a new table's change rows and topics
 * @param insights counts the keys of tables that ask for it
 * @param replicationFactorMost that a topic of this region's Kafka can have
 * @param throttle holds provisioned tables to what they are provisioned with
 */
public record ApiContext(
        RegionId region,
        Store store,
        GlobalTables globalTables,
        InstantSource clock,
        Supplier<TableId> tableIds,
        int partitions,
        Supplier<CompletionStage<Integer>> replicationFactorMost,
        Throttle throttle,
        ContributorInsights insights) {
    /** @param throttling whether provisioned tables are held to what they are provisioned with */
    public ApiContext(
            RegionId region,
            Store store,
            GlobalTables globalTables,
            InstantSource clock,
            Supplier<TableId> tableIds,
            int partitions,
            Supplier<CompletionStage<Integer>> replicationFactorMost,
            boolean throttling) {
        this(
                region,
                store,
                globalTables,
                clock,
                tableIds,
                partitions,
                replicationFactorMost,
                new Throttle(region, clock, throttling),
                new ContributorInsights(store));
    }

    /** A table whose items may be read and written now. */
    TableDescriptor serving(Catalog catalog, String name) {
        TableDescriptor table = catalog.table(name);
        if (table == null || table.status() == TableStatus.CREATING || table.status() == TableStatus.DELETING) {
            throw ApiException.resourceNotFound("Requested resource not found");
        }
        return table;
    }

    TableDescriptor serving(String name) {
        return serving(store.catalog(), name);
    }

    TableDescriptor existing(String name) {
        return existing(store.catalog(), name);
    }

    static TableDescriptor existing(Catalog catalog, String name) {
        TableDescriptor table = catalog.table(name);
        if (table == null) {
            throw ApiException.resourceNotFound("Requested resource not found: Table: " + name + " not found");
        }
        return table;
    }

    /**
     * Reads one item by its key, and counts that.
     *
     * @throws ApiException if the table has used up what it is provisioned with
     */
    @Nullable
    StoredItem find(ReadView view, TableDescriptor table, ItemKey key, Capacity.Price price, boolean consistent) {
        insights.accessed(table, key);
        boolean counted = throttle.counts(table);
        if (counted) {
            admitRead(table, key.partition());
        }
        StoredItem found = view.get(table, key);
        if (counted) {
            long bytes = found == null ? 0 : found.sizeBytes();
            throttle.read(table, null, price.factor() * Capacity.readUnits(bytes, consistent));
        }
        return found;
    }

    private void admitRead(TableDescriptor table, Bytes partition) {
        try {
            throttle.admitRead(table, null);
        } catch (ApiException held) {
            insights.throttled(table, partition);
            throw held;
        }
    }

    /** @throws ApiException if the table, or an index of it, has used up what it is provisioned with */
    void admitWrite(TableDescriptor table, Bytes partition) {
        try {
            throttle.admitWrite(table);
        } catch (ApiException held) {
            insights.throttled(table, partition);
            throw held;
        }
    }

    /** The table whose tags an ARN names. */
    TableDescriptor tagged(Catalog catalog, String arn) {
        Arn named = Arn.ofResource(arn);
        if (!named.region().equals(region.value())) {
            throw ApiException.validation("Invalid TableArn: Invalid ResourceArn provided as input " + arn);
        }
        TableDescriptor table = catalog.table(named.table());
        if (table == null) {
            throw Arn.resourceNotFound(arn);
        }
        return table;
    }

    /** The table whose policy an ARN names. */
    TableDescriptor ruled(Catalog catalog, String arn) {
        Arn named = Arn.ofResource(arn);
        if (!named.region().equals(region.value())) {
            throw Keys.invalid("Invalid resource Arn: " + arn);
        }
        return existing(catalog, named.table());
    }

    /** A table that was just made begins to serve. */
    CompletionStage<Boolean> activate(TableDescriptor created) {
        return store.write(view -> {
            TableDescriptor table = view.catalog().table(created.id());
            if (table != null && table.status() == TableStatus.CREATING) {
                view.putTable(table.withStatus(TableStatus.ACTIVE));
            }
            return true;
        });
    }

    /** What a crash left between making a table and activating it is finished. Replicas being loaded stay as they are. */
    void activateAll() {
        for (TableDescriptor table : store.catalog().tables().values()) {
            if (table.status() == TableStatus.CREATING && !table.replicated()) {
                activate(table);
            }
        }
    }
}
