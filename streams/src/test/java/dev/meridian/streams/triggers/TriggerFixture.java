package dev.meridian.streams.triggers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Headers;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import dev.meridian.streams.triggers.EventSourceMapping.Batching;
import dev.meridian.streams.triggers.EventSourceMapping.ErrorHandling;
import dev.meridian.streams.triggers.EventSourceMapping.Source;
import dev.meridian.streams.triggers.EventSourceMapping.StartingPosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A stream topic in memory, a clock that is set by hand, and functions that do what a test says. */
final class TriggerFixture implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String TOPIC = "meridian.a.table.stream";
    static final String DEAD = "dead";
    static final ErrorHandling PATIENT = new ErrorHandling(-1, -1, false, false, DEAD);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long START_MILLIS = 1_000_000;

    final MemoryBus bus = new MemoryBus();
    final List<String> done = Collections.synchronizedList(new ArrayList<>());
    final List<Integer> batchSizes = Collections.synchronizedList(new ArrayList<>());
    volatile long nowMillis = START_MILLIS;

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final Retries retries = new Retries(scheduler, Duration.ofMillis(1), Duration.ofMillis(2));
    private final BusWriter writer = bus.writer("table", Fencing.FENCED);
    private long sequence;

    TriggerFixture(int partitions) {
        bus.ensureTopic(new TopicSpec(TOPIC, partitions, 1_000_000, false));
        writer.open();
    }

    /** A change of an item, whose key is its sequence number as the trigger's event has it. */
    String write(int partition) {
        return write(partition, "x");
    }

    String write(int partition, String text) {
        sequence++;
        String sequenceNumber = String.format("1%020d", sequence);
        ObjectNode value = JSON.createObjectNode();
        value.put("awsRegion", "a").put("eventID", "id-" + sequence).put("eventName", "INSERT");
        ObjectNode change = value.putObject("dynamodb").put("ApproximateCreationDateTime", nowMillis);
        change.putObject("Keys").putObject("pk").put("S", sequenceNumber);
        ObjectNode image = change.putObject("NewImage");
        image.putObject("pk").put("S", sequenceNumber);
        image.putObject("text").put("S", text);
        change.put("SizeBytes", text.length());
        append(partition, value, Long.toString(sequence));
        return sequenceNumber;
    }

    List<String> write(int partition, int count) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(write(partition));
        }
        return all;
    }

    void append(int partition, JsonNode value, String sequenceHeader) {
        TreeMap<String, String> headers = new TreeMap<>();
        headers.put(Headers.SEQUENCE, sequenceHeader);
        Bytes bytes = Bytes.wrap(value.toString().getBytes(StandardCharsets.UTF_8));
        writer.append(
                List.of(BusRecord.outgoing(new TopicPartition(TOPIC, partition), nowMillis, null, bytes, headers)));
    }

    static EventSourceMapping mapping(ErrorHandling errors) {
        return mapping(StartingPosition.TRIM_HORIZON, new Batching(10, 0), errors, EventFilter.EVERYTHING);
    }

    static EventSourceMapping mapping(
            StartingPosition start, Batching batching, ErrorHandling errors, EventFilter filter) {
        return new EventSourceMapping("t", new Source(TOPIC, "arn:stream"), start, batching, errors, filter);
    }

    Trigger trigger(EventSourceMapping mapping, FunctionEndpoint function) {
        return new Trigger(mapping, bus, function, retries, new InstantSource() {
            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(nowMillis);
            }
        });
    }

    /** A function that notes what it is given when it returns, and not when it fails. */
    FunctionEndpoint function(Function<List<String>, FunctionAnswer> does) {
        return endpoint(event -> {
            List<String> numbers = sequenceNumbers(event);
            FunctionAnswer answer = does.apply(numbers);
            if (answer.kind() == FunctionAnswer.Kind.RETURNED) {
                done.addAll(numbers);
                batchSizes.add(numbers.size());
            }
            return CompletableFuture.completedFuture(answer);
        });
    }

    FunctionEndpoint endpoint(Function<JsonNode, CompletionStage<FunctionAnswer>> does) {
        return new FunctionEndpoint() {
            @Override
            public CompletionStage<FunctionAnswer> invoke(byte[] event) {
                try {
                    return does.apply(JSON.readTree(event));
                } catch (IOException wrong) {
                    throw new UncheckedIOException(wrong);
                }
            }

            @Override
            public String name() {
                return "http://function/";
            }
        };
    }

    static FunctionAnswer ok() {
        return FunctionAnswer.of(200, null, "");
    }

    static FunctionAnswer error() {
        return FunctionAnswer.of(500, null, "boom");
    }

    static FunctionAnswer failedAt(@Nullable String sequenceNumber) {
        return FunctionAnswer.of(
                200,
                null,
                JSON.createObjectNode()
                        .set(
                                "batchItemFailures",
                                JSON.createArrayNode()
                                        .add(JSON.createObjectNode().put("itemIdentifier", sequenceNumber)))
                        .toString());
    }

    static List<String> sequenceNumbers(JsonNode event) {
        List<String> numbers = new ArrayList<>();
        event.path("Records")
                .forEach(record -> numbers.add(
                        record.path("dynamodb").path("SequenceNumber").asText()));
        return numbers;
    }

    /** What the dead-letter topic holds. */
    List<JsonNode> deadLetters() {
        return bus.records(new TopicPartition(DEAD, 0)).stream()
                .map(record -> json(new String(record.value().toArray(), StandardCharsets.UTF_8)))
                .toList();
    }

    List<String> deadSequenceNumbers() {
        return deadLetters().stream()
                .flatMap(letter -> sequenceNumbers(json(letter.path("payload").asText())).stream())
                .toList();
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException wrong) {
            throw new UncheckedIOException(wrong);
        }
    }

    /** Turns it until something holds. */
    void turn(Trigger trigger, BooleanSupplier until) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!until.getAsBoolean()) {
            if (trigger.turn() == 0) {
                Thread.onSpinWait();
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + PATIENCE + "; done: " + done.size() + "; " + trigger.status());
            }
        }
    }

    /** Turns it until it has nothing to do. For functions that answer at once and do not fail. */
    void turnUntilIdle(Trigger trigger) {
        turn(trigger, () -> trigger.turn() == 0);
    }

    /** The way it ends by Ctrl-C. */
    void stop(Trigger trigger) {
        CompletableFuture<Boolean> stopped = trigger.stop().toCompletableFuture();
        turn(trigger, stopped::isDone);
        trigger.close();
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
