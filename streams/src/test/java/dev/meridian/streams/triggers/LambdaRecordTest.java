package dev.meridian.streams.triggers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Bytes;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The examples of the stream topic's contract, as Lambda's event has them. */
class LambdaRecordTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonNode event(String example) throws IOException {
        JsonNode json = JSON.readTree(Path.of("contract", example).toFile());
        TreeMap<String, String> headers = new TreeMap<>();
        json.path("headers")
                .properties()
                .forEach(each -> headers.put(each.getKey(), each.getValue().asText()));
        BusRecord record = new BusRecord(
                new TopicPartition("t", 0), 7, 1, null, bytes(json.path("value").toString()), headers);
        return LambdaRecord.event(record, "arn:stream");
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aModifyHasAllFields() throws IOException {
        assertThat(JSON.readTree(event("modify.json").toString())).isEqualTo(JSON.readTree("""
                {"eventID": "fd7b53530601399989f45f0c2ca28e35", "eventName": "MODIFY", "eventVersion": "1.1",
                 "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
                 "dynamodb": {
                   "ApproximateCreationDateTime": 1767225600,
                   "Keys": {"artist": {"S": "Nina Simone"}},
                   "NewImage": {"artist": {"S": "Nina Simone"}, "plays": {"N": "2"}, "tags": {"SS": ["jazz", "soul"]}},
                   "OldImage": {"artist": {"S": "Nina Simone"}, "plays": {"N": "1"}},
                   "SequenceNumber": "100000000000000000042", "SizeBytes": 77, "StreamViewType": "NEW_AND_OLD_IMAGES"},
                 "eventSourceARN": "arn:stream"}"""));
    }

    @Test
    void imagesThatAreNotThereAreLeftOut() throws IOException {
        assertThat(event("insert.json").path("dynamodb").has("OldImage")).isFalse();
        assertThat(event("remove.json").path("dynamodb").has("NewImage")).isFalse();
        assertThat(event("remove.json").has("userIdentity")).isFalse();
    }

    @Test
    void whatTimeToLiveRemovedSaysSo() throws IOException {
        assertThat(event("remove-ttl.json").path("userIdentity"))
                .isEqualTo(JSON.readTree("{\"principalId\": \"dynamodb.amazonaws.com\", \"type\": \"Service\"}"));
    }
}
