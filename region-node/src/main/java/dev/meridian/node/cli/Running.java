package dev.meridian.node.cli;

import dev.meridian.node.StartException;
import dev.meridian.streams.embedded.EndOfProcess;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Starts something that runs until SIGINT or SIGTERM and is then closed. */
public final class Running {
    private Running() {}

    public static <T extends AutoCloseable> int untilStopped(PrintWriter out, Callable<T> start, Consumer<T> started) {
        CountDownLatch stopping = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        AtomicBoolean bySignal = new AtomicBoolean();
        Thread onSignal = new Thread(
                () -> {
                    bySignal.set(true);
                    stopping.countDown();
                    awaitQuietly(stopped);
                },
                "stop-on-signal");
        Runtime.getRuntime().addShutdownHook(onSignal);
        boolean isStarted = false;
        try (T running = start.call()) {
            isStarted = true;
            started.accept(running);
            awaitQuietly(stopping);
            out.println("Stopping …");
            out.flush();
        } catch (StartException cannot) {
            if (!bySignal.get()) {
                throw new CommandFailedException(String.valueOf(cannot.getMessage()));
            }
        } catch (RuntimeException | Error bug) {
            if (isStarted || !EndOfProcess.hasBegun()) {
                throw bug;
            }
        } catch (Exception bug) {
            throw new AssertionError(bug);
        } finally {
            stopped.countDown();
        }
        return 0;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }
}
