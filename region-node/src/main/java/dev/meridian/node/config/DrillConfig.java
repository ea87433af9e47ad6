package dev.meridian.node.config;

/**
 * A region that is to be hurt on command: it has pages below {@code /-/drill/}, which no other region has.
 *
 * @param clockOffsetMillis how far its clock is ahead from the start; negative if it is behind
 */
public record DrillConfig(long clockOffsetMillis) {}
