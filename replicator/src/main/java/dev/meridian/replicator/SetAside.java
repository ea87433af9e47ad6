package dev.meridian.replicator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record that no Meridian wrote, found in a topic of a region: it was passed over, and its bytes are kept until an
 * operator has seen them.
 *
 * @param topic which topic it was in; null if that is not known
 * @param timestampMillis that its writer gave it, milliseconds since 1970
 * @param key the first {@link #BYTES_MAX} bytes
 * @param keyBytes the true length
 * @param value the first {@link #BYTES_MAX} bytes
 * @param valueBytes the true length
 */
public record SetAside(
        TopicPartition at,
        long offset,
        @Nullable TopicId topic,
        long timestampMillis,
        Bytes key,
        int keyBytes,
        Bytes value,
        int valueBytes) {
    /** Documents by {@link #name}. */
    public static final String SPACE = "set-aside";

    /** Documents by partition: up to where an operator has seen them. */
    public static final String SEEN = "set-aside-seen";

    /** Enough to tell who wrote it, and little enough for {@link #KEPT_MAX} of them. */
    public static final int BYTES_MAX = 64 << 10;

    /** A writer that took the topic for its own writes without end; what comes later is only counted. */
    public static final int KEPT_MAX = 100;

    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    static SetAside of(BusRecord record, @Nullable TopicId topic) {
        Bytes key = record.key() == null ? Bytes.wrap(new byte[0]) : record.key();
        Bytes value = record.value() == null ? Bytes.wrap(new byte[0]) : record.value();
        return new SetAside(
                record.at(),
                record.offset(),
                topic,
                record.timestampMillis(),
                head(key),
                key.length(),
                head(value),
                value.length());
    }

    private static Bytes head(Bytes bytes) {
        return bytes.length() <= BYTES_MAX ? bytes : Bytes.wrap(java.util.Arrays.copyOf(bytes.toArray(), BYTES_MAX));
    }

    private String name() {
        return at + "/" + offset + "/" + topic;
    }

    /** What {@link #SEEN} keeps of the last record that an operator has seen in a partition. */
    public Bytes seen() {
        return Bytes.wrap((topic + " " + offset).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private boolean isSeen(Optional<Bytes> kept) {
        String[] parts = kept.map(bytes -> new String(bytes.toArray(), java.nio.charset.StandardCharsets.UTF_8))
                .orElse("")
                .split(" ", -1);
        return parts.length == 2 && parts[0].equals(String.valueOf(topic)) && Long.parseLong(parts[1]) >= offset;
    }

    /** Keeps it, if there is room. Keeping it again changes nothing. */
    void keep(ReplicaTransaction transaction) {
        boolean isKnown =
                transaction.document(SPACE, name()).isPresent() || isSeen(transaction.document(SEEN, at.toString()));
        if (!isKnown && transaction.documents(SPACE) < KEPT_MAX) {
            transaction.document(SPACE, name(), encode());
        }
    }

    private Bytes encode() {
        ObjectNode json = JSON.createObjectNode().put("format", FORMAT);
        json.put("partitionTopic", at.topic()).put("partition", at.partition()).put("offset", offset);
        json.put("topicId", topic == null ? null : topic.toString()).put("timestamp", timestampMillis);
        json.put("keyBytes", keyBytes).put("key", key.toArray());
        json.put("valueBytes", valueBytes).put("value", value.toArray());
        try {
            return Bytes.wrap(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** @throws IllegalArgumentException if it is no record set aside */
    public static SetAside decode(Bytes bytes) {
        try {
            JsonNode json = JSON.readTree(bytes.toArray());
            String id = json.path("topicId").textValue();
            return new SetAside(
                    new TopicPartition(
                            json.path("partitionTopic").asText(),
                            json.path("partition").asInt()),
                    json.path("offset").asLong(),
                    id == null ? null : TopicId.parse(id),
                    json.path("timestamp").asLong(),
                    bytes(json, "key"),
                    json.path("keyBytes").asInt(),
                    bytes(json, "value"),
                    json.path("valueBytes").asInt());
        } catch (IOException broken) {
            throw new IllegalArgumentException("a record set aside that is no JSON", broken);
        }
    }

    private static Bytes bytes(JsonNode json, String field) throws IOException {
        byte[] bytes = json.path(field).binaryValue();
        if (bytes == null) {
            throw new IllegalArgumentException("a record set aside without " + field);
        }
        return Bytes.wrap(bytes);
    }

    /** As a page shows it: bytes in base64. */
    public void write(ObjectNode json) {
        json.put("topic", at.topic()).put("partition", at.partition()).put("offset", offset);
        json.put("timestamp", java.time.Instant.ofEpochMilli(timestampMillis).toString());
        json.put("keyBytes", keyBytes).put("key", key.toArray());
        json.put("valueBytes", valueBytes).put("value", value.toArray());
    }
}
