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
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.Cause;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An item is damaged on one region's disk: another has it, and the damage goes no further. */
class DamagedReplicaTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final TableId TABLE = new TableId(new UUID(3, 4));
    private static final String NEEDLE = "a-text-that-is-flipped";

    @TempDir
    Path folder;

    private final TreeMap<RegionId, MemoryBus> buses = new TreeMap<>();
    private final TreeMap<RegionId, HandTurnedRegion> regions = new TreeMap<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private long nowMillis = 1_000_000;

    @BeforeEach
    void start() throws IOException {
        buses.put(A, new MemoryBus());
        buses.put(B, new MemoryBus());
        open(A);
        open(B);
        at(A).done(at(A).store.write(view -> {
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    TABLE,
                    "table",
                    new KeySchema(new KeyAttribute("pk", ScalarType.S), null),
                    TableStatus.ACTIVE,
                    false,
                    1,
                    TableSettings.ON_DEMAND,
                    nowMillis,
                    List.of()));
            return true;
        }));
        put(A, "good", "value");
        put(A, "bad", NEEDLE);
        put(A, "late", "value");
    }

    private void open(RegionId region) throws IOException {
        regions.put(
                region,
                new HandTurnedRegion(
                        region, folder.resolve(region.value()), buses, () -> Instant.ofEpochMilli(nowMillis), random));
    }

    @AfterEach
    void stop() {
        regions.values().forEach(HandTurnedRegion::close);
    }

    private HandTurnedRegion at(RegionId region) {
        return Objects.requireNonNull(regions.get(region));
    }

    private TableDescriptor table(RegionId region) {
        return Objects.requireNonNull(at(region).store.catalog().table(TABLE));
    }

    private static ItemKey key(String pk) {
        return ItemKey.of(new AttributeValue.S(pk), null);
    }

    private void put(RegionId region, String pk, String value) {
        Bytes image = Bytes.wrap(
                ItemCodec.encode(Item.of(Map.of("pk", new AttributeValue.S(pk), "v", new AttributeValue.S(value)))));
        at(region).done(at(region).store.write(view -> view.put(table(region), key(pk), image, Cause.USER)));
    }

    private @Nullable String value(RegionId region, String pk) {
        return at(region).store.read(view -> {
            StoredItem item = view.get(table(region), key(pk));
            return item == null ? null : ((AttributeValue.S) item.item().get("v")).value();
        });
    }

    private void turn(int millis) {
        for (int i = 0; i < millis / 20; i++) {
            for (HandTurnedRegion region : regions.values()) {
                region.turnAll();
                region.store.scrubber().turn();
            }
            nowMillis += 20;
        }
    }

    private void replicate() {
        at(A).done(at(A).control.update(table(A), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, B))));
        turn(6_000);
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
    }

    /** The region stops, its disk changes a bit of one item wherever that is, and it starts again. */
    private void damage(RegionId region) throws IOException {
        // No change row is left that has the item too.
        turn(2_000);
        nowMillis += 70_000;
        turn(2_000);
        at(region).close();
        Path file = folder.resolve(region.value()).resolve("data.mdb");
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = text.indexOf(NEEDLE);
        assertThat(at).isNotNegative();
        for (; at >= 0; at = text.indexOf(NEEDLE, at + 1)) {
            bytes[at + 3] ^= 1;
        }
        Files.write(file, bytes);
        open(region);
    }

    @Test
    void theRegionLoadsTheTableFromOneThatHasTheItem() throws IOException {
        replicate();
        damage(B);
        assertThatThrownBy(() -> value(B, "bad")).isInstanceOf(DamagedValueException.class);
        assertThat(at(B).store.damaged().texts()).hasSize(1);
        put(B, "only here", "value");

        turn(10_000);

        assertThat(value(B, "bad")).isEqualTo(NEEDLE);
        assertThat(value(B, "good")).isEqualTo("value");
        assertThat(value(B, "only here")).isEqualTo("value");
        assertThat(value(A, "only here")).isEqualTo("value");
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(at(B).store.damaged().texts()).isEmpty();
    }

    @Test
    void aTableThatWasNotedBeforeARestartIsLoaded() throws IOException {
        replicate();
        damage(B);
        assertThatThrownBy(() -> value(B, "bad")).isInstanceOf(DamagedValueException.class);
        for (int i = 0; i < 100; i++) {
            at(B).turnAll();
            nowMillis += 20;
        }
        List<String> noted = at(B).store.read(view -> view.documentKeys(DamagedValues.MENDING));
        assertThat(noted).containsExactly(TABLE.toString());
        at(B).close();
        open(B);

        turn(10_000);

        assertThat(value(B, "bad")).isEqualTo(NEEDLE);
    }

    @Test
    void aWriteFromElsewhereGoesOverIt() throws IOException {
        replicate();
        damage(B);
        put(A, "bad", "newer");
        turn(10_000);
        assertThat(value(B, "bad")).isEqualTo("newer");
        assertThat(value(A, "bad")).isEqualTo("newer");
        assertThat(at(B).store.damaged().texts()).isEmpty();
    }

    @Test
    void aWriteThatGoesOverItIsTakenEverywhere() throws IOException {
        replicate();
        damage(B);
        put(B, "bad", "newer");
        turn(10_000);
        assertThat(value(A, "bad")).isEqualTo("newer");
        assertThat(value(B, "bad")).isEqualTo("newer");
    }

    @Test
    void noCopyIsMadeOfATableWithADamagedItemUntilThatIsWrittenAnew() throws IOException {
        damage(A);

        at(A).done(at(A).control.update(table(A), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, B))));
        turn(6_000);
        assertThat(table(B).status()).as("a copy without the item").isEqualTo(TableStatus.CREATING);
        assertThat(at(A).store.damaged().texts())
                .singleElement()
                .asString()
                .contains("table table, item under {\"pk\":{\"S\":\"bad\"}}");
        put(A, "bad", "newer");
        turn(70_000);

        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(value(B, "bad")).isEqualTo("newer");
        assertThat(value(B, "good")).isEqualTo("value");
        assertThat(value(B, "late")).isEqualTo("value");
    }
}
