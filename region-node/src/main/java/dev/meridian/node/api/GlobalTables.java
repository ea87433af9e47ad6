package dev.meridian.node.api;

import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/** A port: what operations ask of the control plane about replicas. */
public interface GlobalTables {
    /** Adds, changes and removes replicas. @return fails with {@link ApiException} if that may not be */
    CompletionStage<Void> update(TableDescriptor table, List<ReplicaUpdate> updates);

    /**
     * Changes the table here, and what replicas share of it in all regions.
     *
     * @param edit what becomes of the table as it is when it is changed; what it throws is told, and nothing is changed
     */
    CompletionStage<Void> change(TableDescriptor table, BiFunction<WriteView, TableDescriptor, TableDescriptor> edit);

    /** The replicas in other regions, as this region knows them. */
    List<ReplicaDescription> replicas(TableDescriptor table);

    /** All replicas, the one here among them; nobody if there are none elsewhere. */
    List<ReplicaDescription> members(TableDescriptor table);

    /** What auto scaling was asked for, by what it is for. All replicas know the same. */
    SortedMap<String, String> autoScaling(TableDescriptor table);

    /** @param asked replaces what was asked for the same things */
    CompletionStage<Void> scale(TableDescriptor table, SortedMap<String, String> asked);

    /** The table goes from this region; if others have replicas, theirs stay. */
    CompletionStage<Void> delete(TableDescriptor table);

    /**
     * Checks that the topics of one table more can be had.
     *
     * @param catalog with all tables that there are
     * @throws ApiException if its partitions are more than the region can have
     */
    default void requireRoom(Catalog catalog, int partitions) {}
}
