package dev.meridian.streams;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Appends to one region's bus. One thread at a time. */
public interface BusWriter extends AutoCloseable {
    /** Makes ready, and shuts out a predecessor if this writer is fenced. To be called once, before {@link #append}. */
    CompletionStage<Void> open();

    /** How many batches may be in flight. */
    int maxInFlight();

    /**
     * Takes back what a predecessor of this name left unfinished in a partition, so that it can never come to light
     * together with what this writer appends. Only for a fenced writer, and before its first append there.
     */
    CompletionStage<Void> settle(TopicPartition partition);

    /**
     * Appends the records in order, each behind all earlier ones of its partition, and completes with their offsets once
     * they are durable. Waits out a bus that is away. If the stage fails, this writer must be closed, and what is in the
     * topic is to be found out by {@link OrderedBus#tail}: nothing behind the failed record of a partition is there
     * unless the failed record is.
     */
    CompletionStage<List<Long>> append(List<BusRecord> records);

    @Override
    void close();
}
