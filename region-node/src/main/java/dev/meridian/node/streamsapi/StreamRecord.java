package dev.meridian.node.streamsapi;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import dev.meridian.model.ValueSize;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.SequenceNumbers;
import dev.meridian.streams.StreamEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A change as a stream shows it.
 *
 * @param newImage null if there is none, or the stream does not show it
 * @param oldImage likewise
 * @param sizeBytes of key and images shown, as DynamoDB counts items
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html">Record</a>
 */
public record StreamRecord(
        Change change,
        StreamViewType viewType,
        Item keys,
        @Nullable Bytes newImage,
        @Nullable Bytes oldImage,
        long sizeBytes) {
    private static final long MILLIS_PER_SECOND = 1000;

    static StreamRecord of(Change change, StreamDescriptor stream) {
        StreamViewType viewType = stream.viewType();
        Item keys = change.key().toItem(stream.schema());
        Bytes newImage = viewType.showsNewImage() ? change.newImage() : null;
        Bytes oldImage = viewType.showsOldImage() ? change.oldImage() : null;
        long size = keys.sizeBytes() + (long) size(newImage) + size(oldImage);
        return new StreamRecord(change, viewType, keys, newImage, oldImage, size);
    }

    private static int size(@Nullable Bytes image) {
        return image == null ? 0 : ValueSize.ofItem(image.asBuffer());
    }

    public SequenceNumber sequence() {
        return change.sequence();
    }

    public void write(RegionId region, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField(
                "eventID", StreamEvent.id(region, change).toString().replace("-", ""));
        out.writeStringField("eventName", StreamEvent.name(change));
        out.writeStringField("eventVersion", "1.1");
        out.writeStringField("eventSource", "aws:dynamodb");
        out.writeStringField("awsRegion", region.value());
        out.writeObjectFieldStart("dynamodb");
        out.writeNumberField("ApproximateCreationDateTime", change.committedMillis() / MILLIS_PER_SECOND);
        out.writeFieldName("Keys");
        AttributeJson.write(keys, out);
        writeImage("NewImage", newImage, out);
        writeImage("OldImage", oldImage, out);
        out.writeStringField("SequenceNumber", SequenceNumbers.format(change.sequence()));
        out.writeNumberField("SizeBytes", sizeBytes);
        out.writeStringField("StreamViewType", viewType.name());
        out.writeEndObject();
        if (change.cause() == Cause.TTL) {
            out.writeObjectFieldStart("userIdentity");
            out.writeStringField("PrincipalId", "dynamodb.amazonaws.com");
            out.writeStringField("Type", "Service");
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static void writeImage(String field, @Nullable Bytes image, JsonGenerator out) throws IOException {
        if (image != null) {
            out.writeFieldName(field);
            AttributeJson.write(image.asBuffer(), out);
        }
    }
}
