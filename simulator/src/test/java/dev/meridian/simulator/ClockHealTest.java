package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.Cause;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A region whose clock was ahead for a moment: its versions are made anew, and nothing that it wrote is lost. */
class ClockHealTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final RegionId C = new RegionId("c");
    private static final TableId TABLE = new TableId(new UUID(3, 4));
    private static final TableId LOCAL = new TableId(new UUID(5, 6));
    private static final long YEARS = Duration.ofDays(3_000).toMillis();
    private static final long HOUR = Duration.ofHours(1).toMillis();

    @TempDir
    Path folder;

    private final TreeMap<RegionId, MemoryBus> buses = new TreeMap<>();
    private final TreeMap<RegionId, HandTurnedRegion> regions = new TreeMap<>();
    private long nowMillis = 1_000_000;
    private long aheadMillisOfB;

    @BeforeEach
    void start() throws IOException {
        for (RegionId id : List.of(A, B, C)) {
            buses.put(id, new MemoryBus());
        }
        SplittableRandom random = new SplittableRandom(1);
        for (RegionId id : buses.keySet()) {
            regions.put(
                    id,
                    new HandTurnedRegion(
                            id,
                            folder.resolve(id.value()),
                            buses,
                            () -> Instant.ofEpochMilli(nowMillis + (id.equals(B) ? aheadMillisOfB : 0)),
                            random,
                            Duration.ZERO));
        }
        makeTable(A, TABLE, "table");
        makeTable(B, LOCAL, "local");
        for (RegionId other : List.of(B, C)) {
            at(A).done(at(A).control.update(table(A), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, other))));
        }
        turn(A, B, C);
    }

    private void makeTable(RegionId region, TableId id, String name) {
        at(region).done(at(region).store.write(view -> {
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    id,
                    name,
                    new KeySchema(new KeyAttribute("pk", ScalarType.S), null),
                    TableStatus.ACTIVE,
                    false,
                    2,
                    TableSettings.ON_DEMAND,
                    nowMillis,
                    List.of()));
            return true;
        }));
    }

    @AfterEach
    void stop() {
        regions.values().forEach(HandTurnedRegion::close);
    }

    private HandTurnedRegion at(RegionId region) {
        return regions.get(region);
    }

    private TableDescriptor table(RegionId region) {
        return at(region).store.catalog().table(TABLE);
    }

    private void turn(RegionId... which) {
        for (int i = 0; i < 150; i++) {
            for (RegionId region : which) {
                at(region).turnAll();
                at(region).control.clockHeal().turn();
            }
            nowMillis += 20;
        }
    }

    private void put(RegionId region, TableId id, String pk, String value) {
        AttributeValue key = new AttributeValue.S(pk);
        Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of("pk", key, "v", new AttributeValue.S(value)))));
        at(region)
                .done(at(region)
                        .store
                        .write(view -> view.put(view.catalog().table(id), ItemKey.of(key, null), image, Cause.USER)));
    }

    private void put(RegionId region, String pk, String value) {
        put(region, TABLE, pk, value);
    }

    private void delete(RegionId region, String pk) {
        ItemKey key = ItemKey.of(new AttributeValue.S(pk), null);
        at(region)
                .done(at(region).store.write(view -> view.delete(view.catalog().table(TABLE), key, Cause.USER)));
    }

    private Map<String, String> items(RegionId region) {
        Map<String, String> items = new TreeMap<>();
        at(region).store.read(view -> {
            view.copy(table(region), null, 1_000, 1 << 20).stream()
                    .filter(entry -> entry.image() != null)
                    .forEach(entry -> items.put(
                            new String(entry.key().partition().toArray(), StandardCharsets.UTF_8),
                            ((AttributeValue.S) ItemCodec.decode(entry.image().asBuffer())
                                            .get("v"))
                                    .value()));
            return true;
        });
        return items;
    }

    private List<String> stamps(RegionId region) {
        return at(region)
                .store
                .read(view -> view.copy(table(region), null, 1_000, 1 << 20).stream()
                        .map(entry -> entry.key() + " " + entry.stamp().version())
                        .toList());
    }

    /** The clock of B runs ahead for a moment, and is set right. */
    private void runAway(long millis) {
        put(B, "before", "b");
        put(B, "deleted", "b");
        put(A, "everywhere", "a");
        turn(A, B, C);
        aheadMillisOfB = millis;
        put(B, "during", "b");
        put(B, "before", "b again");
        turn(A, B, C);
        aheadMillisOfB = 0;
        put(B, "after", "b");
        put(B, "everywhere", "b");
        delete(B, "deleted");
        put(B, LOCAL, "local", "b");
        put(A, "meanwhile", "a");
        turn(A, B, C);
        assertThat(items(A)).containsOnlyKeys("before", "deleted", "everywhere", "meanwhile");
    }

    private static final Map<String, String> ALL =
            Map.of("before", "b again", "during", "b", "after", "b", "everywhere", "b", "meanwhile", "a");

    private void assertHealed() {
        assertThat(at(B).control.clockHeal().isHealing()).isFalse();
        assertThat(items(B)).isEqualTo(ALL);
        for (RegionId other : List.of(A, C)) {
            assertThat(items(other)).isEqualTo(ALL);
            assertThat(stamps(other)).isEqualTo(stamps(B));
        }
        assertThat(at(B).store.committedThrough().millis()).isLessThanOrEqualTo(nowMillis);
        assertThat(at(A).status()).doesNotContain("CLOCK_AHEAD");
        put(B, "new", "b");
        put(B, LOCAL, "local", "b again");
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(items(region)).containsEntry("new", "b");
        }
        assertThat(at(A).control.applied().get(B).millis()).isGreaterThan(nowMillis - 2_000);
    }

    @Test
    void whatWasWrittenYearsAheadIsVisibleEverywhereAfterTheHeal() {
        runAway(YEARS);
        at(B).control.clockHeal().request();
        assertThat(at(B).control.clockHeal().writesRefused()).isPresent();
        turn(A, B, C);
        assertHealed();
    }

    @Test
    void aHealGoesOnAfterKillsAndFailsOverNothing() throws IOException {
        runAway(YEARS);
        at(B).control.clockHeal().request();
        for (int i = 0; i < 40; i++) {
            at(B).turnAll();
            at(B).control.clockHeal().turn();
            nowMillis += 20;
            if (i % 5 == 0) {
                boolean wasHealing = at(B).control.clockHeal().isHealing();
                at(B).kill();
                // Before its clock is lowered a request is not kept: nothing has been done.
                if (wasHealing && !at(B).control.clockHeal().isHealing() && isAhead()) {
                    at(B).control.clockHeal().request();
                }
            }
        }
        turn(A, B, C);
        assertHealed();
    }

    private boolean isAhead() {
        return at(B).store.committedThrough().millis() > nowMillis + 1_000;
    }

    @Test
    void whatWasTakenBackIsPassedOverAlsoWhenItsTimeHasCome() {
        put(B, "before", "b");
        put(A, "everywhere", "a");
        turn(A, B, C);
        aheadMillisOfB = HOUR;
        put(B, "before", "b in the future");
        turn(A, B);
        turn(A, B);
        aheadMillisOfB = 0;
        put(B, "before", "b after it");
        turn(A, B);
        assertThatThrownBy(() -> at(B).control.clockHeal().request())
                .hasMessageStartingWith("region c, which has a replica of table, is not heard:");
        turn(A, B, C);
        at(B).control.clockHeal().request();
        turn(A, B, C);
        assertThat(items(A)).containsEntry("before", "b after it");
        put(A, "before", "a at last");
        turn(A, B);
        nowMillis += 2 * HOUR;
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(items(region)).isEqualTo(Map.of("before", "a at last", "everywhere", "a"));
            assertThat(stamps(region)).isEqualTo(stamps(A));
        }
    }

    /** In a new log its offsets are those of what was taken back, and so are its versions. */
    @Test
    void whatIsWrittenWhenItsTimeHasComeIsAppliedAlsoFromANewLog() {
        runAway(HOUR);
        at(B).control.clockHeal().request();
        turn(A, B, C);
        assertHealed();
        buses.get(B).lose();
        turn(A, B, C);
        nowMillis += HOUR / 2;
        turn(A, B, C);
        put(B, "in its time", "b");
        turn(A, B, C);
        for (RegionId other : List.of(A, C)) {
            assertThat(items(other)).containsEntry("in its time", "b");
            assertThat(stamps(other)).isEqualTo(stamps(B));
        }
    }

    @Test
    void aClockMayRunAwayAndBeHealedTwice() {
        runAway(YEARS);
        at(B).control.clockHeal().request();
        turn(A, B, C);
        aheadMillisOfB = YEARS / 2;
        put(B, "during", "b twice");
        aheadMillisOfB = 0;
        turn(A, B, C);
        at(B).control.clockHeal().request();
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(items(region)).containsEntry("during", "b twice").hasSize(ALL.size());
            assertThat(stamps(region)).isEqualTo(stamps(B));
        }
    }

    @Test
    void aClockThatIsRightIsNotHealed() {
        assertThatThrownBy(() -> at(B).control.clockHeal().request())
                .hasMessage("the versions of b are not ahead of its clock: there is nothing to heal");
    }
}
