package dev.meridian.streams;

import dev.meridian.model.Duty;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that turns a duty: at once while there is work, after a ring, and now and then when idle. */
public final class DutyRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DutyRunner.class);

    private final Duty duty;
    private final long idleNanos;
    private final Consumer<Throwable> onBug;
    private final Thread thread;
    private volatile boolean rung;
    private volatile boolean closing;

    /**
     * Makes a runner; {@link #start} starts it.
     *
     * @param idle how long an idle duty is left alone unless the bell rings
     * @param onBug told when the duty throws: that is a bug, and the duty is not turned again
     */
    public DutyRunner(String name, Duty duty, Duration idle, Consumer<Throwable> onBug) {
        this.duty = duty;
        this.idleNanos = idle.toNanos();
        this.onBug = onBug;
        this.thread = new Thread(this::run, name);
        this.thread.setDaemon(true);
    }

    public DutyRunner start() {
        thread.start();
        return this;
    }

    /** There may be work. From any thread, cheap. */
    public void ring() {
        if (!rung) {
            rung = true;
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        try {
            while (!closing) {
                rung = false;
                if (duty.turn() == 0 && !rung && !closing) {
                    LockSupport.parkNanos(idleNanos);
                }
            }
        } catch (RuntimeException | Error bug) {
            LOG.error("{} failed and is stopped", thread.getName(), bug);
            onBug.accept(bug);
        }
    }

    /** Waits until the turn under way has ended. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }
}
