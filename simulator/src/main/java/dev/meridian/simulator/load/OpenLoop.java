package dev.meridian.simulator.load;

import dev.meridian.simulator.workload.PlannedOperation;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Starts each operation when it is due, however many are under way. */
public final class OpenLoop {
    /** How long a stop may go unnoticed. */
    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Context context;
    private final Iterator<PlannedOperation> plan;
    private final LongSupplier nowMicros;
    private final Function<PlannedOperation, Future<Void>> start;
    private final Promise<Void> ended = Promise.promise();
    private volatile boolean stopped;
    private long underWay;
    private boolean allStarted;

    /**
     * @param context where operations are started
     * @param plan in the order of time; drawn from by a thread of its own
     */
    public OpenLoop(
            Context context,
            Iterator<PlannedOperation> plan,
            LongSupplier nowMicros,
            Function<PlannedOperation, Future<Void>> start) {
        this.context = context;
        this.plan = plan;
        this.nowMicros = nowMicros;
        this.start = start;
    }

    /** @return complete when the plan is at its end and all has been answered */
    public Future<Void> run() {
        // Event loops keep time in milliseconds, which is as long as an answer takes.
        Thread pacing = new Thread(this::pace, "load-pacing");
        pacing.setDaemon(true);
        pacing.start();
        return ended.future();
    }

    /** Starts nothing more. From any thread. */
    public void stop() {
        stopped = true;
    }

    private void pace() {
        while (!stopped && plan.hasNext()) {
            PlannedOperation next = plan.next();
            for (long early = next.atMicros() - nowMicros.getAsLong();
                    early > 0 && !stopped;
                    early = next.atMicros() - nowMicros.getAsLong()) {
                LockSupport.parkNanos(Math.min(TimeUnit.MICROSECONDS.toNanos(early), MOST_NANOS));
            }
            if (!stopped) {
                context.runOnContext(unused -> begin(next));
            }
        }
        context.runOnContext(unused -> {
            allStarted = true;
            endIfDone();
        });
    }

    private void begin(PlannedOperation operation) {
        underWay++;
        start.apply(operation).onComplete(unused -> {
            underWay--;
            endIfDone();
        });
    }

    private void endIfDone() {
        if (allStarted && underWay == 0) {
            ended.tryComplete();
        }
    }
}
