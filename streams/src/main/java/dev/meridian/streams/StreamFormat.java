package dev.meridian.streams;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import java.io.IOException;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * For consumers: the JSON that Kinesis Data Streams for DynamoDB delivers, keyed by the item's key as JSON.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html">Kinesis Data Streams for
 *     DynamoDB</a>
 */
final class StreamFormat implements RecordFormat {
    private final RegionId region;

    StreamFormat(RegionId region) {
        this.region = region;
    }

    @Override
    public BusRecord format(Change change, ChangePartition partition, TopicPartition to, Life life, RecordLink after) {
        Item keys = change.key().toItem(partition.schema());
        byte[] keysJson = AttributeJson.json(keys);
        Bytes key = Bytes.wrap(keysJson);
        Bytes value = JsonBytes.of(
                length(change.newImage()) + length(change.oldImage()),
                out -> write(change, partition, keysJson, keys.sizeBytes(), out));
        TreeMap<String, String> headers = Headers.of(change, life, after);
        Recognition.mark(RecordKind.EVENT, key, value, headers);
        return BusRecord.outgoing(to, change.committedMillis(), key, value, headers);
    }

    private void write(Change change, ChangePartition partition, byte[] keys, int keysSize, JsonGenerator out)
            throws IOException {
        out.writeStartObject();
        out.writeStringField("awsRegion", region.value());
        out.writeStringField("eventID", StreamEvent.id(region, change).toString());
        out.writeStringField("eventName", StreamEvent.name(change));
        out.writeFieldName("userIdentity");
        writeIdentity(change.cause(), out);
        out.writeStringField("recordFormat", "application/json");
        out.writeStringField("tableName", partition.table());
        out.writeObjectFieldStart("dynamodb");
        out.writeNumberField("ApproximateCreationDateTime", change.committedAt());
        out.writeStringField(
                "ApproximateCreationDateTimePrecision", change.inMicroseconds() ? "MICROSECOND" : "MILLISECOND");
        out.writeFieldName("Keys");
        out.writeRawValue(new RawJson(keys));
        int size = keysSize;
        size += writeImage("NewImage", change.newImage(), out);
        size += writeImage("OldImage", change.oldImage(), out);
        out.writeNumberField("SizeBytes", size);
        out.writeEndObject();
        out.writeStringField("eventSource", "aws:dynamodb");
        out.writeEndObject();
    }

    private static void writeIdentity(Cause cause, JsonGenerator out) throws IOException {
        if (cause != Cause.TTL) {
            out.writeNull();
            return;
        }
        out.writeStartObject();
        out.writeStringField("principalId", "dynamodb.amazonaws.com");
        out.writeStringField("type", "Service");
        out.writeEndObject();
    }

    private static int length(@Nullable Bytes image) {
        return image == null ? 0 : image.length();
    }

    /** @return the image's size by DynamoDB's rules */
    private static int writeImage(String field, @Nullable Bytes image, JsonGenerator out) throws IOException {
        if (image == null) {
            return 0;
        }
        out.writeFieldName(field);
        return AttributeJson.write(image.asBuffer(), out);
    }
}
