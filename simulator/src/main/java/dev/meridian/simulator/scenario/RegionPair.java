package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;

/**
 * The way of changes from the region where they are written to one that applies them. It carries both the requests of
 * the replicator in {@code to} and the answers of the Kafka in {@code from}: each pair has a connection of its own, so
 * that one direction can be cut while the other works.
 */
public record RegionPair(RegionId from, RegionId to) implements Comparable<RegionPair> {
    public RegionPair {
        if (from.equals(to)) {
            throw new IllegalArgumentException(from + " has no link to itself");
        }
    }

    public RegionPair reversed() {
        return new RegionPair(to, from);
    }

    @Override
    public int compareTo(RegionPair other) {
        int byFrom = from.compareTo(other.from);
        return byFrom != 0 ? byFrom : to.compareTo(other.to);
    }

    @Override
    public String toString() {
        return from + " -> " + to;
    }
}
