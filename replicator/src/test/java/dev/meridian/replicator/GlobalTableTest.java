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
import dev.meridian.replicator.Overrides.IndexReads;
import dev.meridian.replicator.SharedSettings.Capacity;
import dev.meridian.replicator.SharedSettings.Units;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class GlobalTableTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");

    private static Version version(long time, RegionId region) {
        return new Version(new HybridTimestamp(time), region);
    }

    private static <T> Latest<T> at(long time, RegionId region, T value) {
        return new Latest<>(version(time, region), value);
    }

    private static SharedIndex index(String name, String partition) {
        return new SharedIndex(
                name,
                List.of(new KeyAttribute(partition, ScalarType.S)),
                List.of(new KeyAttribute("n", ScalarType.N)),
                "INCLUDE",
                List.of("x", "y"),
                3,
                4,
                version(1, A));
    }

    private static final GlobalTable TABLE = new GlobalTable(
            new TableId(new UUID(1, 2)),
            "table",
            new KeySchema(new KeyAttribute("pk", ScalarType.S), new KeyAttribute("sk", ScalarType.N)),
            2,
            new SharedSettings(
                    at(1, A, new Capacity(false, 5, 6, -1, -1)),
                    at(1, A, Optional.of("expiry")),
                    at(1, A, true),
                    at(1, A, Optional.of(new Units(12_000, -1))),
                    at(1, A, "STANDARD"),
                    at(1, A, Optional.of("KEYS_ONLY")),
                    new TreeMap<>(Map.of(
                            "gone", at(1, A, Optional.empty()), "one", at(1, A, Optional.of(index("one", "p"))))),
                    List.of(index("local", "pk"))),
            new TreeMap<>(Map.of(A, Member.first(version(1, A)))),
            new TreeMap<>(Map.of("write", at(1, A, "{}"))));

    @Test
    void whatIsEncodedIsDecoded() {
        Overrides overrides =
                new Overrides(7L, 8L, "STANDARD", "key", new TreeMap<>(Map.of("one", new IndexReads(9L, null))));
        GlobalTable table = TABLE.with(
                B,
                Member.created(version(7, A), A, "load", null, overrides)
                        .withDeletionProtection(version(8, B), true)
                        .removed(version(8, B), new TreeMap<>(Map.of(0, 4L, 1, 5L))));
        assertThat(GlobalTable.decode(table.encode())).isEqualTo(table);
    }

    @Test
    void theLaterOfTwoChangesOfTheSameWinsAndChangesOfDifferentThingsBothStay() {
        SharedSettings start = TABLE.settings();
        GlobalTable mine = TABLE.with(start.withCapacity(at(3, A, new Capacity(true, 0, 0, -1, -1)))
                .withTimeToLive(at(3, A, Optional.empty()))
                .withStream(at(3, A, Optional.of("NEW_IMAGE")))
                .withGlobalIndex("mine", at(3, A, Optional.of(index("mine", "a"))))
                .withGlobalIndex("one", at(3, A, Optional.empty())));
        GlobalTable theirs = TABLE.with(start.withCapacity(at(4, B, new Capacity(false, 7, 8, -1, -1)))
                .withStream(at(2, B, Optional.empty()))
                .withGlobalIndex("theirs", at(4, B, Optional.of(index("theirs", "b"))))
                .withGlobalIndex("one", at(2, B, Optional.of(index("one", "other")))));
        GlobalTable merged = mine.merge(theirs);
        assertThat(theirs.merge(mine)).isEqualTo(merged);
        assertThat(merged.merge(mine)).isEqualTo(merged);
        assertThat(merged.settings().capacity().value().writeCapacityUnits()).isEqualTo(8);
        assertThat(merged.settings().timeToLive().value()).isEmpty();
        assertThat(merged.settings().stream().value()).contains("NEW_IMAGE");
        assertThat(merged.settings().globalIndexes().get("mine").value()).isPresent();
        assertThat(merged.settings().globalIndexes().get("theirs").value()).isPresent();
        assertThat(merged.settings().globalIndexes().get("one").value()).isEmpty();
    }

    @Test
    void whatIsSetAgainIsAboveWhatAFasterClockWrote() {
        Latest<String> fast = at(100, B, "first");
        assertThat(fast.changed(version(5, A), "second").later(fast).value()).isEqualTo("second");
        assertThat(fast.changed(version(5, A), "first")).isSameAs(fast);
    }

    @Test
    void whoSetsOverridesAndWhoTellsOfProgressDoNotUndoEachOther() {
        Member creating = Member.created(version(5, A), A, "load", null);
        Member overridden = creating.withOverrides(version(6, A), Overrides.NONE.withReadCapacityUnits(9L));
        Member active = creating.with(version(7, B), Member.State.ACTIVE);
        Member merged = TABLE.with(B, overridden).merge(TABLE.with(B, active)).member(B);
        assertThat(merged.state()).isEqualTo(Member.State.ACTIVE);
        assertThat(merged.overrides().value().readCapacityUnits()).isEqualTo(9);
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
