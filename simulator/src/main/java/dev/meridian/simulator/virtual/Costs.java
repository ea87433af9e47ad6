package dev.meridian.simulator.virtual;

/**
 * What takes time besides the links, in microseconds. The defaults are assumptions about a small machine with an SSD that
 * runs the embedded broker in each region's process. They matter where links do not, and there a prediction is no better
 * than they are.
 *
 * @param commit of the store, with its sync
 * @param produce from an append to its acknowledgement by the region's own Kafka
 * @param turn least time between two turns of one duty
 * @param turnSpread a turn comes by anything up to this later: threads are not woken at once
 * @param idle how long a duty without work is left alone, if nobody rings for it when there is some
 * @param idleRung the same for one that is rung: only its timeouts wait for that. In the product it is as short as the
 *     other; here that would be most of what there is to do
 * @param brokerStart of a region's process, until its Kafka answers
 * @param start of a region's process, until it serves: as measured in drills of three regions on two processors
 * @param fetchWait a broker without news answers a fetch after this
 * @param retry until a connection that failed is tried again
 */
record Costs(
        long commit,
        long produce,
        long turn,
        long turnSpread,
        long idle,
        long idleRung,
        long brokerStart,
        long start,
        long fetchWait,
        long retry) {
    static final Costs DEFAULT =
            new Costs(1_500, 2_500, 20, 150, 20_000, 150_000, 4_000_000, 6_500_000, 500_000, 1_000_000);
}
