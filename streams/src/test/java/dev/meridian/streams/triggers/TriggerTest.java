package dev.meridian.streams.triggers;

import static dev.meridian.streams.triggers.TriggerFixture.PATIENT;
import static dev.meridian.streams.triggers.TriggerFixture.TOPIC;
import static dev.meridian.streams.triggers.TriggerFixture.error;
import static dev.meridian.streams.triggers.TriggerFixture.failedAt;
import static dev.meridian.streams.triggers.TriggerFixture.mapping;
import static dev.meridian.streams.triggers.TriggerFixture.ok;
import static dev.meridian.streams.triggers.TriggerFixture.sequenceNumbers;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.triggers.EventSourceMapping.Batching;
import dev.meridian.streams.triggers.EventSourceMapping.ErrorHandling;
import dev.meridian.streams.triggers.EventSourceMapping.StartingPosition;
import dev.meridian.streams.triggers.TriggerStatus.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How batches are made, and what happens when the function fails. */
class TriggerTest {
    private final TriggerFixture at = new TriggerFixture(2);

    @AfterEach
    void end() {
        at.close();
    }

    private Map<TopicPartition, Long> committed() {
        List<TopicPartition> both = List.of(new TopicPartition(TOPIC, 0), new TopicPartition(TOPIC, 1));
        return at.bus
                .committed("meridian.triggers.t", both)
                .toCompletableFuture()
                .join();
    }

    private static long count(Trigger trigger, String name) {
        return trigger.status().counts().get(name);
    }

    @Test
    void whatIsThereGoesInBatchesAndPositionsAreKept() {
        List<String> all = at.write(0, 25);
        Trigger trigger = at.trigger(mapping(PATIENT), at.function(records -> ok()));
        at.turnUntilIdle(trigger);
        assertThat(at.done).isEqualTo(all);
        assertThat(at.batchSizes).containsExactly(10, 10, 5);
        assertThat(committed()).isEqualTo(Map.of(new TopicPartition(TOPIC, 0), 25L, new TopicPartition(TOPIC, 1), 0L));
        assertThat(trigger.status().state()).isEqualTo(State.DELIVERING);
        assertThat(trigger.status().behindMillis()).isZero();
        assertThat(count(trigger, "delivered")).isEqualTo(25);
    }

    @Test
    void aBatchWaitsForItsWindowUnlessItIsFull() {
        EventSourceMapping windowed =
                mapping(StartingPosition.TRIM_HORIZON, new Batching(4, 20), PATIENT, EventFilter.EVERYTHING);
        Trigger trigger = at.trigger(windowed, at.function(records -> ok()));
        at.write(0, 3);
        at.turnUntilIdle(trigger);
        at.nowMillis += 19_999;
        at.turnUntilIdle(trigger);
        assertThat(at.batchSizes).isEmpty();
        assertThat(trigger.status().behindMillis()).isEqualTo(19_999);
        at.nowMillis += 1;
        at.turnUntilIdle(trigger);
        assertThat(at.batchSizes).containsExactly(3);
        at.write(0, 5);
        at.turnUntilIdle(trigger);
        assertThat(at.batchSizes).containsExactly(3, 4);
    }

