package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class GlobalTableTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");

    private static Version version(long time, RegionId region) {
        return new Version(new HybridTimestamp(time), region);
    }

    private static final GlobalTable TABLE = new GlobalTable(
            new TableId(new UUID(1, 2)),
            "table",
            new KeySchema(new KeyAttribute("pk", ScalarType.S), new KeyAttribute("sk", ScalarType.N)),
            2,
            new SharedSettings(version(1, A), false, 5, 6),
            new TreeMap<>(Map.of(A, Member.first(version(1, A)))));

    @Test
    void whatIsEncodedIsDecoded() {
        GlobalTable table = TABLE.with(
                B,
                Member.created(version(7, A), A, "load", null)
                        .removed(version(8, B), new TreeMap<>(Map.of(0, 4L, 1, 5L))));
        assertThat(GlobalTable.decode(table.encode())).isEqualTo(table);
    }

    @Test
    void theLaterSettingsWinWhicheverIsHeardFirst() {
        GlobalTable mine = TABLE.with(new SharedSettings(version(3, A), true, 0, 0));
        GlobalTable theirs = TABLE.with(new SharedSettings(version(4, B), false, 7, 8));
        assertThat(mine.merge(theirs)).isEqualTo(theirs);
        assertThat(theirs.merge(mine)).isEqualTo(theirs);
    }

    @Test
    void whatIsMissingMakesItUnreadable() {
        String text = new String(TABLE.encode().toArray(), StandardCharsets.UTF_8);
        for (String broken : new String[] {"", "{}", text.replace("percent\"", "x\""), text.replace("clock", "x")}) {
            assertThatThrownBy(() -> GlobalTable.decode(Bytes.wrap(broken.getBytes(StandardCharsets.UTF_8))))
                    .as(broken)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
