package dev.meridian.streams.triggers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.streams.triggers.FunctionAnswer.Kind;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a function's answer means. */
class FunctionAnswersTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "200 | | | RETURNED",
                "204 | | | RETURNED",
                "200 | | anything | RETURNED",
                "200 | | {\"ok\": true} | RETURNED",
                "200 | Unhandled | null | FAILED",
                "200 | | {\"errorMessage\": \"no\", \"errorType\": \"ValueError\"} | FAILED",
                "200 | | {\"errorType\": \"mine\"} | RETURNED",
                "200 | | Task timed out after 3.00 seconds | FAILED",
                "302 | | | FAILED",
                "404 | | | FAILED",
                "500 | | | FAILED",
                "502 | | | FAILED",
                "429 | | | UNAVAILABLE",
                "503 | | | UNAVAILABLE"
            })
    void kinds(int status, String functionError, String body, Kind kind) {
        assertThat(FunctionAnswer.of(status, functionError, body == null ? "" : body)
                        .kind())
                .isEqualTo(kind);
    }

    /** Of a batch of the sequence numbers 10, 11, 12. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "3 | ",
                "3 | null",
                "3 | {}",
                "3 | {\"batchItemFailures\": null}",
                "3 | {\"batchItemFailures\": []}",
                "1 | {\"batchItemFailures\": [{\"itemIdentifier\": \"11\"}]}",
                "1 | {\"batchItemFailures\": [{\"itemIdentifier\": \"12\"}, {\"itemIdentifier\": \"11\"}]}",
                "0 | {\"batchItemFailures\": [{\"itemIdentifier\": \"10\"}]}",
                "0 | {\"batchItemFailures\": [{\"itemIdentifier\": \"\"}]}",
                "0 | {\"batchItemFailures\": [{\"itemIdentifier\": null}]}",
                "0 | {\"batchItemFailures\": [{\"identifier\": \"11\"}]}",
                "0 | {\"batchItemFailures\": [{\"itemIdentifier\": \"99\"}]}",
                "0 | {\"batchItemFailures\": [{\"itemIdentifier\": \"11\"}, {\"itemIdentifier\": \"99\"}]}",
                "0 | {\"batchItemFailures\": \"11\"}",
                "0 | ok",
                "0 | [1]"
            })
    void batchItemFailures(int done, String returned) {
        Batch batch = new Batch(List.of(record(10), record(11), record(12)));
        assertThat(BatchItemFailures.done(returned == null ? "" : returned, batch))
                .isEqualTo(done);
    }

    private static LambdaRecord record(long sequence) {
        return new LambdaRecord(sequence, Long.toString(sequence), 0, Bytes.EMPTY);
    }
}
