package dev.meridian.node.store;

import dev.meridian.model.KeySchema;
import dev.meridian.model.TableId;
import dev.meridian.streams.TopicSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
 * @param indexes in the order given, each name once
 * @param destination whether its events are published; this region's own
 * @param topics how its topics are kept; this region's own
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
        long createdMillis,
        List<IndexDescriptor> indexes,
        StreamDestination destination,
        TopicSettings topics) {
    @SuppressWarnings("ConstantValue") // Null when read from a store of before they were there.
    public TableDescriptor {
        indexes = indexes == null ? List.of() : List.copyOf(indexes);
        destination = destination == null ? StreamDestination.DEFAULT : destination;
        topics = topics == null ? TopicSettings.DEFAULT : topics;
        Set<String> names = new HashSet<>();
        for (IndexDescriptor index : indexes) {
            if (!names.add(index.name())) {
                throw new IllegalArgumentException("two indexes of the name " + index.name());
            }
        }
    }

    /** A table whose topics are as every table's to begin with. */
    public TableDescriptor(
            int number,
            TableId id,
            String name,
            KeySchema schema,
            TableStatus status,
            boolean replicated,
            int partitions,
            TableSettings settings,
            long createdMillis,
            List<IndexDescriptor> indexes) {
        this(
                number,
                id,
                name,
                schema,
                status,
                replicated,
                partitions,
                settings,
                createdMillis,
                indexes,
                StreamDestination.DEFAULT,
                TopicSettings.DEFAULT);
    }

    public @Nullable IndexDescriptor index(String indexName) {
        return indexes.stream()
                .filter(index -> index.name().equals(indexName))
                .findFirst()
                .orElse(null);
    }

    public @Nullable IndexDescriptor index(int indexNumber) {
        return indexes.stream()
                .filter(index -> index.number() == indexNumber)
                .findFirst()
                .orElse(null);
    }

    public TableDescriptor withStatus(TableStatus newStatus) {
        return new TableDescriptor(
                number,
                id,
                name,
                schema,
                newStatus,
                replicated,
                partitions,
                settings,
                createdMillis,
                indexes,
                destination,
                topics);
    }

    public TableDescriptor withReplicated(boolean nowReplicated) {
        return new TableDescriptor(
                number,
                id,
                name,
                schema,
                status,
                nowReplicated,
                partitions,
                settings,
                createdMillis,
                indexes,
                destination,
                topics);
    }

    public TableDescriptor withSettings(TableSettings newSettings) {
        return new TableDescriptor(
                number,
                id,
                name,
                schema,
                status,
                replicated,
                partitions,
                newSettings,
                createdMillis,
                indexes,
                destination,
                topics);
    }

    public TableDescriptor withIndexes(List<IndexDescriptor> newIndexes) {
        return new TableDescriptor(
                number,
                id,
                name,
                schema,
                status,
                replicated,
                partitions,
                settings,
                createdMillis,
                newIndexes,
                destination,
                topics);
    }

    public TableDescriptor withDestination(StreamDestination newDestination) {
        return new TableDescriptor(
                number,
                id,
                name,
                schema,
                status,
                replicated,
                partitions,
                settings,
                createdMillis,
                indexes,
                newDestination,
                topics);
    }

    public TableDescriptor withTopics(TopicSettings newTopics) {
        return new TableDescriptor(
                number,
                id,
                name,
                schema,
                status,
                replicated,
                partitions,
                settings,
                createdMillis,
                indexes,
                destination,
                newTopics);
    }

    /** With an index in the place of the one of its number, or behind the others if there is none. */
    public TableDescriptor withIndex(IndexDescriptor changed) {
        List<IndexDescriptor> all = new ArrayList<>(indexes);
        all.replaceAll(index -> index.number() == changed.number() ? changed : index);
        if (!all.contains(changed)) {
            all.add(changed);
        }
        return withIndexes(all);
    }

    public TableDescriptor withoutIndex(int indexNumber) {
        return withIndexes(
                indexes.stream().filter(index -> index.number() != indexNumber).toList());
    }
}
