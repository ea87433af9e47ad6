package dev.meridian.simulator.load;

import dev.meridian.simulator.workload.PlannedOperation;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Function;
import java.util.function.Supplier;

/** Keeps a number of operations under way: as soon as one has ended the next is started. */
public final class ClosedLoop {
    private final Context context;
    private final int connections;
    private final Supplier<PlannedOperation> next;
    private final Function<PlannedOperation, Future<Void>> start;
    private final Promise<Void> ended = Promise.promise();
    private volatile boolean stopped;
    private int underWay;

    /** @param context where operations are drawn and started */
    public ClosedLoop(
            Context context,
            int connections,
            Supplier<PlannedOperation> next,
            Function<PlannedOperation, Future<Void>> start) {
        this.context = context;
        this.connections = connections;
        this.next = next;
        this.start = start;
    }

    /** @return complete when all has been answered after a stop */
    public Future<Void> run() {
        context.runOnContext(unused -> {
            underWay = connections;
            for (int i = 0; i < connections; i++) {
                goOn();
            }
        });
        return ended.future();
    }

    /** Starts nothing more. From any thread. */
    public void stop() {
        stopped = true;
    }

    private void goOn() {
        if (stopped) {
            underWay--;
            if (underWay == 0) {
                ended.tryComplete();
            }
            return;
        }
        start.apply(next.get()).onComplete(unused -> context.runOnContext(again -> goOn()));
    }
}
