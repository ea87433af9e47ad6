package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RecognitionTest {
    private static final Bytes JUNK = Bytes.wrap(new byte[] {1, 2, 3, 4});
    private static final Recognition CONTROL = new Recognition(RecordKind.CONTROL, record -> false);

    private static BusRecord record(Bytes value, Map<String, String> headers) {
        return BusRecord.outgoing(new TopicPartition("topic", 0), 1, null, value, new TreeMap<>(headers));
    }

    private static TreeMap<String, String> mark(RecordKind kind, Bytes value) {
        TreeMap<String, String> headers = new TreeMap<>();
        Recognition.mark(kind, null, value, headers);
        return headers;
    }

    @Test
    void whatIsAsItWasWrittenIsNoJunk() {
        assertThat(CONTROL.isJunk(record(JUNK, mark(RecordKind.CONTROL, JUNK)))).isFalse();
    }

    @Test
    void theHeaderIsAsPublished() {
        assertThat(mark(RecordKind.CHANGE, JUNK)).containsOnlyKeys("meridian");
        assertThat(mark(RecordKind.CHANGE, JUNK).get("meridian")).matches("change/1/[0-9a-f]{8}");
    }

    @Test
    void whatHasNothingOfMeridianIsJunk() {
        assertThat(CONTROL.isJunk(record(JUNK, Map.of()))).isTrue();
        assertThat(Recognition.ofChanges().isJunk(record(JUNK, Map.of("trace", "1"))))
                .isTrue();
        assertThat(Recognition.ofEvents().isJunk(record(JUNK, Map.of()))).isTrue();
    }

    @Test
    void whatAnEarlierReleaseWroteIsNone() {
        Map<String, String> early = Map.of(Headers.TABLE_ID, "1", Headers.SEQUENCE, "1", Headers.VERSION, "1@a");
        assertThat(Recognition.ofChanges().isJunk(record(JUNK, early))).isFalse();
        assertThat(new Recognition(RecordKind.HEARTBEAT, record -> true).isJunk(record(JUNK, Map.of())))
                .isFalse();
    }

    @Test
    void whatAMeridianWroteAndIsNotAsItWasIsRefused() {
        Bytes other = Bytes.wrap(new byte[] {1, 2, 3, 5});
        assertThatThrownBy(() -> CONTROL.isJunk(record(other, mark(RecordKind.CONTROL, JUNK))))
                .hasMessage("the record is damaged: its checksum differs");
        assertThatThrownBy(() -> CONTROL.isJunk(record(JUNK, mark(RecordKind.COPY, JUNK))))
                .hasMessage("a record of another kind than control in this topic");
        assertThatThrownBy(() -> CONTROL.isJunk(record(JUNK, Map.of("meridian", "control/2/x"))))
                .hasMessage("the header meridian is of a format that this release does not know");
    }
}
