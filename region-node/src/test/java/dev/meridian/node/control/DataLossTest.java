package dev.meridian.node.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DataLossTest {
    @Test
    void aLogSaysItInWords() {
        assertThat(new DataLoss(7, "t", "{\"pk\":{\"S\":\"a\"}}", "its last version is gone"))
                .hasToString("table t: item {\"pk\":{\"S\":\"a\"}}: its last version is gone");
        assertThat(new DataLoss(7, null, null, "the topic was lost")).hasToString("the topic was lost");
    }
}
