package dev.meridian.streams.triggers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic for records that were given up: each batch as the document that Lambda sends to an on-failure destination, with
 * the event itself as {@code payload}. A batch may be there twice, with the same {@code requestId}.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html">Retain discarded records for a
 *     DynamoDB event source</a>
 */
final class DeadLetters implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** As long as Amazon SQS keeps a message at most. */
    private static final Duration RETENTION = Duration.ofDays(14);

    private final EventSourceMapping mapping;
    private final String functionName;
    private final String topic;
    private final OrderedBus bus;
    private final Retries retries;
    private final InstantSource clock;
    private CompletionStage<?> last = CompletableFuture.completedFuture(null);
    private @Nullable BusWriter writer;
    private boolean closed;

    /** Why records were given up. The names on the wire are Lambda's. */
    enum Condition {
        RETRY_ATTEMPTS_EXHAUSTED("RetryAttemptsExhausted"),
        MAXIMUM_RECORD_AGE_EXCEEDED("MaximumRecordAgeExceeded");

        private final String wireName;

        Condition(String wireName) {
            this.wireName = wireName;
        }

        String wireName() {
            return wireName;
        }
    }

    DeadLetters(
            EventSourceMapping mapping,
            String functionName,
            String topic,
            OrderedBus bus,
            Retries retries,
            InstantSource clock) {
        this.mapping = mapping;
        this.functionName = functionName;
        this.topic = topic;
        this.bus = bus;
        this.retries = retries;
        this.clock = clock;
    }

    /** Completes when the batch is in the topic, and not before; one after the other. */
    synchronized CompletionStage<List<Long>> send(Condition condition, Batch batch, TopicPartition from) {
        Bytes value = Bytes.wrap(document(condition, batch, from));
        TreeMap<String, String> headers = new TreeMap<>();
        headers.put("trigger", mapping.name());
        headers.put("condition", condition.wireName());
        headers.put("topic", from.topic());
        headers.put("partition", Integer.toString(from.partition()));
        headers.put("first-offset", Long.toString(batch.first().offset()));
        headers.put("last-offset", Long.toString(batch.last().offset()));
        CompletionStage<List<Long>> sent = last.handle((before, failure) -> before)
                .thenCompose(before -> retries.untilDone(
                        mapping.name() + "-dead-letters",
                        failure -> againAfter(failure),
                        () -> append(value, headers)));
        last = sent;
        return sent;
    }

    private CompletionStage<List<Long>> append(Bytes value, TreeMap<String, String> headers) {
        BusRecord record = BusRecord.outgoing(new TopicPartition(topic, 0), clock.millis(), null, value, headers);
        return open().thenCompose(open -> open.append(List.of(record)));
    }

    private synchronized CompletionStage<BusWriter> open() {
        BusWriter known = writer;
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        BusWriter made = bus.writer("triggers." + mapping.name(), Fencing.NONE);
        writer = made;
        return bus.ensureTopic(new TopicSpec(topic, 1, RETENTION.toMillis(), false))
                .thenCompose(unused -> made.open())
                .thenApply(unused -> made);
    }

    /** A writer that failed once is of no use any more. */
    private synchronized boolean againAfter(Throwable failure) {
        BusWriter failed = writer;
        writer = null;
        if (failed != null) {
            failed.close();
        }
        if (!closed) {
            LOG.warn("{}: dead letters cannot be written to {}: {}", mapping.name(), topic, failure.getMessage());
        }
        return !closed;
    }

    private byte[] document(Condition condition, Batch batch, TopicPartition from) {
        FunctionAnswer answer = batch.answer();
        ObjectNode document = JSON.createObjectNode();
        document.putObject("requestContext")
                .put("requestId", requestId(batch, from))
                .put("functionArn", functionName)
                .put("condition", condition.wireName())
                .put("approximateInvokeCount", batch.invocations());
        if (answer != null) {
            ObjectNode response = document.putObject("responseContext");
            answer.httpStatus().ifPresent(status -> response.put("statusCode", status));
            response.put("executedVersion", "$LATEST");
            response.put("functionError", answer.line());
        }
        document.put("version", "1.0");
        document.put("timestamp", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        document.putObject("DDBStreamBatchInfo")
                .put("shardId", from.toString())
                .put("startSequenceNumber", batch.first().sequenceNumber())
                .put("endSequenceNumber", batch.last().sequenceNumber())
                .put("approximateArrivalOfFirstRecord", arrival(batch.first()))
                .put("approximateArrivalOfLastRecord", arrival(batch.last()))
                .put("batchSize", batch.size())
                .put("streamArn", mapping.source().arn());
        document.put("payload", new String(batch.event(), StandardCharsets.UTF_8));
        try {
            return JSON.writeValueAsBytes(document);
        } catch (JsonProcessingException inMemory) {
            throw new AssertionError(inMemory);
        }
    }

    /** The same for the same records, so that a second copy is known. */
    private String requestId(Batch batch, TopicPartition from) {
        String id = mapping.name() + "/" + from + "/" + batch.first().offset() + "/"
                + batch.last().offset();
        return UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private static String arrival(LambdaRecord record) {
        return Instant.ofEpochMilli(record.committedMillis())
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }

    @Override
    public synchronized void close() {
        closed = true;
        BusWriter open = writer;
        if (open != null) {
            open.close();
        }
    }
}
