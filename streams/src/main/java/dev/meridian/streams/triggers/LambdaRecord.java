package dev.meridian.streams.triggers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.CreationTime;
import dev.meridian.streams.Headers;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.SequenceNumbers;
import java.io.IOException;

/**
 * One element of {@code Records} in the event that Lambda calls a function with.
 *
 * @param offset in the stream topic
 * @param sequenceNumber as the event has it
 * @param committedMillis when the region committed the change, milliseconds since 1970
 */
record LambdaRecord(long offset, String sequenceNumber, long committedMillis, Bytes json) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MILLIS_PER_SECOND = 1_000;

    /** Each change is in the topic with both. */
    private static final String VIEW_TYPE = "NEW_AND_OLD_IMAGES";

    /**
     * The record as Lambda's event has it.
     *
     * @throws IllegalArgumentException if the topic's record is not as its contract says
     */
    static ObjectNode event(BusRecord record, String sourceArn) {
        Bytes value = record.value();
        String sequence = record.headers().get(Headers.SEQUENCE);
        if (value == null || sequence == null) {
            throw new IllegalArgumentException("a change has a value and a header '" + Headers.SEQUENCE + "'");
        }
        JsonNode body = parse(value);
        JsonNode change = body.path("dynamodb");
        if (!change.isObject()) {
            throw new IllegalArgumentException("the value has no 'dynamodb'");
        }
        ObjectNode event = JSON.createObjectNode();
        event.put("eventID", body.path("eventID").asText().replace("-", ""));
        event.put("eventName", body.path("eventName").asText());
        event.put("eventVersion", "1.1");
        event.put("eventSource", "aws:dynamodb");
        event.put("awsRegion", body.path("awsRegion").asText());
        ObjectNode dynamodb = event.putObject("dynamodb");
        dynamodb.put("ApproximateCreationDateTime", CreationTime.millis(change) / MILLIS_PER_SECOND);
        for (String part : new String[] {"Keys", "NewImage", "OldImage"}) {
            if (change.has(part)) {
                dynamodb.set(part, change.path(part));
            }
        }
        dynamodb.put("SequenceNumber", SequenceNumbers.format(new SequenceNumber(Long.parseLong(sequence))));
        dynamodb.set("SizeBytes", change.path("SizeBytes"));
        dynamodb.put("StreamViewType", VIEW_TYPE);
        if (body.path("userIdentity").isObject()) {
            event.set("userIdentity", body.path("userIdentity"));
        }
        event.put("eventSourceARN", sourceArn);
        return event;
    }

    static LambdaRecord of(BusRecord record, ObjectNode event) {
        try {
            return new LambdaRecord(
                    record.offset(),
                    event.path("dynamodb").path("SequenceNumber").asText(),
                    record.timestampMillis(),
                    Bytes.wrap(JSON.writeValueAsBytes(event)));
        } catch (JsonProcessingException inMemory) {
            throw new AssertionError(inMemory);
        }
    }

    private static JsonNode parse(Bytes json) {
        try {
            return JSON.readTree(json.toArray());
        } catch (IOException wrong) {
            throw new IllegalArgumentException("the value is not JSON", wrong);
        }
    }
}
