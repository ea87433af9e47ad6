package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.control.DataLoss;
import dev.meridian.node.control.PartitionBudget;
import dev.meridian.node.expiry.ExpirySweeper;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.TableClass;
import dev.meridian.node.store.TableSettings.Throughput;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.TableStreams;
import dev.meridian.replicator.Overrides;
import dev.meridian.replicator.Overrides.IndexReads;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
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
    private static final Duration EVICT_AFTER = Duration.ofSeconds(100);
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
                            random,
                            EVICT_AFTER));
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
            turnOnce(which);
        }
    }

    private void turnOnce(RegionId... which) {
        for (RegionId region : which) {
            at(region).turnAll();
        }
        nowMillis += 20;
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
                        .filter(entry -> entry.image() != null)
                        .map(entry -> new String(entry.key().partition().toArray(), StandardCharsets.UTF_8))
                        .sorted()
                        .toList());
    }

    private void delete(RegionId region, String pk) {
        ItemKey key = ItemKey.of(new AttributeValue.S(pk), null);
        at(region)
                .done(at(region).store.write(view -> view.delete(view.catalog().table(TABLE), key, Cause.USER)));
    }

    private long tombstones(RegionId region) {
        return at(region)
                .store
                .read(view -> view.statistics(view.catalog().table(TABLE)).tombstones());
    }

    private void forgetTopicsOf(RegionId region) {
        TopicPartition at = new TopicPartition("meridian." + region + ".table.replication", 0);
        List<BusRecord> records = buses.get(region).records(at);
        buses.get(region).trim(at, records.get(records.size() - 1).offset() + 1);
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

    private void change(RegionId at, UnaryOperator<TableDescriptor> edit) {
        at(at).done(at(at).control.change(table(at), (view, table) -> edit.apply(table)));
    }

    private void changeSettings(RegionId at, UnaryOperator<TableSettings> edit) {
        change(at, table -> table.withSettings(edit.apply(table.settings())));
    }

    private void addIndex(RegionId at, String name, String attribute) {
        addIndex(at, number -> index(number, name, attribute));
    }

    private void addIndex(RegionId at, IntFunction<IndexDescriptor> numbered) {
        at(at).done(at(at).control
                .change(
                        table(at),
                        (view, table) -> table.withIndex(
                                numbered.apply(view.nextTableNumber()).withStatus(IndexStatus.CREATING))));
    }

    private static IndexDescriptor index(int number, String name, String attribute) {
        return index(number, name, new KeyAttribute(attribute, ScalarType.S));
    }

    private static IndexDescriptor index(int number, String name, KeyAttribute attribute) {
        return new IndexDescriptor(
                number,
                name,
                IndexDescriptor.Kind.GLOBAL,
                List.of(attribute),
                List.of(),
                IndexProjection.ALL,
                IndexStatus.ACTIVE,
                false,
                3,
                4);
    }

    private void deleteIndex(RegionId at, String name) {
        change(at, table -> table.withIndex(table.index(name).withStatus(IndexStatus.DELETING)));
    }

    /** Name, status and how many items, of each index. */
    private Map<String, String> indexes(RegionId region) {
        TreeMap<String, String> shown = new TreeMap<>();
        table(region)
                .indexes()
                .forEach(index -> shown.put(
                        index.name(),
                        index.partition().get(0).name() + " " + index.status() + " "
                                + at(region)
                                        .store
                                        .read(view -> view.statistics(index))
                                        .items()));
        return shown;
    }

    @Test
    void changesOfDifferentSettingsOnBothSidesOfACutBothStayAndOfTheSameTheLater() {
        create(B);
        create(C);
        turn(A, B, C);
        changeSettings(A, settings -> settings.withTimeToLive("expiry").withWarmThroughput(new Throughput(9, 9)));
        nowMillis += 5;
        changeSettings(
                B,
                settings -> settings.provisioned(7, 8)
                        .withKmsKey("alias/aws/dynamodb")
                        .withWarmThroughput(new Throughput(10, 10)));
        nowMillis += 5;
        changeSettings(C, settings -> settings.withTableClass(TableClass.STANDARD_INFREQUENT_ACCESS));
        turn(A, B, C);
        TableSettings all = TableSettings.ON_DEMAND
                .provisioned(7, 8)
                .withTimeToLive("expiry")
                .withKmsKey("alias/aws/dynamodb")
                .withWarmThroughput(new Throughput(10, 10))
                .withTableClass(TableClass.STANDARD_INFREQUENT_ACCESS);
        assertThat(table(A).settings()).isEqualTo(all.withDeletionProtection(true));
        assertThat(table(B).settings()).isEqualTo(all);
        assertThat(table(C).settings()).isEqualTo(all);
    }

    @Test
    void streamsShowTheSameInAllRegionsAndTheLaterChangeWins() {
        assertThat(viewType(A)).isEmpty();
        create(B);
        turn(A, B);
        assertThat(viewType(A)).contains(StreamViewType.NEW_AND_OLD_IMAGES);
        assertThat(viewType(B)).contains(StreamViewType.NEW_AND_OLD_IMAGES);
        changeStream(B, Optional.of(StreamViewType.KEYS_ONLY));
        nowMillis += 5;
        changeStream(A, Optional.empty());
        turn(A, B);
        assertThat(viewType(A)).isEmpty();
        assertThat(viewType(B)).isEmpty();
        changeStream(A, Optional.of(StreamViewType.OLD_IMAGE));
        nowMillis += 5;
        changeStream(B, Optional.of(StreamViewType.NEW_IMAGE));
        nowMillis += 5;
        changeSettings(A, settings -> settings.withTimeToLive("expiry"));
        turn(A, B);
        assertThat(viewType(A)).contains(StreamViewType.NEW_IMAGE);
        assertThat(viewType(B)).contains(StreamViewType.NEW_IMAGE);
        create(C);
        turn(A, B, C);
        assertThat(viewType(C)).contains(StreamViewType.NEW_IMAGE);
    }

    private void changeStream(RegionId at, Optional<StreamViewType> wanted) {
        at(at).done(at(at).control.change(table(at), (view, table) -> {
            TableStreams.change(view, table, wanted, nowMillis);
            return table;
        }));
    }

    private Optional<StreamViewType> viewType(RegionId region) {
        return at(region).store.read(view -> TableStreams.viewType(view, table(region)));
    }

    @Test
    void aChangeThatIsMadeBehindAnotherRegionsWinsAlsoIfThatRegionsClockIsFast() {
        create(B);
        turn(A, B);
        aheadMillisOfB = 30_000;
        changeSettings(B, settings -> settings.provisioned(7, 8));
        turn(A, B);
        assertThat(table(A).settings().writeCapacityUnits()).isEqualTo(8);
        changeSettings(A, settings -> settings.provisioned(9, 10));
        turn(A, B);
        assertThat(table(B).settings().writeCapacityUnits()).isEqualTo(10);
        assertThat(table(A).settings().writeCapacityUnits()).isEqualTo(10);
    }

    @Test
    void anIndexAddedInOneRegionIsFilledInAllAndOneDeletedGoesInAll() {
        create(B);
        turn(A, B);
        addIndex(B, "by-pk", "pk");
        turn(A, B);
        assertThat(indexes(A)).containsExactly(Map.entry("by-pk", "pk ACTIVE 1"));
        assertThat(indexes(B)).containsExactly(Map.entry("by-pk", "pk ACTIVE 1"));
        create(C);
        turn(A, B, C);
        assertThat(indexes(C)).containsExactly(Map.entry("by-pk", "pk ACTIVE 1"));
        deleteIndex(C, "by-pk");
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(indexes(region)).isEmpty();
        }
    }

    @Test
    void indexesThatAreMadeOnBothSidesOfACutBothComeAndOfOneNameTheLater() {
        create(B);
        turn(A, B);
        addIndex(A, "mine", "pk");
        addIndex(A, "same", "x");
        nowMillis += 5;
        addIndex(B, "theirs", "pk");
        addIndex(B, "same", "pk");
        turn(A, B);
        Map<String, String> all = Map.of("mine", "pk ACTIVE 1", "theirs", "pk ACTIVE 1", "same", "pk ACTIVE 1");
        assertThat(indexes(A)).isEqualTo(all);
        assertThat(indexes(B)).isEqualTo(all);
    }

    @Test
    void ofTwoIndexesThatGiveAnAttributeTwoTypesTheLaterGoesEverywhereAndIsTold() {
        create(B);
        turn(A, B);
        addIndex(A, "first", "x");
        nowMillis += 5;
        addIndex(B, number -> index(number, "a later one", new KeyAttribute("x", ScalarType.N)));
        turn(A, B);
        for (RegionId region : List.of(A, B)) {
            assertThat(indexes(region)).containsOnlyKeys("first");
            assertThat(at(region).status()).contains("INDEX_EXCLUDED", "a later one");
        }
        deleteIndex(B, "first");
        turn(A, B);
        for (RegionId region : List.of(A, B)) {
            assertThat(indexes(region)).isEmpty();
            assertThat(at(region).status()).doesNotContain("INDEX_EXCLUDED");
        }
    }

    @Test
    void anIndexMadeWhileAnotherRegionBeganToBillByUnitsGoesEverywhereAndIsTold() {
        create(B);
        turn(A, B);
        change(A, table -> table.withSettings(table.settings().onDemand(nowMillis)));
        turn(A, B);
        change(A, table -> table.withSettings(table.settings().provisioned(5, 5)));
        nowMillis += 5;
        addIndex(B, number -> index(number, "free", "x").withCapacity(0, 0));
        turn(A, B);
        for (RegionId region : List.of(A, B)) {
            assertThat(table(region).settings().isOnDemand()).isFalse();
            assertThat(indexes(region)).isEmpty();
            assertThat(at(region).status()).contains("INDEX_EXCLUDED", "free");
        }
    }

    @Test
    void localIndexesComeWithTheReplica() {
        done(at(A).store.write(view -> {
            view.dropTable(table(A));
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    TABLE,
                    "table",
                    new KeySchema(new KeyAttribute("pk", ScalarType.S), new KeyAttribute("sk", ScalarType.S)),
                    TableStatus.ACTIVE,
                    false,
                    1,
                    PROVISIONED,
                    nowMillis,
                    List.of(new IndexDescriptor(
                            view.nextTableNumber(),
                            "local",
                            IndexDescriptor.Kind.LOCAL,
                            List.of(new KeyAttribute("pk", ScalarType.S)),
                            List.of(new KeyAttribute("x", ScalarType.S)),
                            IndexProjection.KEYS_ONLY,
                            IndexStatus.ACTIVE,
                            false,
                            0,
                            0))));
            return true;
        }));
        create(B);
        turn(A, B);
        assertThat(table(B).indexes()).hasSize(1);
        assertThat(table(B).index("local").kind()).isEqualTo(IndexDescriptor.Kind.LOCAL);
        assertThat(table(B).index("local").sort()).containsExactly(new KeyAttribute("x", ScalarType.S));
    }

    private void override(RegionId at, RegionId of, Overrides overrides) {
        at(at).done(at(at).control
                .update(table(at), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.UPDATE, of, overrides))));
    }

    @Test
    void overridesAreInForceInTheirRegionAndShownToTheOthers() {
        addIndex(A, "by-pk", "pk");
        turn(A);
        Overrides asked = new Overrides(
                20L,
                null,
                "STANDARD_INFREQUENT_ACCESS",
                "key-of-b",
                new TreeMap<>(Map.of("by-pk", new IndexReads(30L, null))));
        at(A).done(at(A).control.update(table(A), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, B, asked))));
        turn(A, B);
        assertThat(table(B).settings().readCapacityUnits()).isEqualTo(20);
        assertThat(table(B).settings().writeCapacityUnits()).isEqualTo(6);
        assertThat(table(B).settings().tableClass()).isEqualTo(TableClass.STANDARD_INFREQUENT_ACCESS);
        assertThat(table(B).settings().kmsKey()).isEqualTo("key-of-b");
        assertThat(table(B).index("by-pk").readCapacityUnits()).isEqualTo(30);
        assertThat(table(A).settings().readCapacityUnits()).isEqualTo(5);
        assertThat(at(A).control.replicas(table(A)).get(0).different()).isEqualTo(asked);
        override(A, B, Overrides.NONE.withReadCapacityUnits(21L));
        turn(A, B);
        assertThat(table(B).settings().readCapacityUnits()).isEqualTo(21);
        assertThat(table(B).settings().tableClass()).isEqualTo(TableClass.STANDARD_INFREQUENT_ACCESS);
        // Said for all in the region that had its own number: that is then no longer its own.
        changeSettings(B, settings -> settings.provisioned(22, 7));
        turn(A, B);
        assertThat(table(A).settings().readCapacityUnits()).isEqualTo(22);
        assertThat(table(B).settings().readCapacityUnits()).isEqualTo(22);
        assertThat(at(A).control.replicas(table(A)).get(0).different().readCapacityUnits())
                .isNull();
    }

    @Test
    void aReplicaThatIsProtectedIsNotDeletedByAnother() {
        create(B);
        turn(A, B);
        changeSettings(B, settings -> settings.withDeletionProtection(true));
        turn(A, B);
        assertThatThrownBy(() -> delete(B)).hasMessageContaining("Cannot delete table table in region b because");
        changeSettings(B, settings -> settings.withDeletionProtection(false));
        turn(A, B);
        delete(B);
        turn(A, B);
        assertThat(table(B)).isNull();
    }

    @Test
    void aReplicaThatIsProtectedStaysAlsoIfTheOtherDidNotKnowItWhenItDeletedIt() {
        create(B);
        turn(A, B);
        changeSettings(B, settings -> settings.withDeletionProtection(true));
        delete(B);
        turn(A, B);
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(table(A).status()).isEqualTo(TableStatus.ACTIVE);
        assertThat(replicas(A)).containsExactly("b ACTIVE");
        put(A, "later a");
        put(B, "later b");
        turn(A, B);
        assertThat(items(A)).containsExactly("first", "later a", "later b");
        assertThat(items(B)).containsExactly("first", "later a", "later b");
    }

    private long removals(RegionId region) {
        return buses.get(region).records(new TopicPartition("meridian." + region + ".table.stream", 0)).stream()
                .filter(record -> new String(record.value().toArray(), StandardCharsets.UTF_8)
                        .contains("\"eventName\":\"REMOVE\""))
                .count();
    }

    @Test
    void anItemThatExpiresGoesOnceInEachRegionsStreamWhoeverDeletesItFirst() {
        create(B);
        create(C);
        turn(A, B, C);
        changeSettings(A, settings -> settings.withTimeToLive("expiry"));
        turn(A, B, C);
        for (String pk : List.of("x", "y")) {
            AttributeValue value = new AttributeValue.S(pk);
            Bytes image = Bytes.wrap(ItemCodec.encode(
                    Item.of(Map.of("pk", value, "expiry", AttributeValue.N.of(nowMillis / 1000 + 100)))));
            at(A).done(at(A).store
                    .write(view -> view.put(view.catalog().table(TABLE), ItemKey.of(value, null), image, Cause.USER)));
        }
        turn(A, B, C);
        assertThat(items(C)).containsExactly("first", "x", "y");
        nowMillis += 200_000;
        // Both delete before they hear each other; the third hears of it twice.
        for (RegionId region : List.of(A, B)) {
            ExpirySweeper sweeper = new ExpirySweeper(at(region).store, () -> Instant.ofEpochMilli(nowMillis));
            for (int i = 0; i < 5; i++) {
                sweeper.turn();
                at(region).store.writer().turn();
            }
            assertThat(items(region)).containsExactly("first");
        }
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(items(region)).containsExactly("first");
            assertThat(removals(region)).as(region.value()).isEqualTo(2);
        }
    }

    @Test
    void aDisassociatedTableKeepsWhatItHasAndNothingGoesInOrOutAnyMore() throws IOException {
        create(B);
        create(C);
        turn(A, B, C);
        put(A, "before");
        for (int i = 0; i < 300; i++) {
            // A publishes, and B does not hear it.
            at(A).turnAll();
            at(B).turnAllButReplicatorOf(A);
            nowMillis += 20;
        }
        at(B).done(at(B).control.disassociate("table", true));
        for (int i = 0; i < 100; i++) {
            at(B).turnAllButReplicatorOf(A);
            nowMillis += 20;
        }
        assertThat(at(B).control.isDisassociating("table")).isTrue();
        assertThat(replicas(B)).contains("a ACTIVE");
        at(B).restart();
        put(B, "last");
        turn(A, B, C);
        assertThat(at(B).control.isDisassociating("table")).isFalse();
        assertThat(replicas(B)).isEmpty();
        assertThat(replicas(A)).containsExactly("c ACTIVE");
        assertThat(items(A)).containsExactly("before", "first", "last");
        assertThat(items(C)).containsExactly("before", "first", "last");
        put(A, "a alone");
        put(B, "b alone");
        turn(A, B, C);
        assertThat(items(A)).containsExactly("a alone", "before", "first", "last");
        assertThat(items(B)).containsExactly("b alone", "before", "first", "last");
        assertThat(table(B).status()).isEqualTo(TableStatus.ACTIVE);
        changeSettings(B, settings -> settings.provisioned(70, 80));
        turn(A, B, C);
        assertThat(table(A).settings()).isEqualTo(PROVISIONED);
        assertThatThrownBy(() -> create(B)).hasMessageContaining("already existed as tables");
        assertThatThrownBy(() -> update(B, ReplicaUpdate.Kind.CREATE, C)).hasMessageContaining("was disassociated");
        at(B).done(at(B).control.delete(table(B)));
        turn(A, B, C);
        assertThat(table(B)).isNull();
        create(B);
        turn(A, B, C);
        assertThat(items(B)).containsExactly("a alone", "before", "first", "last");
        assertThat(replicas(A)).containsExactly("b ACTIVE", "c ACTIVE");
    }

    @Test
    void disassociationAtOnceDoesNotWaitForWhatTheOthersPublished() {
        create(B);
        turn(A, B);
        put(A, "late");
        for (int i = 0; i < 300; i++) {
            at(A).turnAll();
            at(B).turnAllButReplicatorOf(A);
            nowMillis += 20;
        }
        at(B).done(at(B).control.disassociate("table", false));
        for (int i = 0; i < 100; i++) {
            at(B).turnAllButReplicatorOf(A);
            nowMillis += 20;
        }
        turn(A, B);
        assertThat(items(B)).containsExactly("first");
        assertThat(replicas(A)).isEmpty();
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

    @Test
    void aPausedDirectionStandsStillAlsoBehindARestartAndLosesNothing() throws IOException {
        create(B);
        create(C);
        turn(A, B, C);
        at(B).done(at(B).control.pause(A, true));
        put(A, "while paused");
        turn(A, B, C);
        at(B).restart();
        turn(A, B, C);
        assertThat(items(B)).containsExactly("first");
        assertThat(items(C)).containsExactly("first", "while paused");
        assertThat(at(B).status()).contains("\"state\" : \"PAUSED\"");
        assertThat(at(B).control.paused()).containsExactly(A);
        put(B, "the other way");
        turn(A, B, C);
        assertThat(items(A)).contains("the other way");
        at(B).done(at(B).control.pause(A, false));
        turn(A, B, C);
        assertThat(items(B)).containsExactly("first", "the other way", "while paused");
        assertThat(at(B).control.paused()).isEmpty();
    }

    @Test
    void aRegionWhoseKafkaIsSilentIsLeftAloneThenTriedAndTakenUpAgain() throws IOException {
        create(B);
        turn(A, B, C);
        assertThat(circuitToB()).isEqualTo("CLOSED");
        put(B, "before");
        buses.get(B).down();
        turn(A, B, C);
        turn(A, B, C);
        assertThat(circuitToB()).isNotEqualTo("CLOSED");
        assertThat(at(A).control.unreachable()).containsExactly(B);
        for (int i = 0; i < 1_000 && !circuitToB().equals("OPEN"); i++) {
            at(A).turnAll();
            nowMillis += 20;
        }

        put(B, "while away");
        buses.get(B).up();
        for (int i = 0; i < 10; i++) {
            at(B).turnAll();
            at(A).turnAll();
            nowMillis += 20;
        }
        assertThat(items(A)).as("nothing is asked while the circuit is open").doesNotContain("while away");
        turn(A, B, C);
        assertThat(circuitToB()).isEqualTo("CLOSED");
        assertThat(at(A).control.unreachable()).isEmpty();
        assertThat(items(A)).contains("before", "while away");
        assertThat(at(A).control.replicators().get(0).appliedThrough().millis()).isGreaterThan(nowMillis - 1_000);
    }

    @Test
    void aRegionWhoseTopicHoldsWhatItsStoreDoesNotKnowRejoinsBehindIt() throws IOException {
        TopicPartition at = new TopicPartition(TopicNames.of(Lane.STREAM, A, "table"), 0);
        BusWriter other = buses.get(A).writer("other", OrderedBus.Fencing.NONE);
        buses.get(A).ensureTopic(new TopicSpec(at.topic(), 1, 0, false));
        other.append(List.of(BusRecord.outgoing(
                at,
                nowMillis,
                null,
                null,
                new TreeMap<>(Map.of(
                        Headers.TABLE_ID,
                        TABLE.toString(),
                        Headers.SEQUENCE,
                        "1000",
                        Headers.VERSION,
                        "0000000000000001@x")))));
        Incarnation before = at(A).store.history().incarnation();
        turn(A, B, C);
        assertThat(at(A).store.history().incarnation()).isNotEqualTo(before);
        assertThat(new ObjectMapper().readTree(at(A).health()).path("alarms").toString())
                .contains("DATA_LOSS 1 events");
        assertThat(at(A).store.changes().last().value()).isGreaterThanOrEqualTo(1_000);
        put(A, "later");
        turn(A, B, C);
        assertThat(buses.get(A).records(at)).as("it publishes again").hasSizeGreaterThan(1);
    }

    @Test
    void aRegionThatAnOperatorHadBeginEmptySaysSoWhenItHasRejoined() throws IOException {
        create(B);
        turn(A, B);
        at(B).end();
        at(B).replaceStore(null);
        at(B).begin();
        at(B).done(at(B).store.write(view -> {
            view.document(Store.BEGUN_EMPTY, B.value(), Bytes.wrap("aside-1".getBytes(StandardCharsets.UTF_8)));
            return true;
        }));
        turn(A, B);
        assertThat(at(B).control.losses().all())
                .singleElement()
                .extracting(DataLoss::what)
                .asString()
                .startsWith("the store began empty, as an operator asked; tables that no other region has are only in"
                        + " aside-1. What it had committed before is here again only as far as");
        turn(A, B);
        assertThat(items(B)).containsExactly("first");
        assertThat(at(B).store.<Optional<Bytes>>read(view -> view.document(Store.BEGUN_EMPTY, B.value())))
                .isEmpty();
    }

    private Set<String> topicsOfTheTable() {
        Set<String> topics = new TreeSet<>();
        buses.values()
                .forEach(bus -> bus.topics().stream()
                        .filter(topic -> topic.contains(".table."))
                        .forEach(topics::add));
        return topics;
    }

    private void make(RegionId region, TableId id) {
        at(region).done(at(region).store.write(view -> {
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    id,
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
    }

    private void drop(RegionId region) {
        changeSettings(region, settings -> settings.withDeletionProtection(false));
        turn(A, B, C);
        at(region).done(at(region).control.delete(at(region).store.catalog().table("table")));
    }

    private static final Duration STREAM_KEPT = Duration.ofHours(24);

    @Test
    void theTopicsOfATableGoADayAfterItHasGoneFromAllRegionsAndALaterTableOfTheNameHasItsOwn() throws IOException {
        create(B);
        turn(A, B, C);
        put(A, "second");
        put(B, "third");
        turn(A, B, C);
        assertThat(topicsOfTheTable())
                .contains(
                        "meridian.a.table.replication",
                        "meridian.a.table.stream",
                        "meridian.b.table.replication",
                        "meridian.b.table.stream");
        drop(B);
        turn(A, B, C);
        nowMillis += STREAM_KEPT.plusHours(2).toMillis();
        turn(A, B, C);
        assertThat(topicsOfTheTable())
                .as("of a replica that went while the other stays")
                .contains("meridian.b.table.replication", "meridian.b.table.stream");
        drop(A);
        turn(A, B, C);
        nowMillis += STREAM_KEPT.toMillis();
        turn(A, B, C);
        assertThat(topicsOfTheTable()).contains("meridian.a.table.replication", "meridian.a.table.stream");

        buses.get(A).down();
        nowMillis += Duration.ofHours(2).toMillis();
        turn(A, B, C);
        assertThat(topicsOfTheTable())
                .as("B's are deleted, A's Kafka cannot be asked")
                .containsOnly("meridian.a.table.replication", "meridian.a.table.stream");
        TableId later = new TableId(new UUID(5, 6));
        make(A, later);
        at(A).done(at(A).control
                .update(at(A).store.catalog().table(later), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, B))));
        at(A).restart();
        buses.get(A).up();
        // The publishers are ready before the deletion can be asked for once more.
        at(A).turnAll();
        buses.get(A).down();
        turn(A, B, C);
        AttributeValue value = new AttributeValue.S("new");
        Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of("pk", value))));
        at(A).done(at(A).store
                .write(view -> view.put(view.catalog().table(later), ItemKey.of(value, null), image, Cause.USER)));
        buses.get(A).up();
        turn(A, B, C);
        turn(A, B, C);
        for (String topic : List.of("meridian.a.table.replication", "meridian.a.table.stream")) {
            assertThat(buses.get(A).records(new TopicPartition(topic, 0)))
                    .as(topic)
                    .singleElement()
                    .satisfies(record -> assertThat(record.offset()).isZero());
        }
        assertThat(at(B).store
                        .<Boolean>read(view -> view.copy(view.catalog().table(later), null, 10, 1_000)
                                        .size()
                                == 1))
                .isTrue();
        assertThat(at(B).control.replicators().get(0).appliedThrough().millis()).isGreaterThan(nowMillis - 1_000);
    }

    private String circuitToB() throws IOException {
        return new ObjectMapper()
                .readTree(at(A).status())
                .path("remote")
                .path(B.value())
                .path("circuit")
                .asText();
    }

    @Test
    void tombstonesGoWhenAllHaveAppliedThemAndStayWhileOneHasNot() {
        create(B);
        create(C);
        turn(A, B, C);
        delete(A, "first");
        turn(A, B);
        assertThat(tombstones(A)).isEqualTo(1);
        assertThat(tombstones(B)).isEqualTo(1);
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(tombstones(region)).isZero();
            assertThat(items(region)).isEmpty();
        }
        put(C, "first");
        turn(A, B, C);
        assertThat(items(A)).containsExactly("first");
        assertThat(at(A).status()).contains("\"conflicts\" : 0").doesNotContain("\"conflicts\" : 1");
    }

    @Test
    void tombstonesOfATableThatHasNoOtherReplicaAnyMoreGo() {
        create(B);
        turn(A, B, C);
        delete(B);
        turn(A, B, C);
        delete(A, "first");
        turn(A, B, C);
        assertThat(tombstones(A)).isZero();
    }

    @Test
    void aRegionThatMissedWhatKafkaNoLongerKeepsLoadsTheTableAnewAndKeepsItsOwnWrites() {
        create(B);
        create(C);
        turn(A, B, C);
        put(A, "missed");
        delete(A, "first");
        put(B, "own");
        turn(A, C);
        forgetTopicsOf(A);
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(items(region)).containsExactly("missed", "own");
        }
        assertThat(replicas(A)).containsExactly("b ACTIVE", "c ACTIVE");
        assertThat(at(B).status()).doesNotContain("STOPPED");
    }

    @Test
    void anEvictedRegionComesBackWithoutWhatWasDeletedAndWithWhatItWroteItself() {
        create(B);
        create(C);
        put(A, "kept");
        turn(A, B, C);
        // Cut off: nobody hears of it, it hears of nobody.
        buses.get(B).down();
        put(B, "own");
        turn(B);
        delete(A, "first");
        for (int i = 0; i < 20; i++) {
            turn(A, C);
        }
        assertThat(replicas(A)).containsExactly("b REGION_DISABLED", "c ACTIVE");
        assertThat(at(A).status()).contains("EVICTED");
        assertThat(tombstones(A)).isZero();
        assertThat(tombstones(C)).isZero();
        buses.get(B).up();
        turn(A, B, C);
        turn(A, B, C);
        for (RegionId region : List.of(A, B, C)) {
            assertThat(items(region)).containsExactly("kept", "own");
        }
        assertThat(replicas(A)).containsExactly("b ACTIVE", "c ACTIVE");
        delete(B, "own");
        turn(A, B, C);
        assertThat(items(A)).containsExactly("kept");
        assertThat(tombstones(A)).isZero();
        assertThat(tombstones(B)).isZero();
    }

    @Test
    void howFarClocksAreApartIsShownAndTooMuchIsAnAlarm() {
        create(B);
        turn(A, B);
        aheadMillisOfB = 700;
        turn(A, B);
        turn(A, B);
        assertThat(at(A).status()).doesNotContain("CLOCK_SKEW");
        assertThat(at(A).control.replicators().get(0).skew().leastAheadMillis().orElseThrow())
                .isBetween(600L, 700L);
        assertThat(at(A).control
                        .replicators()
                        .get(0)
                        .skew()
                        .greatestAheadMillis()
                        .orElseThrow())
                .isBetween(700L, 800L);
        aheadMillisOfB = 5_000;
        turn(A, B);
        turn(A, B);
        assertThat(at(A).status()).contains("CLOCK_SKEW");
    }

    @Test
    void whatWasSeenOfAClockBeforeItsRegionRestartedSaysNothing() throws IOException {
        create(B);
        turn(A, B);
        aheadMillisOfB = 60_000;
        turn(A, B);
        assertThat(seenBehindB().orElseThrow()).isGreaterThan(59_000);
        aheadMillisOfB = 0;
        at(B).restart();
        for (int i = 0; i < 300; i++) {
            turnOnce(A, B);
            assertThat(seenBehindB().orElse(0)).as("turn %d", i).isLessThan(1_000);
        }
        assertThat(seenBehindB()).isPresent();
    }

    /** By how much the clock of A is certainly behind that of B, as B knows from A. */
    private OptionalLong seenBehindB() {
        OptionalLong greatest = at(B).control.replicators().get(0).skew().greatestAheadMillis();
        return greatest.isEmpty() ? greatest : OptionalLong.of(-greatest.getAsLong());
    }

    @Test
    void aRegionWithoutRoomForTheTopicsOfAReplicaSaysSo() {
        at(B).control.limit(new PartitionBudget(() -> 1));
        create(B);
        turn(A, B, C);
        assertThat(table(B)).isNull();
        List<ReplicaDescription> replicas = at(A).control.replicas(table(A));
        assertThat(replicas).extracting(ReplicaDescription::status).containsExactly("CREATION_FAILED");
        assertThat(replicas.get(0).description())
                .startsWith("This region has room for 1 partitions of topics; 0 are taken, and 2 more are asked for.");
    }

    @Test
    void aTableWithoutRoomForItsReplicationTopicGetsNoReplica() {
        PartitionBudget budget = new PartitionBudget(() -> 1);
        at(A).control.limit(budget);
        String refusal =
                "Subscriber limit exceeded: This region has room for 1 partitions of topics; 1 are taken, and 1"
                        + " more are asked for.";
        assertThatThrownBy(() -> create(B)).hasMessageContaining(refusal);
        assertThat(table(A).replicated()).isFalse();
        assertThatThrownBy(() -> at(A).control.requireRoom(at(A).store.catalog(), 1))
                .isInstanceOfSatisfying(ApiException.class, refused -> {
                    assertThat(refused.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
                    assertThat(refused.getMessage()).startsWith(refusal);
                });
        at(A).control.limit(PartitionBudget.NONE);
        create(B);
        turn(A, B, C);
        assertThat(items(B)).containsExactly("first");
    }
}
