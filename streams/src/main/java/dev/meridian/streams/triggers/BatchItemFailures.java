package dev.meridian.streams.triggers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads what a function with {@code ReportBatchItemFailures} returns.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html">Configuring partial
 *     batch response with DynamoDB and Lambda</a>
 */
final class BatchItemFailures {
    private BatchItemFailures() {}

    /**
     * How many records are done: all before the first one that the function names. All if it names none: nothing returned,
     * null, an object without the list, a list that is null or empty. None if what it names is not in the batch.
     */
    static int done(String returned, Batch batch) {
        if (returned.isBlank()) {
            return batch.size();
        }
        JsonNode json = FunctionAnswer.json(returned);
        if (json == null || !(json.isNull() || json.isObject())) {
            return 0;
        }
        JsonNode failures = json.path("batchItemFailures");
        if (failures.isMissingNode() || failures.isNull()) {
            return batch.size();
        }
        return failures.isArray() ? firstNamed(failures, batch) : 0;
    }

    private static int firstNamed(JsonNode failures, Batch batch) {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            places.put(batch.records().get(i).sequenceNumber(), i);
        }
        int first = batch.size();
        for (JsonNode failure : failures) {
            Integer place = places.get(failure.path("itemIdentifier").asText(""));
            if (place == null) {
                return 0;
            }
            first = Math.min(first, place);
        }
        return first;
    }
}
