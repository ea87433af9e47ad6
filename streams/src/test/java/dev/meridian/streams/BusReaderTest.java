package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.streams.BusReader.Lost;
import dev.meridian.streams.BusReader.Reason;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BusReaderTest {
    @Test
    void aLogSaysInWordsWhyAPartitionCannotBeReadOn() {
        TopicId id = new TopicId(new UUID(0, 1));
        assertThat(new Lost(Reason.EXPIRED, 4, 9, id)).hasToString("expired: the oldest record kept is at offset 4");
        assertThat(new Lost(Reason.CUT_SHORT, 0, 9, id)).hasToString("cut short: the topic ends at offset 9");
        assertThat(new Lost(Reason.REPLACED, 0, 9, id)).hasToString("replaced: the topic was made anew, with id " + id);
    }
}