    @Test
    void anEventIsNotLargerThanLambdaTakes() {
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            at.write(0, "x".repeat(1_000_000));
        }
        at.write(0, "y".repeat(7_000_000));
        at.write(0, 1);
        Trigger trigger = at.trigger(mapping(PATIENT), at.endpoint(event -> {
            sizes.add(event.toString().length());
            at.batchSizes.add(event.path("Records").size());
            return CompletableFuture.completedFuture(ok());
        }));
        at.turn(trigger, () -> count(trigger, "delivered") == 11);
        assertThat(at.batchSizes).containsExactly(6, 3, 1, 1);
        assertThat(sizes.subList(0, 2)).allMatch(size -> size <= Batching.PAYLOAD_BYTES_MAX);
        assertThat(sizes.get(2)).isGreaterThan(Batching.PAYLOAD_BYTES_MAX);
    }

    @Test
    void whatNoFilterWantsIsPassedOver() {
        EventFilter filter = new EventFilter(
                List.of("{\"dynamodb\": {\"NewImage\": {\"text\": {\"S\": [{\"prefix\": \"good\"}]}}}}"));
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String sequence = at.write(i % 2, i % 3 == 0 ? "good " + i : "bad " + i);
            if (i % 3 == 0) {
                wanted.add(sequence);
            }
        }
        Trigger trigger = at.trigger(
                mapping(StartingPosition.TRIM_HORIZON, new Batching(4, 0), PATIENT, filter),
                at.function(records -> ok()));
        at.turnUntilIdle(trigger);
        assertThat(at.done).containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(count(trigger, "filtered")).isEqualTo(20);
        assertThat(committed().values()).containsExactly(15L, 15L);
    }

    @Test
    void aFunctionThatFailsGetsTheSameBatchUntilItReturns() {
        List<String> all = at.write(0, 3);
        List<List<String>> calls = new CopyOnWriteArrayList<>();
        Trigger trigger = at.trigger(mapping(PATIENT), at.function(records -> {
            calls.add(records);
            return calls.size() < 6 ? error() : ok();
        }));
        at.turn(trigger, () -> at.done.size() == 3);
        assertThat(calls).hasSize(6).allMatch(all::equals);
        assertThat(count(trigger, "failures")).isEqualTo(5);
        assertThat(at.deadLetters()).isEmpty();
    }

    @Test
    void whenRetriesAreExhaustedTheBatchGoesToTheDeadLetterTopicAndTheNextOneComes() {
        List<String> poisoned = at.write(0, 10);
        List<String> sound = at.write(0, 10);
        AtomicInteger calls = new AtomicInteger();
        Trigger trigger = at.trigger(mapping(new ErrorHandling(2, -1, false, false, "dead")), at.function(records -> {
            if (records.equals(poisoned)) {
                calls.incrementAndGet();
                return FunctionAnswer.of(500, null, "out of\n  order");
            }
            return ok();
        }));
        at.turn(trigger, () -> committed().getOrDefault(new TopicPartition(TOPIC, 0), 0L) == 20);
        assertThat(calls).hasValue(3);
        assertThat(at.done).isEqualTo(sound);
        assertThat(count(trigger, "deadLettered")).isEqualTo(10);
        JsonNode letter = at.deadLetters().get(0);
        assertThat(at.deadLetters()).hasSize(1);
        assertThat(letter.path("requestContext").path("condition").asText()).isEqualTo("RetryAttemptsExhausted");
        assertThat(letter.path("requestContext").path("approximateInvokeCount").asInt())
                .isEqualTo(3);
        assertThat(letter.path("requestContext").path("functionArn").asText()).isEqualTo("http://function/");
        assertThat(letter.path("responseContext"))
                .isEqualTo(TriggerFixture.json("{\"statusCode\": 500, \"executedVersion\": \"$LATEST\","
                        + " \"functionError\": \"HTTP 500: out of order\"}"));
        assertThat(letter.path("version").asText()).isEqualTo("1.0");
        assertThat(letter.path("timestamp").asText()).isEqualTo("1970-01-01T00:16:40Z");
        assertThat(letter.path("DDBStreamBatchInfo"))
                .isEqualTo(TriggerFixture.json("{\"shardId\": \"" + TOPIC + "-0\", \"startSequenceNumber\": \""
                        + poisoned.get(0) + "\", \"endSequenceNumber\": \"" + poisoned.get(9)
                        + "\", \"approximateArrivalOfFirstRecord\": \"1970-01-01T00:16:40Z\","
                        + " \"approximateArrivalOfLastRecord\": \"1970-01-01T00:16:40Z\", \"batchSize\": 10,"
                        + " \"streamArn\": \"arn:stream\"}"));
        assertThat(at.deadSequenceNumbers()).isEqualTo(poisoned);
    }

    @Test
    void withoutADeadLetterTopicTheyAreDroppedAndCounted() {
        at.write(0, 10);
        List<String> sound = at.write(0, 1);
        Trigger trigger = at.trigger(
                mapping(new ErrorHandling(0, -1, false, false, null)),
                at.function(records -> records.size() == 10 ? error() : ok()));
        at.turn(trigger, () -> at.done.equals(sound));
        assertThat(count(trigger, "discarded")).isEqualTo(10);
        assertThat(count(trigger, "invocations")).isEqualTo(2);
    }

    @Test
    void bisectionFindsThePoisonRecordAndDeliversTheOthersInOrder() {
        List<String> all = at.write(0, 10);
        String poison = all.get(6);
        List<Integer> sizes = new ArrayList<>();
        Trigger trigger = at.trigger(mapping(new ErrorHandling(1, -1, true, false, "dead")), at.function(records -> {
            sizes.add(records.size());
            return records.contains(poison) ? error() : ok();
        }));
        at.turn(trigger, () -> committed().getOrDefault(new TopicPartition(TOPIC, 0), 0L) == 10);
        List<String> sound = new ArrayList<>(all);
        sound.remove(poison);
        assertThat(at.done).isEqualTo(sound);
        assertThat(at.deadSequenceNumbers()).containsExactly(poison);
        // Cutting uses up no retry: the record alone is tried twice.
        assertThat(sizes).containsExactly(10, 5, 5, 2, 1, 1, 1, 3);
        assertThat(count(trigger, "bisections")).isEqualTo(3);
    }

    @Test
    void aPartialResponseGoesOnAtTheRecordItNames() {
        List<String> all = at.write(0, 10);
        List<List<String>> calls = new CopyOnWriteArrayList<>();
        Trigger trigger = at.trigger(mapping(new ErrorHandling(-1, -1, false, true, null)), at.function(records -> {
            calls.add(records);
            return switch (calls.size()) {
                case 1 -> failedAt(all.get(4));
                case 2 -> failedAt(null);
                case 3 -> failedAt(all.get(9));
                default -> failedAt(null);
            };
        }));
        at.turn(trigger, () -> count(trigger, "invocations") >= 4);
        assertThat(calls).startsWith(all, all.subList(4, 10), all.subList(4, 10), all.subList(9, 10));
        at.turn(trigger, () -> committed().getOrDefault(new TopicPartition(TOPIC, 0), 0L) == 9);
        assertThat(count(trigger, "delivered")).isEqualTo(9);
    }

    @Test
    void whatAPartialResponseLeavesUsesUpRetriesOnlyWhileItStandsStill() {
        List<String> all = at.write(0, 4);
        List<List<String>> calls = new CopyOnWriteArrayList<>();
        Trigger trigger = at.trigger(mapping(new ErrorHandling(1, -1, false, true, "dead")), at.function(records -> {
            calls.add(records);
            return records.contains(all.get(3)) ? failedAt(records.get(Math.min(1, records.size() - 1))) : ok();
        }));
        at.turn(trigger, () -> !at.deadLetters().isEmpty());
        assertThat(calls).containsExactly(all, all.subList(1, 4), all.subList(2, 4), all.subList(3, 4));
        assertThat(at.deadSequenceNumbers()).containsExactly(all.get(3));
        assertThat(at.deadLetters()
                        .get(0)
                        .path("requestContext")
                        .path("approximateInvokeCount")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void withBisectionAPartialResponseThatStandsStillIsCutToo() {
        List<String> all = at.write(0, 8);
        String poison = all.get(3);
        Trigger trigger = at.trigger(mapping(new ErrorHandling(0, -1, true, true, "dead")), at.endpoint(event -> {
            List<String> records = sequenceNumbers(event);
            return CompletableFuture.completedFuture(records.contains(poison) ? failedAt(poison) : ok());
        }));
        at.turn(trigger, () -> committed().getOrDefault(new TopicPartition(TOPIC, 0), 0L) == 8);
        assertThat(at.deadSequenceNumbers()).containsExactly(poison);
        assertThat(count(trigger, "delivered")).isEqualTo(7);
    }

    @Test
    void aFunctionThatIsNotThereUsesUpNoRetries() {
        List<String> all = at.write(0, 3);
        AtomicReference<FunctionAnswer> answer = new AtomicReference<>(FunctionAnswer.unavailable("nobody answers"));
        Trigger trigger = at.trigger(
                mapping(new ErrorHandling(0, -1, true, false, "dead")), at.function(records -> answer.get()));
        at.turn(trigger, () -> count(trigger, "unavailable") > 5);
        at.turn(trigger, () -> trigger.status().state() == State.RETRYING);
        answer.set(ok());
        at.turn(trigger, () -> at.done.equals(all));
        assertThat(at.deadLetters()).isEmpty();
        at.turn(trigger, () -> trigger.status().state() == State.DELIVERING);
    }

    @Test
    void recordsThatAreTooOldAreGivenUpAndYoungerOnesAreNot() {
        List<String> old = at.write(0, 2);
        at.nowMillis += 30_000;
        List<String> young = at.write(0, 2);
        AtomicReference<FunctionAnswer> answer = new AtomicReference<>(FunctionAnswer.unavailable("nobody answers"));
        Trigger trigger = at.trigger(
                mapping(new ErrorHandling(-1, 60, false, false, "dead")), at.function(records -> answer.get()));
        at.turn(trigger, () -> count(trigger, "unavailable") > 2);
        at.nowMillis += 31_000;
        at.turn(trigger, () -> !at.deadLetters().isEmpty());
        assertThat(at.deadSequenceNumbers()).isEqualTo(old);
        assertThat(at.deadLetters()
                        .get(0)
                        .path("requestContext")
                        .path("condition")
                        .asText())
                .isEqualTo("MaximumRecordAgeExceeded");
        assertThat(at.deadLetters().get(0).path("responseContext").has("statusCode"))
                .isFalse();
        answer.set(ok());
        at.turn(trigger, () -> at.done.equals(young));
    }

    @Test
    void recordsThatWereTooOldFromTheStartAreNotTried() {
        List<String> old = at.write(0, 2);
        at.nowMillis += 61_000;
        Trigger trigger =
                at.trigger(mapping(new ErrorHandling(-1, 60, false, false, "dead")), at.function(records -> ok()));
        at.turn(trigger, () -> !at.deadLetters().isEmpty());
        assertThat(at.deadSequenceNumbers()).isEqualTo(old);
        assertThat(at.deadLetters().get(0).has("responseContext")).isFalse();
        assertThat(at.deadLetters()
                        .get(0)
                        .path("requestContext")
                        .path("approximateInvokeCount")
                        .asInt())
                .isZero();
        assertThat(count(trigger, "invocations")).isZero();
    }

    @Test
    void aPartitionThatStandsStillKeepsNoOtherWaitingAndFillsNoMemory() {
        String stuck = at.write(0);
        at.write(0, 5_000);
        List<String> others = at.write(1, 3_000);
        Trigger trigger =
                at.trigger(mapping(PATIENT), at.function(records -> records.contains(stuck) ? error() : ok()));
        at.turn(trigger, () -> at.done.size() == others.size());
        assertThat(at.done).isEqualTo(others);
        at.turn(trigger, () -> count(trigger, "read") >= 4_000);
        for (int i = 0; i < 1_000; i++) {
            trigger.turn();
        }
        assertThat(count(trigger, "read")).isLessThan(3_000 + 2_500);
    }

    @Test
    void aRecordThatCannotBeReadStopsItsPartitionAndNoOther() {
        List<String> before = at.write(0, 2);
        at.append(0, TriggerFixture.json("{\"not\": \"a change\"}"), "3");
        at.write(0, 2);
        List<String> others = at.write(1, 2);
        Trigger trigger = at.trigger(mapping(PATIENT), at.function(records -> ok()));
        at.turn(trigger, () -> at.done.size() == 4);
        at.turnUntilIdle(trigger);
        assertThat(at.done).hasSize(4).containsAll(before).containsAll(others);
        assertThat(trigger.status().state()).isEqualTo(State.ALARM);
        assertThat(committed().get(new TopicPartition(TOPIC, 0))).isEqualTo(2);
    }

    @Test
    void latestBeginsWithWhatIsWrittenFromNowOnAlsoAfterARestart() {
        EventSourceMapping latest =
                mapping(StartingPosition.LATEST, new Batching(10, 0), PATIENT, EventFilter.EVERYTHING);
        at.write(0, 5);
        Trigger trigger = at.trigger(latest, at.function(records -> ok()));
        at.turnUntilIdle(trigger);
        at.stop(trigger);
        String meanwhile = at.write(0);
        Trigger successor = at.trigger(latest, at.function(records -> ok()));
        at.turnUntilIdle(successor);
        assertThat(at.done).containsExactly(meanwhile);
    }

    @Test
    void atTimestampBeginsThere() {
        at.write(0, 3);
        at.nowMillis += 1_000;
        EventSourceMapping from = mapping(
                new StartingPosition(StartingPosition.Kind.AT_TIMESTAMP, at.nowMillis),
                new Batching(10, 0),
                PATIENT,
                EventFilter.EVERYTHING);
        List<String> later = at.write(0, 3);
        Trigger trigger = at.trigger(from, at.function(records -> ok()));
        at.turnUntilIdle(trigger);
        assertThat(at.done).isEqualTo(later);
    }

    @Test
    void aTopicThatIsNotThereYetIsWaitedForAndReadFromItsBeginning() {
        at.bus.deleteTopic(TOPIC);
        EventSourceMapping latest =
                mapping(StartingPosition.LATEST, new Batching(10, 0), PATIENT, EventFilter.EVERYTHING);
        Trigger trigger = at.trigger(latest, at.function(records -> ok()));
        at.turnUntilIdle(trigger);
        assertThat(trigger.status().state()).isEqualTo(State.WAITING);
        at.bus.ensureTopic(new TopicSpec(TOPIC, 3, 1_000_000, false));
        List<String> first = at.write(2, 2);
        at.nowMillis += 1_000;
        at.turn(trigger, () -> at.done.equals(first));
    }

    @Test
    void partitionsThatComeLaterAreRead() {
        at.bus.deleteTopic(TOPIC);
        at.bus.ensureTopic(new TopicSpec(TOPIC, 1, 1_000_000, false));
        EventSourceMapping latest =
                mapping(StartingPosition.LATEST, new Batching(10, 0), PATIENT, EventFilter.EVERYTHING);
        Trigger trigger = at.trigger(latest, at.function(records -> ok()));
        at.turnUntilIdle(trigger);
        at.bus.deleteTopic(TOPIC);
        at.bus.ensureTopic(new TopicSpec(TOPIC, 2, 1_000_000, false));
        List<String> first = at.write(1, 2);
        at.nowMillis += 30_000;
        at.turn(trigger, () -> at.done.equals(first));
    }

    @Test
    void whatKafkaLetGoOfIsCounted() {
        Trigger trigger = at.trigger(mapping(PATIENT), at.function(records -> ok()));
        at.write(0, 2);
        at.turnUntilIdle(trigger);
        at.stop(trigger);
        at.write(0, 5);
        at.bus.trim(new TopicPartition(TOPIC, 0), 6);
        Trigger successor = at.trigger(mapping(PATIENT), at.function(records -> ok()));
        at.turnUntilIdle(successor);
        assertThat(at.done).hasSize(3);
        assertThat(count(successor, "expired")).isEqualTo(4);
    }

    @Test
    void aStopFinishesTheBatchInHandAndBeginsNoOther() {
        List<String> all = at.write(0, 20);
        CompletableFuture<FunctionAnswer> answer = new CompletableFuture<>();
        List<List<String>> calls = new CopyOnWriteArrayList<>();
        Trigger trigger = at.trigger(mapping(PATIENT), at.endpoint(event -> {
            calls.add(sequenceNumbers(event));
            return answer;
        }));
        at.turn(trigger, () -> calls.size() == 1);
        CompletableFuture<Boolean> stopped = trigger.stop().toCompletableFuture();
        at.turnUntilIdle(trigger);
        assertThat(stopped).isNotDone();
        answer.complete(ok());
        at.turn(trigger, stopped::isDone);
        assertThat(calls).containsExactly(all.subList(0, 10));
        assertThat(committed().get(new TopicPartition(TOPIC, 0))).isEqualTo(10);
        assertThat(trigger.status().state()).isEqualTo(State.STOPPED);
    }

    @Test
    void aStopDoesNotWaitForAFunctionThatFails() {
        at.write(0, 3);
        Trigger trigger = at.trigger(mapping(PATIENT), at.function(records -> error()));
        at.turn(trigger, () -> count(trigger, "failures") > 1);
        at.stop(trigger);
        assertThat(committed().get(new TopicPartition(TOPIC, 0))).isZero();
    }

    @Test
    void whileKafkaIsAwayNothingIsLost() {
        List<String> all = at.write(0, 5);
        Trigger trigger = at.trigger(mapping(PATIENT), at.function(records -> {
            at.bus.down();
            return ok();
        }));
        at.turn(trigger, () -> at.done.equals(all));
        at.turn(trigger, () -> trigger.status().state() == State.WAITING);
        CompletableFuture<Boolean> stopped = trigger.stop().toCompletableFuture();
        for (int i = 0; i < 100; i++) {
            at.nowMillis += 100;
            trigger.turn();
        }
        assertThat(stopped).isNotDone();
        at.bus.up();
        at.turn(trigger, () -> {
            at.nowMillis += 100;
            return stopped.isDone();
        });
        assertThat(committed().get(new TopicPartition(TOPIC, 0))).isEqualTo(5);
    }
}
