package dev.meridian.node.store;

import dev.meridian.model.KeySchema;
import dev.meridian.model.TableId;

/**
 * A table of this region.
 *
 * @param number its prefix in the store's keys; never used again in this store
 * @param id the same in every replica
 * @param replicated whether other regions have replicas: then deletes leave tombstones and changes go to the replication
 *     lane
 * @param partitions of its change rows and topics; fixed when the table is made
 * @param settings what the control plane keeps and the store does not look into
 * @param createdMillis milliseconds since 1970
 */
public record TableDescriptor(
        int number,
        TableId id,
        String name,
        KeySchema schema,
        TableStatus status,
        boolean replicated,
        int partitions,
        TableSettings settings,
        long createdMillis) {
    public TableDescriptor withStatus(TableStatus newStatus) {
        return new TableDescriptor(
                number, id, name, schema, newStatus, replicated, partitions, settings, createdMillis);
    }

    public TableDescriptor withReplicated(boolean nowReplicated) {
        return new TableDescriptor(
                number, id, name, schema, status, nowReplicated, partitions, settings, createdMillis);
    }

    public TableDescriptor withSettings(TableSettings newSettings) {
        return new TableDescriptor(
                number, id, name, schema, status, replicated, partitions, newSettings, createdMillis);
    }
}
