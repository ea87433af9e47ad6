package dev.meridian.streams.triggers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.triggers.Counters.Counter;
import dev.meridian.streams.triggers.DeadLetters.Condition;
import dev.meridian.streams.triggers.EventSourceMapping.Batching;
import dev.meridian.streams.triggers.EventSourceMapping.ErrorHandling;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition on its way to the function: records wait, become a batch, and are with the function until they are done or
 * given up; then the next. Turned by one thread; only calls of the function end on others.
 */
final class Shard {
    private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
    private static final Recognition RECOGNITION = Recognition.ofEvents();
    private static final long MILLIS_PER_SECOND = 1_000;

    /** Beyond either limit no more is read ahead. Room for more than a full batch. */
    private static final int WAITING_RECORDS_MIN = 1_000;

    private static final long WAITING_BYTES_MAX = 8L << 20;

    private final TriggerContext context;
    private final TopicPartition at;
    private final long fromMillis;

    /** Read and wanted, and not yet in a batch. */
    private final ArrayDeque<LambdaRecord> waiting = new ArrayDeque<>();

    /** Batches in their order: more than one only after a bisection. */
    private final Deque<Batch> batches = new ArrayDeque<>();

    private @Nullable Call call;
    private @Nullable GivingUp givingUp;
    private long next;
    private long waitingBytes;
    private long windowFromMillis;
    private volatile boolean troubled;

    /** The first batch, with the function. */
    private static final class Call {
        final Batch batch;

        /** Whether it waits for its next attempt. */
        volatile boolean resting;

        @Nullable
        CompletableFuture<Outcome> outcome;

        Call(Batch batch) {
            this.batch = batch;
        }
    }

    /** @param done how many of the batch's records */
    private record Outcome(FunctionAnswer answer, int done) {}

    /** Records on their way to the dead-letter topic. */
    private record GivingUp(Batch batch, CompletableFuture<List<Long>> sent) {}

    /**
     * @param next the offset to go on at
     * @param fromMillis records from before are passed over
     */
    Shard(TriggerContext context, TopicPartition at, long next, long fromMillis) {
        this.context = context;
        this.at = at;
        this.next = next;
        this.fromMillis = fromMillis;
    }

    /**
     * The next record of the partition. One that was taken before is passed over.
     *
     * @throws IllegalArgumentException if it is not as the contract of the stream topic says
     */
    void take(BusRecord record) {
        if (record.offset() < next) {
            return;
        }
        if (RECOGNITION.isJunk(record)) {
            LOG.warn(
                    "{}: {} at offset {} is not Meridian's, and passed over",
                    context.mapping().name(),
                    at,
                    record.offset());
            next = record.offset() + 1;
            return;
        }
        if (record.timestampMillis() >= fromMillis) {
            context.counters().add(Counter.READ, 1);
            ObjectNode event =
                    LambdaRecord.event(record, context.mapping().source().arn());
            if (context.mapping().filter().matches(event)) {
                await(LambdaRecord.of(record, event));
            } else {
                context.counters().add(Counter.FILTERED, 1);
            }
        }
        next = record.offset() + 1;
    }

    private void await(LambdaRecord record) {
        if (waiting.isEmpty()) {
            windowFromMillis = context.clock().millis();
        }
        waiting.add(record);
        waitingBytes += record.json().length() + 1;
    }

    /** Goes on at an offset, because what is before is not kept any more. */
    void skipTo(long offset) {
        context.counters().add(Counter.EXPIRED, Math.max(0, offset - next));
        next = offset;
    }

    long next() {
        return next;
    }

    /** Whether there is enough to do without reading on. */
    boolean isFull() {
        return waiting.size() >= waitingMax() || waitingBytes >= WAITING_BYTES_MAX;
    }

    /** Whether there is too little to do without reading on. */
    boolean isHungry() {
        return waiting.size() < waitingMax() / 2 && waitingBytes < WAITING_BYTES_MAX / 2;
    }

    private int waitingMax() {
        return Math.max(WAITING_RECORDS_MIN, 2 * context.mapping().batching().batchSize());
    }

    /** The offset of the first record that is not done. */
    long position() {
        LambdaRecord oldest = oldest();
        return oldest == null ? next : oldest.offset();
    }

