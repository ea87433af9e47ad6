package dev.meridian.streams.triggers;

import static dev.meridian.streams.triggers.TriggerFixture.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Property;
import dev.meridian.streams.triggers.EventSourceMapping.Batching;
import dev.meridian.streams.triggers.EventSourceMapping.ErrorHandling;
import dev.meridian.streams.triggers.EventSourceMapping.StartingPosition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Whatever the function answers, and whenever the trigger is killed and a successor goes on: each record is done or in the
 * dead-letter topic, those of a partition for the first time in their order; a poison record, and nothing but poison where
 * batches are bisected, is given up.
 */
class TriggerLawTest {
    private static final int PARTITIONS = 3;

    @Test
    void eachRecordIsDoneInOrderOverFailuresAndKills() {
        Property.holds(60, random -> {
            try (TriggerFixture at = new TriggerFixture(PARTITIONS)) {
                check(at, random);
            }
        });
    }

    private static void check(TriggerFixture at, RandomGenerator random) {
        boolean bisects = random.nextBoolean();
        boolean reports = random.nextBoolean();
        boolean poisonous = bisects && random.nextBoolean();
        ErrorHandling errors = new ErrorHandling(poisonous ? 3 : -1, -1, bisects, reports, TriggerFixture.DEAD);
        EventSourceMapping mapping = mapping(
                StartingPosition.TRIM_HORIZON, new Batching(1 + random.nextInt(12), 0), errors, EventFilter.EVERYTHING);
        List<List<String>> written = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            written.add(new ArrayList<>());
        }
        Set<String> poison = new HashSet<>();
        Set<String> done = new LinkedHashSet<>();
        FunctionEndpoint function = at.endpoint(event -> {
            List<String> records = TriggerFixture.sequenceNumbers(event);
            synchronized (done) {
                return CompletableFuture.completedFuture(answer(records, poison, done, reports, poisonous, random));
            }
        });
        Trigger trigger = at.trigger(mapping, function);
        for (int step = 0; step < 30; step++) {
            int partition = random.nextInt(PARTITIONS);
            for (int i = random.nextInt(8); i > 0; i--) {
                String sequence = at.write(partition);
                written.get(partition).add(sequence);
                if (poisonous && random.nextInt(15) == 0) {
                    synchronized (done) {
                        poison.add(sequence);
                    }
                }
            }
            for (int i = random.nextInt(12); i > 0; i--) {
                trigger.turn();
            }
            if (random.nextInt(6) == 0) {
                if (random.nextBoolean()) {
                    at.stop(trigger);
                } else {
                    trigger.close();
                }
                trigger = at.trigger(mapping, function);
            }
        }
        Trigger last = trigger;
        int all = written.stream().mapToInt(List::size).sum();
        at.turn(last, () -> {
            synchronized (done) {
                return done.size() + new HashSet<>(at.deadSequenceNumbers()).size() >= all;
            }
        });
        at.stop(last);
        assertThat(new HashSet<>(at.deadSequenceNumbers())).isEqualTo(poison);
        for (List<String> each : written) {
            List<String> expected = new ArrayList<>(each);
            expected.removeAll(poison);
            List<String> inOrder = new ArrayList<>(done);
            inOrder.retainAll(new HashSet<>(each));
            assertThat(inOrder).isEqualTo(expected);
        }
    }

    /** Notes those that it has done: some, or all, or none. */
    private static FunctionAnswer answer(
            List<String> records,
            Set<String> poison,
            Set<String> done,
            boolean reports,
            boolean poisonous,
            RandomGenerator random) {
        int sound = 0;
        while (sound < records.size() && !poison.contains(records.get(sound))) {
            sound++;
        }
        int dice = random.nextInt(10);
        if (dice == 0) {
            return FunctionAnswer.unavailable("no time");
        }
        // Where retries are numbered, only poison may use them up.
        if (dice == 1 && !poisonous) {
            return TriggerFixture.error();
        }
        if (sound == records.size()) {
            done.addAll(records);
            return TriggerFixture.ok();
        }
        if (reports) {
            done.addAll(records.subList(0, sound));
            return TriggerFixture.failedAt(records.get(sound));
        }
        return TriggerFixture.error();
    }
}
