package dev.meridian.streams.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.embedded.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailReaderTest {
    private static final TopicPartition AT = new TopicPartition("looked-at", 0);

    @TempDir
    Path folder;

    /** A look waits for a broker that is away until its time is up; a region that ends does not wait for that. */
    @Test
    void aLookThatWaitsForItsBrokerEndsWithItsReader() throws Exception {
        EmbeddedBroker broker =
                new EmbeddedBroker(new EmbeddedBroker.Config("tail", folder.resolve("kafka"), "127.0.0.1", 0));
        KafkaBus.Config config = new KafkaBus.Config("hasty", broker.bootstrap(), new TreeMap<>());
        TopicId topic;
        try (KafkaBus bus = new KafkaBus(config)) {
            KafkaWriterTest.get(bus.ensureTopic(new TopicSpec(AT.topic(), 1, 3_600_000, false)));
            topic = Objects.requireNonNull(
                    KafkaWriterTest.get(bus.topicIds(List.of(AT.topic()))).get(AT.topic()));
        }
        TailReader tails = new TailReader(config);
        assertThat(KafkaWriterTest.get(tails.tail(AT, topic, record -> true)).end())
                .isZero();
        broker.close();
        CompletionStage<Tail> waiting = tails.tail(AT, topic, record -> true);
        awaitAsked();
        CompletionStage<Tail> behind = tails.tail(AT, topic, record -> true);
        tails.close();
        for (CompletionStage<Tail> look : List.of(waiting, behind)) {
            assertThatThrownBy(() -> KafkaWriterTest.get(look)).hasCauseInstanceOf(WakeupException.class);
        }
        KafkaWriterTest.awaitNoThread("hasty");
    }

    private static void awaitAsked() throws InterruptedException {
        long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!isAsking() && System.nanoTime() < until) {
            Thread.sleep(5);
        }
        assertThat(isAsking()).isTrue();
    }

    private static boolean isAsking() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().equals("hasty-tail"))
                .flatMap(thread -> Arrays.stream(thread.getValue()))
                .anyMatch(call -> call.getMethodName().equals("beginningOffsets"));
    }
}
