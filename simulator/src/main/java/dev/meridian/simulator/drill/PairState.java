package dev.meridian.simulator.drill;

import dev.meridian.simulator.scenario.RegionPair;

/**
 * What a region said of another's replication at one moment.
 *
 * @param state as its page has it; {@code DOWN} when it does not answer
 * @param pending changes that are published and not applied; -1 while that is not known
 * @param backlog of the origin's publisher at about that time: committed and not published; -1 if it did not answer
 */
record PairState(RegionPair pair, long atMicros, String state, long pending, long conflicts, long backlog) {
    static final String DOWN = "DOWN";
}
