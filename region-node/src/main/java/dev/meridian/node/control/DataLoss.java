package dev.meridian.node.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that had been acknowledged or published and cannot be had again, or may be lacking.
 *
 * @param atMillis when it was found, milliseconds since 1970
 * @param table whose, if it concerns one
 * @param key of the item, as DynamoDB writes it, if it is known
 * @param what for people
 */
public record DataLoss(
        long atMillis, @Nullable String table, @Nullable String key, String what) {
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** As a log says it. */
    @Override
    public String toString() {
        return (table == null ? "" : "table " + table + ": ") + (key == null ? "" : "item " + key + ": ") + what;
    }

    Bytes encode() {
        ObjectNode json = JSON.createObjectNode().put("format", FORMAT).put("at", atMillis);
        json.put("table", table).put("key", key).put("what", what);
        try {
            return Bytes.wrap(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static DataLoss decode(Bytes bytes) {
        try {
            JsonNode json = JSON.readTree(bytes.toArray());
            return new DataLoss(
                    json.path("at").asLong(),
                    json.path("table").textValue(),
                    json.path("key").textValue(),
                    json.path("what").asText());
        } catch (IOException broken) {
            throw new IllegalArgumentException("a data loss that is no JSON", broken);
        }
    }

    void write(ObjectNode json) {
        json.put("at", Instant.ofEpochMilli(atMillis).toString());
        if (table != null) {
            json.put("table", table);
        }
        if (key != null) {
            json.put("key", key);
        }
        json.put("what", what);
    }
}