    /** When the first record that is not done was committed; {@link Long#MAX_VALUE} if all are done. */
    long oldestMillis() {
        LambdaRecord oldest = oldest();
        return oldest == null ? Long.MAX_VALUE : oldest.committedMillis();
    }

    private @Nullable LambdaRecord oldest() {
        GivingUp going = givingUp;
        if (going != null) {
            return going.batch().first();
        }
        Batch batch = batches.peek();
        return batch == null ? waiting.peek() : batch.first();
    }

    /** Whether something is under way that a stop should wait for. */
    boolean isBusy() {
        Call open = call;
        return givingUp != null || (open != null && !open.resting);
    }

    /** Whether the function fails, or is not there. */
    boolean isTroubled() {
        return troubled;
    }

    int turn() {
        GivingUp going = givingUp;
        if (going != null) {
            if (!going.sent().isDone()) {
                return 0;
            }
            going.sent().join();
            context.counters().add(Counter.DEAD_LETTERED, going.batch().size());
            givingUp = null;
            noteEndOfTrouble();
            return 1;
        }
        Call open = call;
        if (open != null) {
            CompletableFuture<Outcome> outcome = open.outcome;
            if (outcome == null || !outcome.isDone()) {
                return 0;
            }
            call = null;
            settle(outcome.join());
            return 1;
        }
        return context.stopping().get() ? 0 : begin();
    }

    private int begin() {
        if (batches.isEmpty()) {
            formBatch();
        }
        Batch batch = batches.peek();
        if (batch == null) {
            return 0;
        }
        int tooOld = (int) batch.records().stream().takeWhile(this::isTooOld).count();
        if (tooOld > 0) {
            giveUp(Condition.MAXIMUM_RECORD_AGE_EXCEEDED, tooOld);
        } else {
            call(batch);
        }
        return 1;
    }

    private void formBatch() {
        Batching batching = context.mapping().batching();
        long now = context.clock().millis();
        boolean isFull = waiting.size() >= batching.batchSize() || waitingBytes >= Batching.PAYLOAD_BYTES_MAX;
        boolean isDue = now - windowFromMillis >= batching.maximumBatchingWindowInSeconds() * MILLIS_PER_SECOND;
        if (waiting.isEmpty() || !(isFull || isDue)) {
            return;
        }
        List<LambdaRecord> records = new ArrayList<>();
        long bytes = Batch.FRAME_BYTES;
        for (LambdaRecord record = waiting.peek();
                record != null && records.size() < batching.batchSize();
                record = waiting.peek()) {
            bytes += record.json().length() + 1;
            if (bytes > Batching.PAYLOAD_BYTES_MAX && !records.isEmpty()) {
                break;
            }
            records.add(waiting.remove());
            waitingBytes -= record.json().length() + 1;
        }
        windowFromMillis = now;
        batches.add(new Batch(records));
    }

    private void call(Batch batch) {
        Call begun = new Call(batch);
        byte[] event = batch.event();
        call = begun;
        CompletableFuture<Outcome> outcome = context.retries()
                .<Outcome>untilResult(
                        context.mapping().name(),
                        result -> {
                            boolean again = isToBeTriedAgain(batch, result);
                            begun.resting = again;
                            return again;
                        },
                        () -> {
                            begun.resting = false;
                            return context.function().invoke(event).thenApply(answer -> outcome(batch, answer));
                        })
                .toCompletableFuture();
        begun.outcome = outcome;
        outcome.whenComplete((result, failure) -> context.doorbell().run());
    }

    private Outcome outcome(Batch batch, FunctionAnswer answer) {
        batch.noteInvocation(answer);
        context.counters().add(Counter.INVOCATIONS, 1);
        int done =
                switch (answer.kind()) {
                    case RETURNED ->
                        context.mapping().errorHandling().reportBatchItemFailures()
                                ? BatchItemFailures.done(answer.said(), batch)
                                : batch.size();
                    case FAILED, UNAVAILABLE -> 0;
                };
        if (answer.kind() == FunctionAnswer.Kind.UNAVAILABLE) {
            context.counters().add(Counter.UNAVAILABLE, 1);
            noteTrouble("is not available", batch, answer);
        } else if (done < batch.size()) {
            context.counters().add(Counter.FAILURES, 1);
            noteTrouble(done == 0 ? "fails" : "fails at the record behind the first " + done, batch, answer);
            if (done == 0 && !isToBeBisected(batch)) {
                batch.noteFailure();
            }
        }
        return new Outcome(answer, done);
    }

