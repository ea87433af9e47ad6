package dev.meridian.node.store;

import dev.meridian.model.RegionId;
import dev.meridian.streams.TopicPartition;

/** How far a region's topic has been applied here. @param next the next offset to read */
public record Position(RegionId origin, TopicPartition at, long next) {}
