package dev.meridian.node.drill;

import dev.meridian.model.Duty;
import dev.meridian.node.config.DrillConfig;
import dev.meridian.replicator.Replicator;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What is wrong with this region at present. */
public final class DrillControls {
    private final OffsetClock clock;
    private final AppliedLog applied = new AppliedLog();
    private volatile long commitDelayMillis;

    public DrillControls(InstantSource truth, DrillConfig config) {
        this.clock = new OffsetClock(truth, config.clockOffsetMillis());
    }

    public OffsetClock clock() {
        return clock;
    }

    public void observe(Replicator replicator) {
        replicator.onApplied(record -> applied.add(replicator.origin(), record));
    }

    AppliedLog applied() {
        return applied;
    }

    void setCommitDelayMillis(long delay) {
        commitDelayMillis = delay;
    }

    /** A writer whose disk takes its time: what is queued meanwhile shares the next commit. */
    public Duty slowed(Duty writer) {
        return () -> {
            long delay = commitDelayMillis;
            if (delay > 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(delay));
            }
            return writer.turn();
        };
    }
}
