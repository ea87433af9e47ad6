package dev.meridian.streams.triggers;

import dev.meridian.model.Duty;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusReader.Lost;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.triggers.TriggerStatus.State;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers one table's changes to one function, until it is stopped. Positions are kept in Kafka: a successor goes on where
 * this one was, with what was not done. There should be one of a name at a time: two deliver everything twice.
 */
public final class Trigger implements Duty, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Trigger.class);
    private static final int POLL_RECORDS = 500;

    /** A table's topic is made with its first change. */
    private static final long LOOK_AGAIN_MILLIS = 1_000;

    /** A table that was made anew may have more partitions. */
    private static final long LOOK_FOR_MORE_MILLIS = 30_000;

    private static final long COMMIT_AGAIN_MILLIS = 1_000;

    /** Kafka forgets a group that it does not hear of for a week. */
    private static final long REFRESH_MILLIS = Duration.ofHours(1).toMillis();

    private final OrderedBus bus;
    private final TriggerContext context;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Map<TopicPartition, Shard> shards = new TreeMap<>();
    private final Map<TopicPartition, Long> committed = new TreeMap<>();

    /** Partitions that are not read for the time being, or, with a record that cannot be read, not at all. */
    private final Set<TopicPartition> paused = new TreeSet<>();

    /** Which topics the paused partitions are of. */
    private final Map<TopicPartition, TopicId> topics = new TreeMap<>();

    private final Set<TopicPartition> unreadable = new TreeSet<>();
    private @Nullable BusReader reader;
    private @Nullable CompletableFuture<Places> looking;
    private @Nullable CompletableFuture<Map<TopicPartition, Long>> committing;
    private boolean wasMissing;
    private boolean kafkaAway;
    private long nextLookMillis;
    private long nextCommitMillis;
    private long refreshedMillis;
    private volatile Runnable doorbell = () -> {};
    private volatile State state = State.WAITING;
    private volatile int partitions;
    private volatile long oldestMillis = Long.MAX_VALUE;
    private final CompletableFuture<Boolean> stopped = new CompletableFuture<>();

    /**
     * Where to begin.
     *
     * @param kept positions of the group
     * @param first of partitions that it has none of
     */
    private record Places(Map<TopicPartition, Long> kept, Map<TopicPartition, Long> first) {
        boolean isEmpty() {
            return kept.isEmpty() && first.isEmpty();
        }
    }

    /** @param bus stays the caller's */
    public Trigger(
            EventSourceMapping mapping,
            OrderedBus bus,
            FunctionEndpoint function,
            Retries retries,
            InstantSource clock) {
        this.bus = bus;
        String topic = mapping.errorHandling().deadLetterTopic();
        DeadLetters deadLetters =
                topic == null ? null : new DeadLetters(mapping, function.name(), topic, bus, retries, clock);
        this.context = new TriggerContext(
                mapping, function, retries, deadLetters, new Counters(), clock, stopping, () -> doorbell.run());
    }

    /** Calls {@code newDoorbell} whenever there may be work, from any thread: it must only wake. */
    public void onWork(Runnable newDoorbell) {
        doorbell = newDoorbell;
    }

    public String name() {
        return context.mapping().name();
    }

    public TriggerStatus status() {
        long oldest = oldestMillis;
        long behind = oldest == Long.MAX_VALUE ? 0 : Math.max(0, context.clock().millis() - oldest);
        return new TriggerStatus(
                name(), state, partitions, behind, context.counters().all());
    }

    /**
     * Begins nothing new. It must be turned on: what is with the function is finished, and positions are kept.
     *
     * @return when that is so
     */
    public CompletionStage<Boolean> stop() {
        stopping.set(true);
        doorbell.run();
        return stopped;
    }

    @Override
    public int turn() {
        int work = 0;
        if (!stopping.get()) {
            work += look();
            work += read();
        }
        for (Shard shard : shards.values()) {
            work += shard.turn();
        }
        work += commit();
        publishState();
        return work;
    }

    private int look() {
        long now = context.clock().millis();
        CompletableFuture<Places> asked = looking;
        if (asked == null) {
            if (now >= nextLookMillis) {
                nextLookMillis = now + (shards.isEmpty() ? LOOK_AGAIN_MILLIS : LOOK_FOR_MORE_MILLIS);
                looking = places();
                looking.whenComplete((places, failure) -> doorbell.run());
                return 1;
            }
            return 0;
        }
        if (!asked.isDone()) {
            return 0;
        }
        looking = null;
        try {
            begin(asked.join());
            noteKafka(null);
        } catch (java.util.concurrent.CompletionException failed) {
            noteKafka(failed);
        }
        return 1;
    }

    private CompletableFuture<Places> places() {
        Set<TopicPartition> known = Set.copyOf(shards.keySet());
        String other = context.mapping().source().otherTopic();
        String topic = known.isEmpty()
                ? context.mapping().source().topic()
                : known.iterator().next().topic();
        CompletionStage<Places> places = places(topic, known);
        return places.thenCompose(found -> known.isEmpty() && found.isEmpty() && other != null
                        ? places(other, known)
                        : CompletableFuture.completedFuture(found))
                .toCompletableFuture();
    }

    private CompletionStage<Places> places(String topic, Set<TopicPartition> known) {
        return bus.partitions(topic).thenCompose(count -> {
            List<TopicPartition> fresh = TopicPartition.allOf(topic, count).stream()
                    .filter(partition -> !known.contains(partition))
                    .toList();
            return fresh.isEmpty()
                    ? CompletableFuture.completedFuture(new Places(Map.of(), Map.of()))
                    : places(fresh, known.isEmpty());
        });
    }

    private CompletionStage<Places> places(List<TopicPartition> fresh, boolean atStart) {
        return bus.committed(context.mapping().group(), fresh).thenCompose(kept -> {
            List<TopicPartition> others = fresh.stream()
                    .filter(partition -> !kept.containsKey(partition))
                    .toList();
            return first(others, atStart).thenApply(first -> new Places(kept, first));
        });
    }

    private CompletionStage<Map<TopicPartition, Long>> first(List<TopicPartition> partitions, boolean atStart) {
        if (partitions.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        // Of a topic that came to be under our eyes, everything is later than the latest at the start.
        return switch (context.mapping().startingPosition().kind()) {
            case LATEST -> atStart && !wasMissing ? bus.ends(partitions) : bus.since(partitions, 0);
            case TRIM_HORIZON -> bus.since(partitions, 0);
            case AT_TIMESTAMP ->
                bus.since(partitions, context.mapping().startingPosition().atMillis());
        };
    }

    private void begin(Places places) {
        if (places.isEmpty()) {
            if (shards.isEmpty() && !wasMissing) {
                wasMissing = true;
                LOG.info(
                        "{}: waits for topic {}: nothing was written to the table yet",
                        name(),
                        context.mapping().source().topic());
            }
            return;
        }
        long fromMillis = context.mapping().startingPosition().atMillis();
        places.kept().forEach((at, offset) -> shards.put(at, new Shard(context, at, offset, 0)));
        places.first().forEach((at, offset) -> shards.put(at, new Shard(context, at, offset, fromMillis)));
        committed.putAll(places.kept());
        BusReader open = reader;
        if (open == null) {
            open = bus.reader(Isolation.COMMITTED);
            open.onArrival(() -> doorbell.run());
            reader = open;
        }
        Map<TopicPartition, Long> all = new TreeMap<>(places.kept());
        all.putAll(places.first());
        open.follow(all);
        partitions = shards.size();
        LOG.info(
                "{}: delivers {} to {}: {} partitions go on where they were, {} begin at {}",
                name(),
                context.mapping().source().topic(),
                context.function().name(),
                places.kept().size(),
                places.first().size(),
                context.mapping().startingPosition().kind());
    }

    private void noteKafka(@Nullable Throwable failure) {
        if (failure == null) {
            if (kafkaAway) {
                LOG.info("{}: Kafka answers again", name());
            }
            kafkaAway = false;
        } else if (!kafkaAway) {
            kafkaAway = true;
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            LOG.warn("{}: Kafka does not answer; tried again: {}", name(), cause.getMessage());
        }
    }

    private int read() {
        BusReader open = reader;
        if (open == null) {
            return 0;
        }
        open.lost().forEach((at, lost) -> skip(open, at, lost));
        open.damaged().forEach((at, damage) -> stop(open, at, damage.offset(), damage.reason()));
        pauseAndResume(open);
        List<BusRecord> records = open.poll(POLL_RECORDS);
        for (BusRecord record : records) {
            Shard shard = shards.get(record.at());
            if (shard != null && !unreadable.contains(record.at())) {
                take(open, shard, record);
            }
        }
        return records.size();
    }

    private void skip(BusReader open, TopicPartition at, Lost lost) {
        Shard shard = shards.get(at);
        if (shard != null) {
            // What is written where a tail was cut off is new.
            long next = lost.reason() == BusReader.Reason.CUT_SHORT ? lost.end() : lost.start();
            String what =
                    switch (lost.reason()) {
                        case EXPIRED -> "Kafka does not keep offset " + shard.next() + " any more";
                        case CUT_SHORT ->
                            "Kafka has lost the records from offset " + lost.end() + " to " + shard.next();
                        case REPLACED -> "the topic was deleted and made anew";
                    };
            LOG.warn("{}: partition {}: {}; goes on at {}", name(), at.partition(), what, next);
            shard.skipTo(next);
            open.follow(at, next, lost.now());
        }
    }

    /** A partition that stands still must not fill the memory, nor keep the others waiting. */
    private void pauseAndResume(BusReader open) {
        shards.forEach((at, shard) -> {
            if (shard.isFull() && paused.add(at)) {
                TopicId topic = open.topicId(at);
                if (topic != null) {
                    topics.put(at, topic);
                }
                open.unfollow(Set.of(at));
            } else if (shard.isHungry() && !unreadable.contains(at) && paused.remove(at)) {
                open.follow(at, shard.next(), topics.get(at));
            }
        });
    }

    private void take(BusReader open, Shard shard, BusRecord record) {
        try {
            shard.take(record);
        } catch (IllegalArgumentException wrong) {
            stop(open, record.at(), record.offset(), String.valueOf(wrong.getMessage()));
        }
    }

    private void stop(BusReader open, TopicPartition at, long offset, String reason) {
        unreadable.add(at);
        paused.add(at);
        open.unfollow(Set.of(at));
        LOG.error(
                "{}: partition {} stops: the record at offset {} cannot be read: {}",
                name(),
                at.partition(),
                offset,
                reason);
    }

    private int commit() {
        long now = context.clock().millis();
        CompletableFuture<Map<TopicPartition, Long>> sent = committing;
        if (sent != null) {
            if (!sent.isDone()) {
                return 0;
            }
            committing = null;
            try {
                committed.putAll(sent.join());
                noteKafka(null);
            } catch (java.util.concurrent.CompletionException failed) {
                noteKafka(failed);
                nextCommitMillis = now + COMMIT_AGAIN_MILLIS;
            }
            return 1;
        }
        boolean refresh = now - refreshedMillis >= REFRESH_MILLIS;
        Map<TopicPartition, Long> offsets = shards.entrySet().stream()
                .filter(each -> refresh || isAhead(each.getKey(), each.getValue()))
                .collect(Collectors.toMap(
                        Map.Entry::getKey, each -> each.getValue().position()));
        if (offsets.isEmpty() || now < nextCommitMillis) {
            return 0;
        }
        refreshedMillis = refresh ? now : refreshedMillis;
        committing = bus.commit(context.mapping().group(), offsets)
                .thenApply(unused -> offsets)
                .toCompletableFuture();
        committing.whenComplete((done, failure) -> doorbell.run());
        return 1;
    }

    private boolean isAhead(TopicPartition at, Shard shard) {
        Long known = committed.get(at);
        return known == null || known != shard.position();
    }

    private void publishState() {
        oldestMillis =
                shards.values().stream().mapToLong(Shard::oldestMillis).min().orElse(Long.MAX_VALUE);
        boolean isDone = stopping.get()
                && committing == null
                && shards.entrySet().stream()
                        .noneMatch(each -> each.getValue().isBusy() || isAhead(each.getKey(), each.getValue()));
        if (isDone) {
            state = State.STOPPED;
            stopped.complete(true);
        } else if (!unreadable.isEmpty()) {
            state = State.ALARM;
        } else if (shards.isEmpty() || kafkaAway) {
            state = State.WAITING;
        } else {
            state = shards.values().stream().anyMatch(Shard::isTroubled) ? State.RETRYING : State.DELIVERING;
        }
    }

    /** Stops without waiting for anything. To be called when it is not turned any more. */
    @Override
    public void close() {
        stopping.set(true);
        BusReader open = reader;
        if (open != null) {
            open.close();
        }
        DeadLetters deadLetters = context.deadLetters();
        if (deadLetters != null) {
            deadLetters.close();
        }
    }
}
