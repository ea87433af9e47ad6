package dev.meridian.replicator;

import dev.meridian.model.Version;

/**
 * How a global table is set up everywhere, besides its key. The later change wins as a whole.
 *
 * @param onDemand billed by request; otherwise by the capacity units, which are 0 when on demand
 */
public record SharedSettings(Version version, boolean onDemand, long readCapacityUnits, long writeCapacityUnits) {
    public boolean isSameAs(SharedSettings other) {
        return onDemand == other.onDemand
                && readCapacityUnits == other.readCapacityUnits
                && writeCapacityUnits == other.writeCapacityUnits;
    }

    SharedSettings later(SharedSettings other) {
        return version.compareTo(other.version) >= 0 ? this : other;
    }
}
