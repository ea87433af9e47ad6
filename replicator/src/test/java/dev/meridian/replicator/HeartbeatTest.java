package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private static final RegionId THERE = new RegionId("there");

    private static Heartbeat heartbeat(@Nullable String http) {
        return heartbeat(Map.of(), http);
    }

    private static Heartbeat heartbeat(Map<RegionId, Life> lives, @Nullable String http) {
        return new Heartbeat(
                new HybridTimestamp(5),
                new TreeMap<>(Map.of(new TopicPartition("t", 1), 7L)),
                3,
                new VersionVector(new TreeMap<>(Map.of(THERE, new HybridTimestamp(4)))),
                new TreeMap<>(Map.of(THERE, -2L)),
                new TreeMap<>(lives),
                null,
                http);
    }

    private static String text(Heartbeat heartbeat) {
        return new String(heartbeat.encode().toArray(), StandardCharsets.UTF_8);
    }

    @Test
    void whatIsWrittenIsRead() {
        for (Heartbeat each : new Heartbeat[] {
            heartbeat(null), heartbeat("http://127.0.0.1:8001"), heartbeat(Map.of(THERE, new Life(3)), null)
        }) {
            assertThat(Heartbeat.decode(each.encode())).isEqualTo(each);
        }
    }

    @Test
    void whatWasMeasuredInAnotherLifeSaysNothing() {
        Heartbeat ofLife = heartbeat(Map.of(THERE, new Life(3)), null);
        assertThat(ofLife.toLife(THERE, new Life(3)).aheadMillis()).containsEntry(THERE, -2L);
        assertThat(ofLife.toLife(THERE, new Life(4)).aheadMillis()).isEmpty();
        assertThat(heartbeat(null).toLife(THERE, new Life(4)).aheadMillis()).containsEntry(THERE, -2L);
    }

    @Test
    void oneOfAReleaseThatTellsNoAddressIsRead() {
        String earlier =
                "{\"format\":2,\"mark\":5,\"controlEnd\":3,\"ends\":{\"t\":{\"1\":7}},\"applied\":{\"there\":4},"
                        + "\"aheadMillis\":{\"there\":-2}}";
        assertThat(Heartbeat.decode(Bytes.wrap(earlier.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(heartbeat(null));
        // And it reads one that has no address as it always did.
        assertThat(text(heartbeat(null))).isEqualTo(earlier);
    }
}
