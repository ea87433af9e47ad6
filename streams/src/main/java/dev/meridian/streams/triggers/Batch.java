package dev.meridian.streams.triggers;

import dev.meridian.model.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records that go to the function together, never none, and how that went until now. What is noted is noted by one call of
 * the function after the other.
 */
final class Batch {
    private static final byte[] BEFORE = "{\"Records\":[".getBytes(StandardCharsets.UTF_8);
    private static final byte[] AFTER = "]}".getBytes(StandardCharsets.UTF_8);

    /** What the event takes besides its records. */
    static final int FRAME_BYTES = BEFORE.length + AFTER.length;

    private final List<LambdaRecord> records;
    private int invocations;
    private int failures;
    private @Nullable FunctionAnswer answer;

    Batch(List<LambdaRecord> records) {
        this(records, 0, 0, null);
    }

    private Batch(List<LambdaRecord> records, int invocations, int failures, @Nullable FunctionAnswer answer) {
        this.records = List.copyOf(records);
        this.invocations = invocations;
        this.failures = failures;
        this.answer = answer;
    }

    List<LambdaRecord> records() {
        return records;
    }

    int size() {
        return records.size();
    }

    LambdaRecord first() {
        return records.get(0);
    }

    LambdaRecord last() {
        return records.get(records.size() - 1);
    }

    /** How often the function was called with its first record. */
    int invocations() {
        return invocations;
    }

    /** How often the function failed at its first record, as the retry quota counts it. */
    int failures() {
        return failures;
    }

    /** What the function said last; null before the first call. */
    @Nullable
    FunctionAnswer answer() {
        return answer;
    }

    void noteInvocation(FunctionAnswer newAnswer) {
        invocations++;
        answer = newAnswer;
    }

    void noteFailure() {
        failures++;
    }

    List<Batch> halves() {
        int half = records.size() / 2;
        return List.of(
                new Batch(records.subList(0, half), invocations, failures, answer),
                new Batch(records.subList(half, records.size()), invocations, failures, answer));
    }

    /** What is left behind the first {@code done} records. @param newFailures of the record that is first now */
    Batch from(int done, int newFailures) {
        return new Batch(records.subList(done, records.size()), invocations, newFailures, answer);
    }

    Batch until(int count) {
        return new Batch(records.subList(0, count), invocations, failures, answer);
    }

    /** The event: a JSON object, UTF-8. */
    byte[] event() {
        int length = FRAME_BYTES + records.size() - 1;
        for (LambdaRecord record : records) {
            length += record.json().length();
        }
        ByteBuffer event = ByteBuffer.allocate(length);
        event.put(BEFORE);
        for (int i = 0; i < records.size(); i++) {
            if (i > 0) {
                event.put((byte) ',');
            }
            Bytes json = records.get(i).json();
            json.putInto(event);
        }
        return event.put(AFTER).array();
    }
}
