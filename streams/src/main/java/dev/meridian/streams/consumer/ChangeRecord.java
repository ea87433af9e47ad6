package dev.meridian.streams.consumer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Cause;
import dev.meridian.streams.CreationTime;
import dev.meridian.streams.Headers;
import dev.meridian.streams.SequenceNumber;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One change of one item, as a region's stream topic has it; {@code streams/CONTRACT.md} describes each part.
 *
 * @param region whose topic it was read from: where it was applied, not necessarily made
 * @param sequence its place among the changes of that region; says nothing in another region
 * @param version when and where it was made; the same in every region's topic, and rising for each item
 * @param transactionId the same on all changes of a DynamoDB transaction; null outside of one
 * @param committedMillis when that region committed it, milliseconds since 1970
 * @param key the item's key as canonical JSON: equal for equal keys, in every region
 * @param newImage the item afterwards; null for a removal
 * @param oldImage the item before, in that region; null if there was none
 */
public record ChangeRecord(
        RegionId region,
        int partition,
        long offset,
        TableId tableId,
        String table,
        Event event,
        Cause cause,
        Version version,
        SequenceNumber sequence,
        @Nullable UUID transactionId,
        long committedMillis,
        String eventId,
        String key,
        Item keys,
        @Nullable Item newImage,
        @Nullable Item oldImage) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The names on the wire. */
    public enum Event {
        INSERT,
        MODIFY,
        REMOVE
    }

    /** The region where the write was made. */
    public RegionId origin() {
        return version.region();
    }

    /** @throws IllegalArgumentException if the record is not as the contract says */
    public static ChangeRecord of(BusRecord record) {
        Bytes key = record.key();
        Bytes value = record.value();
        if (key == null || value == null) {
            throw new IllegalArgumentException(place(record) + ": a change has a key and a value");
        }
        try {
            JsonNode body = JSON.readTree(value.toArray());
            JsonNode change = body.path("dynamodb");
            String transaction = record.headers().get(Headers.TRANSACTION_ID);
            return new ChangeRecord(
                    new RegionId(body.path("awsRegion").asText()),
                    record.at().partition(),
                    record.offset(),
                    TableId.parse(header(record, Headers.TABLE_ID)),
                    body.path("tableName").asText(),
                    Event.valueOf(body.path("eventName").asText()),
                    Cause.named(header(record, Headers.CAUSE)),
                    Headers.version(header(record, Headers.VERSION)),
                    new SequenceNumber(Long.parseLong(header(record, Headers.SEQUENCE))),
                    transaction == null ? null : UUID.fromString(transaction),
                    CreationTime.millis(change),
                    body.path("eventID").asText(),
                    new String(key.toArray(), StandardCharsets.UTF_8),
                    AttributeJson.readItem(change.path("Keys")),
                    image(change, "NewImage"),
                    image(change, "OldImage"));
        } catch (JsonProcessingException | IllegalArgumentException wrong) {
            throw new IllegalArgumentException(place(record) + ": " + wrong.getMessage(), wrong);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
    }

    private static @Nullable Item image(JsonNode change, String name) {
        return change.has(name) ? AttributeJson.readItem(change.path(name)) : null;
    }

    private static String header(BusRecord record, String name) {
        String value = record.headers().get(name);
        if (value == null) {
            throw new IllegalArgumentException("the header '" + name + "' is missing");
        }
        return value;
    }

    private static String place(BusRecord record) {
        return record.at() + " at " + record.offset();
    }
}