    private void noteTrouble(String what, Batch batch, FunctionAnswer answer) {
        if (!troubled) {
            troubled = true;
            LOG.warn(
                    "{}: partition {}: {} {} ({} records from {} on): {}",
                    context.mapping().name(),
                    at.partition(),
                    context.function().name(),
                    what,
                    batch.size(),
                    batch.first().sequenceNumber(),
                    answer.line());
        }
    }

    /** Halves that are still to come belong to the same trouble. */
    private void noteEndOfTrouble() {
        if (troubled && batches.isEmpty()) {
            troubled = false;
            LOG.info("{}: partition {}: goes on", context.mapping().name(), at.partition());
        }
    }

    /** The same records once more, after a rest. What else may be done is decided in {@link #settle}. */
    private boolean isToBeTriedAgain(Batch batch, Outcome outcome) {
        if (outcome.done() > 0 || context.stopping().get() || isTooOld(batch.first())) {
            return false;
        }
        return outcome.answer().kind() == FunctionAnswer.Kind.UNAVAILABLE
                || (!isToBeBisected(batch) && !isExhausted(batch));
    }

    private boolean isToBeBisected(Batch batch) {
        return context.mapping().errorHandling().bisectBatchOnFunctionError() && batch.size() > 1;
    }

    private boolean isExhausted(Batch batch) {
        int retriesMax = context.mapping().errorHandling().maximumRetryAttempts();
        return retriesMax != ErrorHandling.FOREVER && batch.failures() > retriesMax;
    }

    private boolean isTooOld(LambdaRecord record) {
        int secondsMax = context.mapping().errorHandling().maximumRecordAgeInSeconds();
        return secondsMax != ErrorHandling.FOREVER
                && context.clock().millis() - record.committedMillis() > secondsMax * MILLIS_PER_SECOND;
    }

    private void settle(Outcome outcome) {
        Batch batch = batches.remove();
        context.counters().add(Counter.DELIVERED, outcome.done());
        if (outcome.done() == batch.size()) {
            noteEndOfTrouble();
            return;
        }
        boolean failed = outcome.answer().kind() != FunctionAnswer.Kind.UNAVAILABLE;
        if (outcome.done() > 0) {
            // Where it bisects, this is a cut as well; cutting uses up no retry.
            boolean cut = context.mapping().errorHandling().bisectBatchOnFunctionError();
            batch = batch.from(outcome.done(), cut ? 0 : 1);
        } else if (failed && isToBeBisected(batch)) {
            bisect(batch);
            return;
        }
        batches.addFirst(batch);
        if (failed && isExhausted(batch) && !isTooOld(batch.first())) {
            giveUp(Condition.RETRY_ATTEMPTS_EXHAUSTED, batch.size());
        }
    }

    private void bisect(Batch batch) {
        context.counters().add(Counter.BISECTIONS, 1);
        List<Batch> halves = batch.halves();
        batches.addFirst(halves.get(1));
        batches.addFirst(halves.get(0));
    }

    /** Gives up the first records of the first batch. */
    private void giveUp(Condition condition, int count) {
        Batch whole = batches.remove();
        Batch gone = whole.until(count);
        if (count < whole.size()) {
            batches.addFirst(whole.from(count, 0));
        }
        DeadLetters deadLetters = context.deadLetters();
        LOG.warn(
                "{}: partition {}: {}: {} records from {} to {} {}",
                context.mapping().name(),
                at.partition(),
                condition.wireName(),
                gone.size(),
                gone.first().sequenceNumber(),
                gone.last().sequenceNumber(),
                deadLetters == null ? "dropped" : "to the dead-letter topic");
        if (deadLetters == null) {
            context.counters().add(Counter.DISCARDED, gone.size());
            noteEndOfTrouble();
            return;
        }
        CompletableFuture<List<Long>> sent =
                deadLetters.send(condition, gone, at).toCompletableFuture();
        givingUp = new GivingUp(gone, sent);
        sent.whenComplete((offsets, failure) -> context.doorbell().run());
    }
}
