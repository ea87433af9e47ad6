package dev.meridian.node.http;

import java.time.Duration;

/**
 * What one client may take, so that no client can take it all.
 *
 * @param waiting from one answer (or the connect) to the next whole request head; above the 60 s for which SDKs keep an
 *     idle connection, so that they are the ones to close it
 * @param bodyIdle between two pieces of a body
 * @param bodyTotal from the head to the end of a body: 16 MB at 1 Mbit/s
 * @param reading of an answer by its client
 * @param linger between two pieces of a body that was refused: closed at once, its client would never see the answer
 * @param draining for requests in flight when the server closes
 * @param room for room in memory, before a request is refused; below the time that SDKs give one
 * @param memory what is held at one time of all requests together
 */
record HttpLimits(
        Duration waiting,
        Duration bodyIdle,
        Duration bodyTotal,
        Duration reading,
        Duration linger,
        Duration draining,
        Duration room,
        RequestMemory memory) {
    /** DynamoDB's limit on a request, also on what it is when decompressed. */
    static final int BODY_BYTES_MAX = 16 << 20;

    /** Request line and headers. SDKs send long Authorization and security-token headers. */
    static final int HEAD_BYTES_MAX = 32 << 10;

    /** A larger body is parsed, a larger answer compressed, and more items read, on a worker: not to hold up an event loop. */
    static final int EVENT_LOOP_BYTES_MAX = 64 << 10;

    static HttpLimits standard() {
        return new HttpLimits(
                Duration.ofSeconds(75),
                Duration.ofSeconds(20),
                Duration.ofSeconds(130),
                Duration.ofSeconds(120),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                RequestMemory.OF_PROCESS);
    }

    /** How often the limits are looked at. */
    Duration sweep() {
        Duration least = Duration.ofSeconds(2);
        for (Duration each : new Duration[] {waiting, bodyIdle, bodyTotal, reading, linger}) {
            least = each.compareTo(least) < 0 ? each : least;
        }
        return least.dividedBy(4).plusMillis(1);
    }
}
