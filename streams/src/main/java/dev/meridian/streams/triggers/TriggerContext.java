package dev.meridian.streams.triggers;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the partitions of one trigger share.
 *
 * @param deadLetters null if given up records are dropped
 * @param stopping nothing new is begun any more
 * @param doorbell something came to an end, on another thread
 */
record TriggerContext(
        EventSourceMapping mapping,
        FunctionEndpoint function,
        Retries retries,
        @Nullable DeadLetters deadLetters,
        Counters counters,
        InstantSource clock,
        AtomicBoolean stopping,
        Runnable doorbell) {}
