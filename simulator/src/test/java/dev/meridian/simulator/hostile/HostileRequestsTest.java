package dev.meridian.simulator.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.meridian.model.Property;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Whatever is asked of two regions that share tables, each answer is success or a client's fault, the regions go on, and in
 * the end they hold the same.
 *
 * <p>{@code -Dmeridian.requests=500000} sets the number of requests, {@code -Dmeridian.seed=N} repeats the world of one seed,
 * which a failure prints.
 */
class HostileRequestsTest {
    private static final int REQUESTS = Integer.getInteger("meridian.requests", 20_000);
    private static final int REQUESTS_OF_A_WORLD = 2_500;

    /** Nothing is there of version 2017.11.29 of global tables, and none can be made. */
    private static final Set<String> ALWAYS_REFUSED = Set.of(
            "CreateGlobalTable",
            "DescribeGlobalTable",
            "DescribeGlobalTableSettings",
            "UpdateGlobalTable",
            "UpdateGlobalTableSettings");

    @TempDir
    Path folder;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.meridian");

    @BeforeEach
    void listen() {
        log.start();
        logger.setLevel(Level.WARN);
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    @Test
    void noRequestIsAnsweredWithABug() {
        Set<String> done = new TreeSet<>();
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger worlds = new AtomicInteger();
        int held = Property.holds(Math.max(1, REQUESTS / REQUESTS_OF_A_WORLD), random -> {
            Path home = folder.resolve("world" + worlds.getAndIncrement());
            try (HostileWorld world = new HostileWorld(home, random)) {
                world.run(REQUESTS_OF_A_WORLD);
                done.addAll(world.done());
                refused.addAndGet(world.refused());
            }
            assertThat(log.list).as("what was logged").isEmpty();
        });
        System.out.println(
                "hostile requests: " + held * REQUESTS_OF_A_WORLD + ", of which " + refused + " were refused");
        if (held > 1) {
            assertThat(done).doesNotContainAnyElementsOf(ALWAYS_REFUSED);
            Set<String> never = new TreeSet<>(HostileWorld.operations());
            never.removeAll(done);
            never.removeAll(ALWAYS_REFUSED);
            assertThat(never)
                    .as("operations of which no request was done")
                    .hasSizeLessThanOrEqualTo(HostileWorld.operations().size() / 10);
        }
    }
}
