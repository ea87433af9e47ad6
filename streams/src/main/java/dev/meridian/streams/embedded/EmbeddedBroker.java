package dev.meridian.streams.embedded;

import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One real KRaft node, broker and controller in one, inside this process. Its log outlives it: a later one on the same
 * folder goes on with it.
 *
 * <p>Kafka acknowledges a record when it is in the page cache. A killed process loses nothing; a machine that loses power
 * may lose the last records, and the publisher then publishes them again from the store, which keeps rows a while.
 *
 * <p>A broker whose folder fails, by a full disk above all, stops working and the process goes on. One keeper, the only
 * one that retries, starts it again at the same port once there is room.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /** A start writes index files of 1 MB for each open segment, and with less it would fail again at once. */
    static final long ROOM_BYTES = 16L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final Duration RESTART_FIRST = Duration.ofMillis(500);
    private static final Duration RESTART_LAST = Duration.ofSeconds(15);
    private static final double RESTART_GROWTH = 2.0;

    private final Config config;
    private final int port;
    private final ScheduledExecutorService keeper;
    private final Retry restarts;
    private @Nullable BrokerRun run;
    private boolean closed;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * How a broker runs.
     *
     * @param name goes into the cluster's id
     * @param data its folder, made if it is not there
     * @param host address that it binds to and advertises
     * @param port 0 for any free one
     * @param listeners further ways in
     */
    public record Config(String name, Path data, String host, int port, List<Listener> listeners) {
        public Config {
            listeners = List.copyOf(listeners);
        }

        public Config(String name, Path data, String host, int port) {
            this(name, data, host, port, List.of());
        }
    }

    /**
     * A further port that the broker binds, for clients that reach it at another address than its own: through a
     * forwarding, a tunnel, a proxy.
     *
     * @param name of Kafka's listener: capital letters, digits, {@code _}
     * @param port that it binds at the broker's host
     * @param advertisedHost what clients that came in here are told to go on with
     */
    public record Listener(String name, int port, String advertisedHost, int advertisedPort) {}

    /**
     * Starts a broker; it serves when the constructor returns, unless the disk is full and the port is given: then it is
     * started once there is room, and {@link #failure} tells.
     */
    public EmbeddedBroker(Config config) {
        this.config = config;
        this.keeper = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread made = new Thread(work, "kafka-" + config.name() + "-keeper");
            made.setDaemon(true);
            return made;
        });
        this.restarts = Retry.of(
                "kafka-" + config.name(),
                RetryConfig.custom()
                        .maxAttempts(Integer.MAX_VALUE)
                        .intervalFunction(
                                IntervalFunction.ofExponentialBackoff(RESTART_FIRST, RESTART_GROWTH, RESTART_LAST))
                        .build());
        BrokerRun first = null;
        try {
            requireRoom();
            first = new BrokerRun(config, config.port(), this::failed);
        } catch (BrokerFailedException | UncheckedIOException cannot) {
            if (config.port() == 0 || hasRoom()) {
                keeper.shutdownNow();
                throw cannot;
            }
            LOG.error("Kafka of {} is started once there is room: {}", config.name(), cannot.getMessage());
            failed(cannot);
        } catch (RuntimeException cannot) {
            keeper.shutdownNow();
            throw cannot;
        }
        port = first == null ? config.port() : first.port();
        run = first;
    }

    public String bootstrap() {
        return config.host() + ":" + port;
    }

    public int port() {
        return port;
    }

    /** Why it does not serve at present; empty while it does. */
    public Optional<String> failure() {
        Throwable why = failure.get();
        return why == null ? Optional.empty() : Optional.of(String.valueOf(why.getMessage()));
    }

    private void failed(Throwable why) {
        failure.set(why);
        try {
            restarts.executeCompletionStage(keeper, () -> CompletableFuture.runAsync(this::restart, keeper));
        } catch (RejectedExecutionException closing) {
            LOG.debug("Kafka of {} failed while it was closed", config.name(), why);
        }
    }

    private synchronized void restart() {
        if (closed) {
            return;
        }
        if (run != null) {
            run.abandon();
            run = null;
        }
        Throwable before = failure.get();
        try {
            requireRoom();
            run = new BrokerRun(config, port, this::failed);
            failure.compareAndSet(before, null);
        } catch (RuntimeException again) {
            failure.compareAndSet(before, again);
            LOG.warn("Kafka of {} does not serve yet: {}", config.name(), again.getMessage());
            throw new BrokerFailedException(String.valueOf(again.getMessage()), again);
        }
        LOG.info("Kafka of {} serves again at {}", config.name(), bootstrap());
    }

    private void requireRoom() {
        if (!hasRoom()) {
            throw new BrokerFailedException(
                    config.data() + " has " + freeBytes() + " bytes free, a start needs " + ROOM_BYTES);
        }
    }

    private boolean hasRoom() {
        return freeBytes() >= ROOM_BYTES;
    }

    private long freeBytes() {
        Path there = config.data().toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        try {
            return Files.getFileStore(there).getUsableSpace();
        } catch (IOException unknown) {
            throw new UncheckedIOException("cannot look at " + there, unknown);
        }
    }

    @Override
    public void close() {
        keeper.shutdownNow();
        synchronized (this) {
            closed = true;
            if (run != null) {
                run.stop();
                run = null;
            }
        }
    }
}
