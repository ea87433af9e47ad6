package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Cause;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How replicas come, go, come again and never come: three regions turned by hand, so that each instant can be chosen. */
class ReplicaLifeTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final RegionId C = new RegionId("c");
    private static final TableId TABLE = new TableId(new UUID(3, 4));
    private static final TableSettings PROVISIONED =
            TableSettings.ON_DEMAND.provisioned(5, 6).withDeletionProtection(true);

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
                            random));
        }
        done(at(A).store.write(view -> {
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    TABLE,
                    "table",
                    new KeySchema(new KeyAttribute("pk", ScalarType.S), null),
                    TableStatus.ACTIVE,
                    false,
                    1,
                    PROVISIONED,
                    nowMillis,
                    List.of()));
            return true;
        }));
        put(A, "first");
    }

    @AfterEach
    void stop() {
        regions.values().forEach(HandTurnedRegion::close);
    }

    private HandTurnedRegion at(RegionId region) {
        return regions.get(region);
    }

    private <T> T done(CompletionStage<T> stage) {
        return at(A).done(stage);
    }

    private void turn(RegionId... which) {
        for (int i = 0; i < 300; i++) {
            for (RegionId region : which) {
                at(region).turnAll();
            }
            nowMillis += 20;
        }
    }

    private @Nullable TableDescriptor table(RegionId region) {
        return at(region).store.catalog().table(TABLE);
    }

    private void put(RegionId region, String pk) {
        AttributeValue value = new AttributeValue.S(pk);
        Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of("pk", value))));
        at(region)
                .done(at(region)
                        .store
                        .write(view ->
                                view.put(view.catalog().table(TABLE), ItemKey.of(value, null), image, Cause.USER)));
    }

    private List<String> items(RegionId region) {
        return at(region)
                .store
                .read(view -> view.copy(table(region), null, 100, 1 << 20).stream()
                        .map(entry -> new String(entry.key().partition().toArray(), StandardCharsets.UTF_8))
                        .sorted()
                        .toList());
    }

    private void update(RegionId at, ReplicaUpdate.Kind kind, RegionId of) {
        at(at).done(at(at).control.update(table(at), List.of(new ReplicaUpdate(kind, of))));
    }

    private void create(RegionId of) {
        update(A, ReplicaUpdate.Kind.CREATE, of);
    }

    private void delete(RegionId of) {
        update(A, ReplicaUpdate.Kind.DELETE, of);
    }

    private List<String> replicas(RegionId seenBy) {
        return at(seenBy).control.replicas(table(seenBy)).stream()
                .map(ReplicaReport::of)
                .toList();
    }

    private record ReplicaReport() {
        static String of(ReplicaDescription replica) {
            return replica.region() + " " + replica.status();
        }
    }

    @Test
    void aRegionThatComesAgainGetsItsOwnLastWritesAlsoIfTheSourceHadNotAppliedThem() {
        create(B);
        create(C);
        turn(A, B, C);
        // Its last write waits elsewhere for the clock; that it left does not.
        aheadMillisOfB = 30_000;
        put(B, "last");
        delete(B);
        turn(A, B, C);
        assertThat(table(B)).isNull();
        assertThat(items(A)).containsExactly("first");
        create(B);
        turn(A, B, C);
        assertThat(items(A)).containsExactly("first");
        assertThat(table(B).status())
                .as("not loaded from less than it once had")
                .isEqualTo(TableStatus.CREATING);
        nowMillis += 30_000;
        turn(A, B, C);
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(items(region)).containsExactly("first", "last");
        }
    }

    @Test
    void aReplicaThatNeverComesHoldsOnlyItsSourceAndCanBeCalledOff() {
        create(C);
        turn(A, C);
        create(B);
        turn(A, C);
        assertThat(table(A).status()).isEqualTo(TableStatus.UPDATING);
        assertThat(table(C).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(replicas(C)).containsExactly("a ACTIVE", "b CREATING");
        delete(B);
        turn(A, C);
        assertThat(table(A).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(replicas(A)).containsExactly("c ACTIVE");
        assertThat(replicas(C)).containsExactly("a ACTIVE");
        turn(A, B, C);
        assertThat(table(B)).isNull();
        create(B);
        turn(A, B, C);
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(items(B)).containsExactly("first");
    }

    @Test
    void aReplicaThatHadComeWhenItWasCalledOffLeavesNothingBehind() {
        create(B);
        for (int i = 0; i < 300; i++) {
            // A publishes the copy, and does not hear that B has it.
            at(A).turnAllButReplicatorOf(B);
            at(B).turnAll();
            nowMillis += 20;
        }
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        put(B, "late");
        assertThat(replicas(A)).containsExactly("b CREATING");
        delete(B);
        turn(A, B);
        assertThat(table(B)).isNull();
        assertThat(replicas(A)).isEmpty();
        assertThat(items(A)).containsExactly("first", "late");
    }

    @Test
    void aTableIsDeletedThoughAReplicaNeverComesAndThatIsThenLoadedFromAnotherRegion() {
        create(C);
        turn(A, C);
        create(B);
        turn(A, C);
        at(A).done(at(A).control.delete(table(A)));
        turn(A, C);
        assertThat(table(A)).isNull();
        assertThat(replicas(C)).containsExactly("b CREATING");
        turn(A, B, C);
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(items(B)).containsExactly("first");
        assertThat(replicas(C)).containsExactly("b ACTIVE");
    }

    @Test
    void aReplicaOfATableThatIsGoneFails() {
        create(B);
        turn(A);
        at(A).done(at(A).control.delete(table(A)));
        turn(A);
        assertThat(table(A)).isNull();
        turn(A, B);
        assertThat(table(B)).isNull();
    }

    @Test
    void settingsAreSharedAndTheLaterChangeWinsButProtectionIsEachRegionsOwn() {
        create(B);
        turn(A, B);
        assertThat(table(B).settings()).isEqualTo(TableSettings.ON_DEMAND.provisioned(5, 6));
        at(A).done(at(A).control
                .change(
                        table(A),
                        (view, table) -> table.withSettings(
                                TableSettings.ON_DEMAND.provisioned(7, 8).withDeletionProtection(true))));
        nowMillis += 1;
        at(B).done(at(B).control
                .change(
                        table(B),
                        (view, table) -> table.withSettings(table.settings().onDemand(nowMillis))));
        turn(A, B);
        assertThat(table(B).settings().isOnDemand()).isTrue();
        assertThat(table(A).settings().isOnDemand()).isTrue();
        assertThat(table(A).settings().deletionProtection()).isTrue();
    }

    @Test
    void nothingIsClaimedWhileATableIsLoaded() {
        create(C);
        turn(A, C);
        assertThat(at(C).control.applied().get(A)).isNotEqualTo(HybridTimestamp.ZERO);
        turn(A, B, C);
        assertThat(at(B).control.applied().get(A)).isNotEqualTo(HybridTimestamp.ZERO);
        create(B);
        boolean created = false;
        for (int i = 0; i < 300 && (table(B) == null || table(B).status() == TableStatus.CREATING); i++) {
            at(A).turnAll();
            at(B).turnAll();
            nowMillis += 20;
            if (created && table(B).status() == TableStatus.CREATING) {
                assertThat(at(B).control.applied().entries()).isEmpty();
            }
            created |= table(B) != null && at(B).control.applied().entries().isEmpty();
        }
        assertThat(created).isTrue();
        turn(A, B, C);
        assertThat(at(B).control.applied().get(A)).isNotEqualTo(HybridTimestamp.ZERO);
    }

    @Test
    void aControlRecordThatCannotBeReadStopsThatRegionsControlAndIsShown() {
        turn(A, B, C);
        BusWriter writer = buses.get(A).writer("x", OrderedBus.Fencing.NONE);
        writer.open();
        TopicPartition control = new TopicPartition("meridian.a.control", 0);
        long offset = buses.get(A).records(control).size();
        Bytes key = Bytes.wrap("table/x".getBytes(StandardCharsets.UTF_8));
        writer.append(List.of(BusRecord.outgoing(control, 1, key, Bytes.wrap(new byte[] {1}), new TreeMap<>())));
        create(B);
        turn(A, B, C);
        assertThat(table(B)).as("what comes behind it is not looked at").isNull();
        assertThat(at(B).status())
                .contains("\"state\" : \"STOPPED\"")
                .contains("\"topic\" : \"meridian.a.control\"")
                .contains("\"offset\" : " + offset)
                .contains("\"reason\" : \"global table is no JSON\"");
        assertThat(at(B).control.applied().get(C)).isNotEqualTo(HybridTimestamp.ZERO);
    }

    @Test
    void whatIsNoReplicaCannotBeRemoved() {
        assertThatThrownBy(() -> delete(B))
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("Replica specified in the Replica Update or Replica Delete action of the request"
                        + " was not found.");
    }
}
