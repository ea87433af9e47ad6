package dev.meridian.streams;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.Version;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A conflict as JSON, for people and tools: in the topic and on the page. */
public final class ConflictFormat {
    /** Fields may be added under the same number. */
    private static final int FORMAT = 1;

    private ConflictFormat() {}

    /** Keyed by the item's key, as the stream's records are. */
    static BusRecord record(Conflict conflict, TopicPartition to) {
        TreeMap<String, String> headers = new TreeMap<>();
        headers.put(Headers.SEQUENCE, Long.toString(conflict.id()));
        headers.put(Headers.TABLE_ID, conflict.tableId().toString());
        headers.put(Headers.WINNER, text(conflict.winner().version()));
        headers.put(Headers.LOSER, text(conflict.loser().version()));
        return BusRecord.outgoing(
                to,
                conflict.detectedMillis(),
                Bytes.wrap(AttributeJson.json(conflict.keys())),
                JsonBytes.of(0, out -> write(conflict, out)),
                headers);
    }

    static boolean isSame(Conflict conflict, SortedMap<String, String> headers) {
        return conflict.tableId().toString().equals(headers.get(Headers.TABLE_ID))
                && text(conflict.winner().version()).equals(headers.get(Headers.WINNER))
                && text(conflict.loser().version()).equals(headers.get(Headers.LOSER));
    }

    public static void write(Conflict conflict, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeNumberField("format", FORMAT);
        out.writeNumberField("id", conflict.id());
        out.writeStringField("region", conflict.region().value());
        out.writeNumberField("detectedMillis", conflict.detectedMillis());
        out.writeStringField(
                "detectedAt", Instant.ofEpochMilli(conflict.detectedMillis()).toString());
        out.writeStringField("table", conflict.table());
        out.writeStringField("tableId", conflict.tableId().toString());
        out.writeFieldName("key");
        AttributeJson.write(conflict.keys(), out);
        write("winner", conflict.winner(), out);
        write("loser", conflict.loser(), out);
        out.writeArrayFieldStart("differs");
        for (String name : differs(conflict)) {
            out.writeString(name);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void write(String field, Conflict.Write write, JsonGenerator out) throws IOException {
        Version version = write.version();
        out.writeObjectFieldStart(field);
        out.writeStringField("version", text(version));
        out.writeStringField("region", version.region().value());
        out.writeStringField(
                "writtenAt", Instant.ofEpochMilli(version.time().millis()).toString());
        Bytes image = write.image();
        out.writeBooleanField("deleted", image == null);
        if (image != null) {
            out.writeFieldName("image");
            AttributeJson.write(image.asBuffer(), out);
        }
        out.writeEndObject();
    }

    /** The names of the attributes that are not equal; none if both deleted the item, or wrote the same. */
    static List<String> differs(Conflict conflict) {
        SortedMap<String, AttributeValue> winner = attributes(conflict.winner().image());
        SortedMap<String, AttributeValue> loser = attributes(conflict.loser().image());
        TreeSet<String> names = new TreeSet<>(winner.keySet());
        names.addAll(loser.keySet());
        names.removeIf(name -> Objects.equals(winner.get(name), loser.get(name)));
        return List.copyOf(names);
    }

    private static SortedMap<String, AttributeValue> attributes(@Nullable Bytes image) {
        Item item = image == null ? new Item(new TreeMap<>()) : ItemCodec.decode(image.asBuffer());
        return item.attributes();
    }

    /** Clock bits in hexadecimal, {@code @}, region; as in headers. */
    public static String text(Version version) {
        return Headers.text(version);
    }
}
