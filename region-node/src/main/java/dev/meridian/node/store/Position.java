package dev.meridian.node.store;

import dev.meridian.model.RegionId;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;

/** How far a region's topic has been applied here. */
public record Position(RegionId origin, TopicPartition at, LogPosition place) {
    /** The next offset to read. */
    public long next() {
        return place.next();
    }
}
