package dev.meridian.streams.embedded;

import dev.meridian.streams.OrderedBus;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * <p>A broker whose folder fails, by a full disk above all, stops working and the process goes on; so does one that cannot
 * start, whatever its folder looks like. One keeper, the only one that retries, starts it again at the same port: once
 * there is room, or somebody has mended the folder or moved it away.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /**
     * The largest request that it takes: a record of the largest size and its frame. In a small heap less, for what is
     * legal is compressed: the largest record there is, numbers like 1E-130, to a fifth.
     */
    static final int FRAME_BYTES_MAX = (int) Math.max(
            12 << 20,
            Math.min(
                    OrderedBus.RECORD_BYTES_MAX + (1 << 20),
                    Runtime.getRuntime().maxMemory() / 10));

    /** What its requests may take of the heap: Kafka lets one more in while any room is left. */
    public static final long FRAMES_HEAP_BYTES = 2L * FRAME_BYTES_MAX;

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final Duration RESTART_FIRST = Duration.ofMillis(500);
    private static final Duration RESTART_LAST = Duration.ofSeconds(15);
    private static final double RESTART_GROWTH = 2.0;

    /** A start takes 1 s to 5 s. After a crash it may take minutes, and the node can serve meanwhile. */
    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(20);

    private final Config config;
    private final BrokerFolder folder;
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
     * Starts a broker. It serves when the constructor returns; if it cannot, or not soon, it is started as soon as it can,
     * and {@link #failure} tells.
     *
     * @throws PortTakenException if it cannot listen there
     * @throws BrokerFailedException if any free port was asked for, which is not known before the broker starts
     */
    public EmbeddedBroker(Config config) {
        this.config = config;
        this.folder = new BrokerFolder(config.data());
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
        if (config.port() == 0) {
            try {
                folder.requireWritable();
                BrokerRun first = new BrokerRun(config, 0, this::failed);
                port = first.port();
                run = first;
            } catch (RuntimeException cannot) {
                keeper.shutdownNow();
                throw cannot;
            }
        } else {
            port = config.port();
            startFirst();
        }
    }

    /** On the keeper's thread, so that a start that takes long is not waited for. */
    private void startFirst() {
        CompletableFuture<Void> first = CompletableFuture.runAsync(this::start, keeper);
        try {
            first.get(FIRST_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException cannot) {
            firstFailed(cannot.getCause() == null ? cannot : cannot.getCause());
        } catch (TimeoutException slow) {
            BrokerFailedException starting = new BrokerFailedException(name() + " is still starting after "
                    + FIRST_PATIENCE.toSeconds() + " s, as it may after a crash while it repairs its log");
            failure.set(starting);
            first.whenComplete((unused, failed) -> {
                if (failed == null) {
                    failure.compareAndSet(starting, null);
                } else {
                    failed(failed.getCause() == null ? failed : failed.getCause());
                }
            });
        } catch (InterruptedException asked) {
            keeper.shutdownNow();
            Thread.currentThread().interrupt();
            throw new BrokerFailedException(name() + ": start was interrupted", asked);
        }
    }

    private void firstFailed(Throwable cannot) {
        if (cannot instanceof PortTakenException taken) {
            keeper.shutdownNow();
            throw taken;
        }
        if (EndOfProcess.hasBegun()) {
            LOG.debug("{} does not start, for the process ends", name(), cannot);
        } else {
            LOG.error("{} does not start; the node serves without it", name(), cannot);
        }
        failed(cannot);
    }

    /** One start. @throws RuntimeException that says what is wrong and what to do */
    private synchronized void start() {
        if (closed) {
            return;
        }
        folder.requireWritable();
        try {
            run = new BrokerRun(config, port, this::failed);
        } catch (PortTakenException taken) {
            throw taken;
        } catch (RuntimeException cannot) {
            String reason = String.valueOf(cannot.getMessage());
            throw new BrokerFailedException(folder.refusal().isEmpty() ? reason + ". " + advice() : reason, cannot);
        }
    }

    private String name() {
        return "Kafka of " + config.name() + " in " + config.data();
    }

    private String advice() {
        return "Reads and writes go on, and it is started again in growing intervals. If it does not come up, move "
                + config.data()
                + " away: it begins with an empty folder then, see \"Kafka does not start\" in OPERATIONS.md";
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
            start();
            failure.compareAndSet(before, null);
        } catch (RuntimeException again) {
            failure.compareAndSet(before, again);
            LOG.warn("Kafka of {} does not serve yet: {}", config.name(), again.getMessage());
            throw new BrokerFailedException(String.valueOf(again.getMessage()), again);
        }
        LOG.info("Kafka of {} serves again at {}", config.name(), bootstrap());
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
