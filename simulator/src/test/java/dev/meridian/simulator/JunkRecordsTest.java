package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.control.CausalReads;
import dev.meridian.node.control.DrainCertificate;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.TableStreams;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else writes into the topics of a region, or what Meridian wrote there is damaged: two regions, two tables. */
class JunkRecordsTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final TableId RED = new TableId(new UUID(3, 1));
    private static final TableId BLUE = new TableId(new UUID(3, 2));
    private static final Bytes JUNK = Bytes.wrap(new byte[] {1, 2, 3, 4});

    @TempDir
    Path folder;

    private final TreeMap<RegionId, MemoryBus> buses = new TreeMap<>();
    private final TreeMap<RegionId, HandTurnedRegion> regions = new TreeMap<>();
    private long nowMillis = 1_000_000;

    @BeforeEach
    void start() throws IOException {
        buses.put(A, new MemoryBus());
        buses.put(B, new MemoryBus());
        SplittableRandom random = new SplittableRandom(1);
        for (RegionId id : buses.keySet()) {
            regions.put(
                    id,
                    new HandTurnedRegion(
                            id,
                            folder.resolve(id.value()),
                            buses,
                            () -> Instant.ofEpochMilli(nowMillis),
                            random,
                            Duration.ofSeconds(1_000)));
        }
        create(RED, "red");
        create(BLUE, "blue");
        turn();
    }

    @AfterEach
    void stop() {
        regions.values().forEach(HandTurnedRegion::close);
    }

    private HandTurnedRegion at(RegionId region) {
        return regions.get(region);
    }

    private void create(TableId id, String name) {
        at(A).done(at(A).store.write(view -> {
            TableDescriptor table = new TableDescriptor(
                    view.nextTableNumber(),
                    id,
                    name,
                    new KeySchema(new KeyAttribute("pk", ScalarType.S), null),
                    TableStatus.ACTIVE,
                    false,
                    1,
                    TableSettings.ON_DEMAND,
                    nowMillis,
                    List.of());
            view.putTable(table);
            TableStreams.change(view, table, Optional.of(StreamViewType.NEW_AND_OLD_IMAGES), nowMillis);
            return true;
        }));
        at(A).done(at(A).control
                .update(at(A).store.catalog().table(id), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, B))));
    }

    private void turn() {
        for (int i = 0; i < 300; i++) {
            regions.values().forEach(HandTurnedRegion::turnAll);
            nowMillis += 20;
        }
    }

    private void put(RegionId region, TableId table, String pk) {
        AttributeValue value = new AttributeValue.S(pk);
        Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of("pk", value))));
        at(region)
                .done(at(region)
                        .store
                        .write(view ->
                                view.put(view.catalog().table(table), ItemKey.of(value, null), image, Cause.USER)));
    }

    private boolean has(RegionId region, TableId table, String pk) {
        ItemKey key = ItemKey.of(new AttributeValue.S(pk), null);
        return at(region).store.read(view -> view.get(view.catalog().table(table), key) != null);
    }

    private void append(String topic, Bytes key, Bytes value, TreeMap<String, String> headers) {
        try (BusWriter writer = buses.get(A).writer("somebody", OrderedBus.Fencing.NONE)) {
            writer.open();
            writer.append(List.of(BusRecord.outgoing(new TopicPartition(topic, 0), nowMillis, key, value, headers)));
        }
    }

    private void appendJunk(String topic) {
        append(topic, JUNK, JUNK, new TreeMap<>());
    }

    private static String replication(String table) {
        return TopicNames.of(Lane.REPLICATION, A, table);
    }

    private JsonNode status(RegionId region) throws IOException {
        return new ObjectMapper().readTree(at(region).status());
    }

    private void requireAllGoesOn() throws IOException {
        put(A, RED, "later");
        put(B, BLUE, "back");
        turn();
        assertThat(has(B, RED, "later")).isTrue();
        assertThat(has(A, BLUE, "back")).isTrue();
        long applied = at(B).control.replicators().get(0).appliedThrough().millis();
        assertThat(applied).isGreaterThan(nowMillis - 1_000);
        create(new TableId(new UUID(3, 9)), "later");
        turn();
        assertThat(at(B).store.catalog().table("later").status()).isEqualTo(TableStatus.ACTIVE);
    }

    @Test
    void junkInAnyTopicIsSetAsideWithAnAlarmAndEverythingGoesOn() throws IOException {
        put(A, RED, "before");
        turn();
        List<String> topics = List.of(replication("red"), TopicNames.control(A), TopicNames.heartbeat(A));
        topics.forEach(this::appendJunk);
        requireAllGoesOn();
        JsonNode kept = new ObjectMapper().readTree(at(B).control.setAsides().json());
        assertThat(kept.path("records").findValuesAsText("topic")).containsExactlyInAnyOrderElementsOf(topics);
        assertThat(kept.path("records").findValuesAsText("value")).containsOnly("AQIDBA==");
        assertThat(status(B).path("alarms").findValuesAsText("kind")).containsExactly("JUNK", "JUNK", "JUNK");
        assertThat(at(B).health()).contains("JUNK " + replication("red") + "-0: 1 record that no Meridian wrote");
        assertThat(at(B).control.replicators().get(0).alarms()).isEmpty();

        assertThat(at(B).done(at(B).control.setAsides().forget())).isEqualTo(3);
        at(B).restart();
        turn();
        assertThat(status(B).path("alarms").isMissingNode())
                .as("the control topic is read again")
                .isTrue();
    }

    @Test
    void junkAtTheEndOfItsOwnTopicsDoesNotLetARegionPublishAgain() throws IOException {
        put(A, RED, "before");
        turn();
        for (Lane lane : Lane.values()) {
            appendJunk(TopicNames.of(lane, A, "red"));
        }
        at(A).restart();
        put(A, RED, "after");
        turn();
        assertThat(has(B, RED, "after")).isTrue();
        for (Lane lane : Lane.values()) {
            List<BusRecord> records = buses.get(A).records(new TopicPartition(TopicNames.of(lane, A, "red"), 0));
            assertThat(records).as("%s", lane).hasSize(3);
            assertThat(Recognition.isMarked(records.get(1))).isFalse();
        }
        requireAllGoesOn();
    }

    @Test
    void aDamagedRecordStopsItsTableAndDrainVerifyAndCausalReadsOfOthersGoOn() throws IOException {
        put(A, RED, "before");
        turn();
        TreeMap<String, String> headers = new TreeMap<>();
        Recognition.mark(RecordKind.CHANGE, JUNK, JUNK, headers);
        append(replication("red"), JUNK, Bytes.wrap(new byte[] {1, 2, 3, 5}), headers);
        put(A, RED, "behind it");
        put(A, BLUE, "another's");
        turn();
        assertThat(has(B, BLUE, "another's")).isTrue();
        assertThat(has(B, RED, "behind it")).isFalse();
        long justNow = nowMillis - 1_000;

        DrainCertificate drained = DrainCertificate.of(at(B).control, A, B);
        assertThat(drained.holdsThrough().millis()).isLessThan(justNow);
        assertThat(Objects.requireNonNull(drained.others()).millis()).isGreaterThan(justNow);
        assertThat(drained.json())
                .contains("b holds everything a committed in all tables but red up to version ")
                .contains("red stands still: UNREADABLE " + replication("red") + "-0 offset ");
        JsonNode ofA = status(B).path("remote").path("a");
        assertThat(ofA.path("standing").path("red").asText()).contains("the record is damaged: its checksum differs");
        assertThat(ofA.path("standing").has("blue")).isFalse();
        assertThat(Long.parseUnsignedLong(
                        ofA.path("othersAppliedThroughVersion").asText(), 16))
                .as("by this verify goes")
                .isEqualTo(drained.others().bits());

        CausalReads reads =
                new CausalReads(at(B).control, at(B).store, () -> Instant.ofEpochMilli(nowMillis), () -> {});
        VersionVector seen = VersionVector.EMPTY.with(new Version(HybridTimestamp.ofMillis(justNow), A));
        assertThat(reads.reached(seen, Set.of("blue"), 0).toCompletableFuture()).isCompleted();
        for (Set<String> tables : List.of(Set.of("red"), Set.of("blue", "red"), Set.<String>of())) {
            assertThat(reads.reached(seen, tables, 0).toCompletableFuture())
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withMessageContaining("the table red stands still: UNREADABLE");
        }
    }
}
