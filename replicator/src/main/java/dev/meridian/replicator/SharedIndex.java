package dev.meridian.replicator;

import dev.meridian.model.KeyAttribute;
import java.util.List;

/**
 * A secondary index as all replicas of a table have it.
 *
 * @param projection under its name on the wire
 * @param nonKeyAttributes that it shows, if the projection says so
 * @param readCapacityUnits 0 when on demand; a replica may have its own
 * @param writeCapacityUnits 0 when on demand
 */
public record SharedIndex(
        String name,
        List<KeyAttribute> partition,
        List<KeyAttribute> sort,
        String projection,
        List<String> nonKeyAttributes,
        long readCapacityUnits,
        long writeCapacityUnits) {
    public SharedIndex {
        partition = List.copyOf(partition);
        sort = List.copyOf(sort);
        nonKeyAttributes = List.copyOf(nonKeyAttributes);
    }

    public SharedIndex withCapacity(long read, long write) {
        return new SharedIndex(name, partition, sort, projection, nonKeyAttributes, read, write);
    }
}
