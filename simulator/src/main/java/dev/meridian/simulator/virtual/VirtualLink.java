package dev.meridian.simulator.virtual;

import dev.meridian.simulator.scenario.Link;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The link of one pair of regions: a connection that requests go along one way and answers the other. Bytes come in the
 * order in which they were sent. What is sent while it is cut arrives some time after it is mended, as TCP sends again.
 */
final class VirtualLink {
    private final EventQueue queue;
    private final Link usual;
    private final RandomGenerator random;
    private final Way requests = new Way();
    private final Way answers = new Way();
    private final List<Runnable> held = new ArrayList<>();
    private Link now;
    private Duration extra = Duration.ZERO;
    private double loss = -1;
    private boolean cut;

    /** One direction: when its last byte left, and when it comes. */
    private static final class Way {
        long freeAtMicros;
        long lastArrivalMicros;
    }

    VirtualLink(EventQueue queue, Link usual, RandomGenerator random) {
        this.queue = queue;
        this.usual = usual;
        this.now = usual;
        this.random = random;
    }

    boolean isCut() {
        return cut;
    }

    void cut() {
        cut = true;
    }

    void mend() {
        cut = false;
        List<Runnable> waiting = List.copyOf(held);
        held.clear();
        waiting.forEach(Runnable::run);
    }

    void slow(Duration by) {
        extra = by;
        change();
    }

    /** @param share negative for the usual one */
    void lossy(double share) {
        loss = share;
        change();
    }

    private void change() {
        Link changed = usual.slowedBy(extra);
        now = loss < 0 ? changed : changed.withLoss(loss);
    }

    void request(long bytes, Runnable arrival) {
        send(requests, bytes, arrival);
    }

    void answer(long bytes, Runnable arrival) {
        send(answers, bytes, arrival);
    }

    private void send(Way way, long bytes, Runnable arrival) {
        if (cut) {
            held.add(() -> send(way, bytes, arrival));
            return;
        }
        way.freeAtMicros = Math.max(way.freeAtMicros, queue.nowMicros()) + now.sendMicros(bytes);
        way.lastArrivalMicros = Math.max(way.lastArrivalMicros, way.freeAtMicros + now.delayMicros(random));
        queue.at(way.lastArrivalMicros, () -> {
            if (cut) {
                held.add(() -> send(way, bytes, arrival));
            } else {
                arrival.run();
            }
        });
    }
}
