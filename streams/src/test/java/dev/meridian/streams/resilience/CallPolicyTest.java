package dev.meridian.streams.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CallPolicyTest {
    private static final TopicPartition AT = new TopicPartition("topic", 0);

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger asked = new AtomicInteger();
    private long nowMillis = 1_000_000;
    private final InstantSource clock = () -> Instant.ofEpochMilli(nowMillis);
    private final CallPolicy policy = new CallPolicy("there", clock);

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private CompletionStage<String> silent() {
        asked.incrementAndGet();
        return CompletableFuture.failedFuture(new BusUnavailableException("silence", new IllegalStateException()));
    }

    private CompletionStage<String> answer() {
        asked.incrementAndGet();
        return CompletableFuture.completedFuture("answer");
    }

    private String call(java.util.function.Supplier<CompletionStage<String>> attempt) {
        return policy.call(executor, "a call", attempt).toCompletableFuture().join();
    }

    @Test
    void aCallThatFailsInPassingIsMadeAgain() {
        assertThat(call(() -> asked.get() == 0 ? silent() : answer())).isEqualTo("answer");
        assertThat(asked).hasValue(2);
        assertThat(policy.circuit()).isEqualTo("CLOSED");
    }

    @Test
    void aRefusalIsAnAnswer() {
        for (int i = 1; i <= 10; i++) {
            assertThatThrownBy(() -> call(() -> {
                        asked.incrementAndGet();
                        return CompletableFuture.failedFuture(new IllegalArgumentException("no such topic"));
                    }))
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOf(BusUnavailableException.class)
                    .hasMessage("a call: no such topic");
            assertThat(asked).hasValue(i);
        }
        assertThat(policy.circuit()).isEqualTo("CLOSED");
    }

    @Test
    void aSilentClusterIsLeftAloneThenTriedOnceAndTakenUpAgain() {
        assertThatThrownBy(() -> call(this::silent)).hasMessageContaining("has not answered lately");
        assertThat(policy.circuit()).isEqualTo("OPEN");
        int before = asked.get();
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> call(this::answer)).hasMessageContaining("has not answered lately");
        }
        assertThat(asked).hasValue(before);

        nowMillis += 501;
        assertThatThrownBy(() -> call(this::silent)).hasMessageContaining("has not answered lately");
        assertThat(asked).as("one that tries").hasValue(before + 1);
        nowMillis += 500;
        assertThatThrownBy(() -> call(this::answer))
                .as("it is left alone for longer")
                .isNotNull();
        assertThat(asked).hasValue(before + 1);

        nowMillis += 1_500;
        assertThat(call(this::answer)).isEqualTo("answer");
        assertThat(policy.circuit()).isEqualTo("CLOSED");
    }

    @Test
    void moreCallsThanAreMadeAtATimeStandInLine() {
        List<CompletionStage<String>> calls = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            calls.add(policy.call(executor, "a call", this::answer));
        }
        assertThat(asked.get()).as("made at once").isLessThan(120);
        calls.forEach(made -> assertThat(made.toCompletableFuture().join()).isEqualTo("answer"));
        assertThat(asked).hasValue(120);
    }

    @Test
    void aDutyWaitsLongerWhileItGoesOnFailingAndNotAtAllOnceItSucceeds() {
        Pace pace = policy.pace();
        assertThat(pace.isDue()).isTrue();
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            pace.failed(new IllegalStateException());
            long from = nowMillis;
            while (!pace.isDue()) {
                nowMillis++;
            }
            pauses.add(nowMillis - from);
        }
        assertThat(pauses).containsExactly(250L, 500L, 1_000L, 1_000L, 1_000L);
        pace.succeeded();
        assertThat(pace.isDue()).isTrue();
        pace.failed(new IllegalStateException());
        nowMillis += 249;
        assertThat(pace.isDue()).isFalse();
        nowMillis -= 3_600_000;
        assertThat(pace.isDue()).as("after the clock was set back").isTrue();
    }

    @Test
    void aDutyDoesNotTryWhileTheCircuitIsOpen() {
        Pace pace = policy.pace();
        pace.failed(new IllegalStateException());
        nowMillis += 250;
        assertThatThrownBy(() -> call(this::silent)).isNotNull();
        assertThat(pace.isDue()).isFalse();
        nowMillis += 499;
        assertThat(pace.isDue()).isFalse();
        nowMillis += 101;
        assertThat(pace.isDue()).isTrue();
        assertThat(call(this::answer)).as("it took no permission for itself").isEqualTo("answer");
    }

    @Test
    void aReaderAsksNothingWhileTheCircuitIsOpen() {
        MemoryBus bus = new MemoryBus();
        bus.ensureTopic(new TopicSpec(AT.topic(), 1, 0, false));
        GuardedReader reader = new GuardedReader(bus.reader(Isolation.UNCOMMITTED), policy);
        reader.follow(Map.of(AT, 0L));
        turn(reader, 3_000);
        assertThat(policy.circuit()).isEqualTo("CLOSED");
        bus.down();
        turn(reader, 10_000);
        assertThat(policy.isOpen()).isTrue();
        while (!policy.circuit().equals("OPEN")) {
            turn(reader, 10);
        }

        bus.up();
        assertThat(reader.isConnected()).isFalse();
        long from = nowMillis;
        while (!reader.isConnected()) {
            turn(reader, 10);
        }
        assertThat(nowMillis - from).isBetween(500L, 2_200L);
        turn(reader, 10);
        assertThat(policy.circuit()).isEqualTo("CLOSED");
    }

    @Test
    void nothingIsAskedAndNothingTakenWhileALinkIsCut() {
        MemoryBus bus = new MemoryBus();
        bus.ensureTopic(new TopicSpec(AT.topic(), 1, 0, false));
        GuardedReader reader = new GuardedReader(bus.reader(Isolation.UNCOMMITTED), policy);
        reader.follow(Map.of(AT, 0L));
        turn(reader, 500);
        assertThat(reader.isConnected()).isTrue();
        BusWriter writer = bus.writer("writer", Fencing.NONE);
        writer.open().toCompletableFuture().join();
        writer.append(List.of(BusRecord.outgoing(AT, nowMillis, null, Bytes.wrap(new byte[] {1}), new TreeMap<>())))
                .toCompletableFuture()
                .join();

        policy.cut(true);
        turn(reader, 10_000);
        assertThat(reader.isConnected()).isFalse();
        assertThat(policy.circuit()).isEqualTo("FORCED_OPEN");
        assertThat(policy.isOpen()).isTrue();
        assertThatThrownBy(() -> call(this::answer)).hasCauseInstanceOf(BusUnavailableException.class);
        assertThat(asked).hasValue(0);

        policy.cut(false);
        assertThat(policy.circuit()).isEqualTo("CLOSED");
        assertThat(reader.poll(10)).hasSize(1);
        assertThat(call(this::answer)).isEqualTo("answer");
    }

    @Test
    void toMendWhatIsNotCutChangesNothing() {
        assertThatThrownBy(() -> call(this::silent)).isNotNull();
        assertThat(policy.circuit()).isEqualTo("OPEN");
        policy.cut(false);
        assertThat(policy.circuit()).isEqualTo("OPEN");
    }

    @Test
    void aReaderThatIsClosedGivesBackItsPermission() {
        MemoryBus bus = new MemoryBus();
        bus.down();
        GuardedReader reader = new GuardedReader(bus.reader(Isolation.UNCOMMITTED), policy);
        while (!policy.isTrying()) {
            turn(reader, 10);
        }
        assertThat(policy.begin()).isFalse();
        reader.close();
        assertThat(policy.begin()).isTrue();
    }

    private void turn(GuardedReader reader, long forMillis) {
        long until = nowMillis + forMillis;
        while (nowMillis < until) {
            assertThat(reader.poll(10)).isEmpty();
            nowMillis += 10;
        }
    }
}
