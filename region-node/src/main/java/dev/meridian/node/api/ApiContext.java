package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What operations work with.
 *
 * @param tableIds makes the ids of new tables
 * @param partitions of a new table's change rows and topics
 */
public record ApiContext(
        RegionId region,
        Store store,
        GlobalTables globalTables,
        InstantSource clock,
        Supplier<TableId> tableIds,
        int partitions) {
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
        TableDescriptor table = store.catalog().table(name);
        if (table == null) {
            throw ApiException.resourceNotFound("Requested resource not found: Table: " + name + " not found");
        }
        return table;
    }
}
