package dev.meridian.node.api;

import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A port: what operations ask of the control plane about replicas. */
public interface GlobalTables {
    /** Adds and removes replicas. @return fails with {@link ApiException} if that may not be */
    CompletionStage<Void> update(TableDescriptor table, List<ReplicaUpdate> updates);

    /** Changes the table's settings; those that replicas share, in all regions. */
    CompletionStage<Void> set(TableDescriptor table, TableSettings settings);

    /** The replicas in other regions, as this region knows them. */
    List<ReplicaDescription> replicas(TableDescriptor table);

    /** The table goes from this region; if others have replicas, theirs stay. */
    CompletionStage<Void> delete(TableDescriptor table);
}
