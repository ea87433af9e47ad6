package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.replicator.GlobalTable;
import java.util.List;
import java.util.Optional;

/** What DynamoDB says when replicas cannot be changed as asked. Clients compare these texts. */
public final class ReplicaErrors {
    private ReplicaErrors() {}

    /** Nobody has recorded what is said of an update today: its words are older ones. */
    public static ApiException localRegion(ReplicaUpdate.Kind kind) {
        String cannot = kind == ReplicaUpdate.Kind.UPDATE ? "add, delete, or update" : "add or delete";
        return ApiException.validation("Cannot " + cannot + " the local region through ReplicaUpdates. Use"
                + " CreateTable, DeleteTable, or UpdateTable as required.");
    }

    public static ApiException unknownRegion(RegionId region, List<RegionId> known) {
        return ApiException.validation("Region " + region + " is not supported. The latest version of global tables are"
                + " only supported in the following regions: " + known);
    }

    /** Said of a table of the same name, of a replica that is there, and of one that is going. */
    public static ApiException alreadyThere(String table) {
        return ApiException.validation("Failed to create a the new replica of table with name: ‘" + table
                + "’ because one or more replicas already existed as tables.");
    }

    /** In other words for a table without replicas than for one that has others. */
    public static ApiException notFound(RegionId region, Optional<GlobalTable> table) {
        boolean global = table.stream()
                        .flatMap(known -> known.members().values().stream())
                        .filter(member -> member.state().isPresent())
                        .count()
                > 1;
        return ApiException.validation(
                global
                        ? "Update global table operation failed because one or more replicas were not part of the"
                                + " global table. Please retry the request without these replicas: [" + region + "]."
                        : "Replica specified in the Replica Update or Replica Delete action of the request was not"
                                + " found.");
    }

    public static ApiException isProtected(String table, RegionId region) {
        return ApiException.validation("Cannot delete table " + table + " in region " + region
                + " because it has deletion protection enabled. Disable deletion protection first.");
    }
}
