package dev.meridian.replicator;

import dev.meridian.model.KeyAttribute;
import dev.meridian.model.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A secondary index as all replicas of a table have it.
 *
 * @param projection under its name on the wire
 * @param nonKeyAttributes that it shows, if the projection says so
 * @param readCapacityUnits 0 when on demand; a replica may have its own
 * @param writeCapacityUnits 0 when on demand
 * @param since when it was made; null if that is not known, or does not matter as with local indexes
 */
public record SharedIndex(
        String name,
        List<KeyAttribute> partition,
        List<KeyAttribute> sort,
        String projection,
        List<String> nonKeyAttributes,
        long readCapacityUnits,
        long writeCapacityUnits,
        @Nullable Version since) {
    public SharedIndex {
        partition = List.copyOf(partition);
        sort = List.copyOf(sort);
        nonKeyAttributes = List.copyOf(nonKeyAttributes);
    }

    public SharedIndex withCapacity(long read, long write) {
        return new SharedIndex(name, partition, sort, projection, nonKeyAttributes, read, write, since);
    }

    public SharedIndex withSince(@Nullable Version made) {
        return new SharedIndex(
                name, partition, sort, projection, nonKeyAttributes, readCapacityUnits, writeCapacityUnits, made);
    }

    /** Whether both have the same keys and show the same. */
    public boolean isDefinedAs(SharedIndex other) {
        return withCapacity(0, 0)
                .withSince(null)
                .equals(other.withCapacity(0, 0).withSince(null));
    }
}
