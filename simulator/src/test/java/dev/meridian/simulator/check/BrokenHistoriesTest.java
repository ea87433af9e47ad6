package dev.meridian.simulator.check;

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
import dev.meridian.model.Version;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import dev.meridian.simulator.world.ForwardingView;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.Headers;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each law is told of a history that may be, and says nothing; then of one that must not be, and objects. */
class BrokenHistoriesTest {
    private static final TableId TABLE = new TableId(new UUID(1, 2));
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final ItemKey KEY = key("k");

    private final Ledger ledger = new Ledger();

    private static ItemKey key(String text) {
        return ItemKey.of(new AttributeValue.S(text), null);
    }

    private static Version version(long millis, RegionId region) {
        return new Version(HybridTimestamp.ofMillis(millis), region);
    }

    private static Bytes image(String text) {
        return Bytes.wrap(
                ItemCodec.encode(Item.of(Map.of("pk", new AttributeValue.S("k"), "v", new AttributeValue.S(text)))));
    }

    private WrittenItem write(long millis, RegionId region, @Nullable String text) {
        WrittenItem write = new WrittenItem(TABLE, KEY, version(millis, region), text == null ? null : image(text));
        ledger.wrote(write);
        return write;
    }

    private static Holdings holding(@Nullable WrittenItem write) {
        TreeMap<ItemKey, Holdings.Held> items = new TreeMap<>(Ledger.KEYS);
        if (write != null && write.image() != null) {
            items.put(write.key(), new Holdings.Held(write.version(), write.image()));
        }
        return new Holdings(items, new TreeMap<>(Ledger.KEYS));
    }

    private static void assertBroken(String law, ThrowingCallable history) {
        assertThatThrownBy(history)
                .isInstanceOfSatisfying(
                        LawBroken.class, broken -> assertThat(broken.law()).isEqualTo(law));
    }

    @Test
    void regionsConverge() {
        Holdings one = holding(write(1, A, "one"));
        Holdings two = holding(write(2, B, "two"));
        Convergence.check("table", new TreeMap<>(Map.of(A, one, B, one)));
        assertBroken("regions converge", () -> Convergence.check("table", new TreeMap<>(Map.of(A, one, B, two))));
        assertBroken(
                "regions converge", () -> Convergence.check("table", new TreeMap<>(Map.of(A, one, B, holding(null)))));
        assertBroken(
                "regions converge", () -> Convergence.check("table", new TreeMap<>(Map.of(A, holding(null), B, one))));
    }

    @Test
    void acknowledgedWritesAreKeptOrLoseToAKnownWinner() {
        AcknowledgedWrites law = new AcknowledgedWrites(ledger);
        WrittenItem first = write(1, A, "first");
        law.acknowledged("put", true, List.of(first));
        law.check(TABLE, A, holding(first));
        assertBroken("acknowledged writes are kept", () -> law.check(TABLE, A, holding(null)));

        WrittenItem winner = write(2, B, "winner");
        law.check(TABLE, A, holding(winner));
        assertBroken("acknowledged writes are kept", () -> law.check(TABLE, A, holding(first)));

        write(3, B, null);
        law.check(TABLE, A, holding(null));
    }

    @Test
    void whatNobodyWroteIsNotKept() {
        AcknowledgedWrites law = new AcknowledgedWrites(ledger);
        WrittenItem unknown = new WrittenItem(TABLE, KEY, version(9, A), image("unknown"));
        assertBroken("acknowledged writes are kept", () -> law.check(TABLE, A, holding(unknown)));
    }

    @Test
    void whatIsAcknowledgedIsCommitted() {
        AcknowledgedWrites law = new AcknowledgedWrites(ledger);
        law.acknowledged("delete of nothing", false, List.of());
        assertBroken("acknowledged writes are kept", () -> law.acknowledged("put", true, List.of()));
    }

    @Test
    void whatIsDeletedStaysDeletedForTheTimeBeing() {
        NoResurrection law = new NoResurrection();
        law.committed(A, write(1, A, "one"));
        law.committed(A, write(2, A, null));
        law.committed(A, write(3, B, "anew"));
        law.committed(A, write(5, A, null));
        law.committed(B, write(4, B, "in another region"));
        WrittenItem late = write(4, B, "late");
        assertBroken("no resurrection", () -> law.committed(A, late));
        law.forget(A, TABLE);
        law.committed(A, late);
    }

    @Test
    void whatIsDeletedIsNotThereInTheEnd() {
        WrittenItem first = write(1, A, "first");
        write(2, A, null);
        NoResurrection.check(ledger, TABLE, A, holding(null));
        assertBroken("no resurrection", () -> NoResurrection.check(ledger, TABLE, A, holding(first)));
    }

    @Test
    void versionsOfARegionGrow() {
        VersionsGrow law = new VersionsGrow();
        law.issued(version(5, A));
        law.issued(version(4, B));
        law.issued(version(6, A));
        assertBroken("versions grow", () -> law.issued(version(6, A)));
    }

    @Test
    void versionsUnderAKeyGrow() {
        VersionsGrow law = new VersionsGrow();
        law.held(A, TABLE, KEY, version(5, A));
        law.held(A, TABLE, key("other"), version(1, A));
        law.held(B, TABLE, KEY, version(1, A));
        assertBroken("versions grow", () -> law.held(A, TABLE, KEY, version(4, B)));
    }

    private static final TopicPartition AT = new TopicPartition("meridian.a.table.stream", 0);

    private static List<BusRecord> records(long... sequences) {
        List<BusRecord> records = new ArrayList<>();
        for (long sequence : sequences) {
            records.add(new BusRecord(
                    AT,
                    records.size(),
                    0,
                    null,
                    null,
                    new TreeMap<>(Map.of(Headers.SEQUENCE, Long.toString(sequence)))));
        }
        return records;
    }

    @Test
    void streamsHaveEachChangeOnceInOrder() {
        String law = "streams have each change once and in order";
        StreamOrder order = new StreamOrder();
        for (long sequence : new long[] {1, 4, 5}) {
            order.committed(AT, new SequenceNumber(sequence));
        }
        order.check(A, AT, records(1, 4), false);
        order.check(A, AT, records(1, 4, 5), true);
        assertBroken(law, () -> order.check(A, AT, records(1, 4), true));
        assertBroken(law, () -> order.check(A, AT, records(1, 5), false));
        assertBroken(law, () -> order.check(A, AT, records(4, 1), false));
        assertBroken(law, () -> order.check(A, AT, records(1, 1), false));
        assertBroken(law, () -> order.check(A, AT, records(1, 4, 5, 6), false));
    }

    @Test
    void certificatesAreSound() {
        String law = "drain certificates are sound";
        WrittenItem first = write(1, A, "first");
        WrittenItem second = write(3, A, "second");
        DrainCertificates certificates = new DrainCertificates(ledger);
        certificates.claimed("b", A, B, HybridTimestamp.ofMillis(2), false, has(first));
        assertBroken(law, () -> certificates.claimed("b", A, B, HybridTimestamp.ofMillis(3), false, has(first)));
        assertBroken(law, () -> certificates.claimed("b", A, B, HybridTimestamp.ofMillis(3), false, has(null)));
        certificates.claimed("b", A, B, HybridTimestamp.ofMillis(3), false, has(second));
    }

    private static DrainCertificates.Lookup has(@Nullable WrittenItem write) {
        return new DrainCertificates.Lookup() {
            @Override
            public boolean has(TableId table) {
                return true;
            }

            @Override
            public @Nullable Version held(WrittenItem asked) {
                return write == null ? null : write.version();
            }
        };
    }

    @Test
    void tokensAreHonoured() {
        CausalTokens law = new CausalTokens(ledger);
        WrittenItem write = write(2, A, "written");
        law.read(write, B, write.version());
        law.read(write, B, version(3, B));
        assertBroken("causal tokens are honoured", () -> law.read(write, B, version(1, B)));
        assertBroken("causal tokens are honoured", () -> law.read(write, B, null));
        write(4, A, null);
        law.read(write, B, null);
        assertThat(law.checked()).isEqualTo(5);
    }

    /** Two regions that write the same item before they hear of each other. */
    private static final class Two implements AutoCloseable {
        final TreeMap<RegionId, MemoryBus> buses = new TreeMap<>();
        final TreeMap<RegionId, HandTurnedRegion> regions = new TreeMap<>();
        final ConflictOracle oracle;
        private final List<List<RecordedStore.Edit>> committed = new ArrayList<>();
        long nowMillis = 1_000_000;

        Two(Path folder) throws IOException {
            this(folder, Duration.ZERO, Ports.NONE);
        }

        Two(Path folder, Duration evictAfter, Ports inner) throws IOException {
            buses.put(A, new MemoryBus());
            buses.put(B, new MemoryBus());
            oracle = new ConflictOracle(TABLE, buses);
            SplittableRandom random = new SplittableRandom(1);
            for (RegionId id : buses.keySet()) {
                regions.put(
                        id,
                        new HandTurnedRegion(
                                id,
                                folder.resolve(id.value()),
                                new TreeMap<>(buses),
                                () -> Instant.ofEpochMilli(nowMillis),
                                random,
                                new HandTurnedRegion.Settings(evictAfter, 1, false),
                                Ports.both(new Recorder(), inner),
                                duty -> () -> {}));
            }
            regions.values().forEach(region -> region.afterEachCommit(() -> observe(region)));
            HandTurnedRegion a = regions.get(A);
            a.done(a.store.write(view -> {
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
            a.done(a.control.update(
                    a.store.catalog().table(TABLE), List.of(new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, B))));
            turn();
        }

        private void observe(HandTurnedRegion region) {
            committed.forEach(edits -> oracle.took(region, edits));
            committed.clear();
            oracle.observe(region);
        }

        private final class Recorder implements Ports {
            @Override
            public Store store(RegionId id, Store store) {
                return new RecordedStore(store, edits -> committed.add(List.copyOf(edits)));
            }

            @Override
            public OrderedBus bus(RegionId id, OrderedBus bus) {
                return new RecordedBus(bus, records -> oracle.appending(regions.get(id), records));
            }
        }

        void turn() {
            for (int i = 0; i < 300; i++) {
                regions.values().forEach(HandTurnedRegion::turnAll);
                nowMillis += 20;
            }
        }

        /** One writes, and is silent for so long that the other evicts it. */
        void writeAndBeSilent(String ofB, String toldOfB) {
            tell(B, put(B, ofB), toldOfB);
            for (int i = 0; i < 300; i++) {
                regions.get(A).turnAll();
                nowMillis += 20;
            }
            assertThat(regions.get(A)
                            .control
                            .replicas(regions.get(A).store.catalog().table(TABLE)))
                    .extracting(ReplicaDescription::status)
                    .contains("REGION_DISABLED");
        }

        /** And the other writes the same item. */
        void missEachOther(String ofB, String toldOfB) {
            writeAndBeSilent(ofB, toldOfB);
            tell(A, put(A, "of a"), "of a");
        }

        Version put(RegionId at, String text) {
            HandTurnedRegion region = regions.get(at);
            return region.done(
                    region.store.write(view -> view.put(view.catalog().table(TABLE), KEY, image(text), Cause.USER)));
        }

        /** One takes in what the other wrote and drops its table, before anybody looks at it. */
        void takeInAndDrop() {
            HandTurnedRegion b = regions.get(B);
            for (int i = 0; i < 50; i++) {
                regions.get(A).turnAll();
                b.duties().get("replicate-a").turn();
                nowMillis += 20;
            }
            b.done(b.port.write(view -> {
                view.dropTable(view.catalog().table(TABLE));
                return true;
            }));
        }

        void tell(RegionId at, Version version, String text) {
            oracle.wrote(at, KEY, version, image(text));
        }

        @Override
        public void close() {
            regions.values().forEach(HandTurnedRegion::close);
        }
    }

    @Test
    void conflictsAreThoseThatHappened(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder)) {
            two.tell(A, two.put(A, "of a"), "of a");
            two.tell(B, two.put(B, "of b"), "of b");
            two.turn();
            two.oracle.checkNoneIsMissed();
            assertThat(two.oracle.conflicts()).isPositive();
        }
    }

    @Test
    void aConflictWithAnotherImageIsNone(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder)) {
            two.tell(A, two.put(A, "of a"), "of a");
            two.tell(B, two.put(B, "of b"), "of somebody else");
            assertBroken("conflicts are exact", two::turn);
        }
    }

    @Test
    void aConflictOfWritesThatKnewEachOtherIsNone(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder)) {
            two.tell(A, two.put(A, "of a"), "of a");
            // As if it had been made where the first is known.
            two.tell(A, two.put(B, "of b"), "of b");
            assertBroken("conflicts are exact", two::turn);
        }
    }

    @Test
    void aWriteThatNobodyToldOfIsNoticed(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder)) {
            two.put(A, "of a");
            assertBroken("conflicts are exact", two::turn);
        }
    }

    private static final Duration SOON = Duration.ofSeconds(3);

    @Test
    void aRegionThatWasEvictedFindsItsConflictsInWhatItLoads(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder, SOON, Ports.NONE)) {
            two.missEachOther("of b", "of b");
            two.turn();
            two.oracle.checkNoneIsMissed();
            assertThat(two.oracle.conflicts()).isPositive();
        }
    }

    @Test
    void aConflictFoundInWhatIsLoadedIsOfWhatWasWritten(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder, SOON, Ports.NONE)) {
            two.missEachOther("of b", "of somebody else");
            assertBroken("conflicts are exact", two::turn);
        }
    }

    @Test
    void aRegionThatWasEvictedMustReportWhatItLost(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder, SOON, silent())) {
            two.missEachOther("of b", "of b");
            assertBroken("conflicts are exact", two::turn);
        }
    }

    @Test
    void whatOnlyAnEvictedRegionHasIsNotGivenUp(@TempDir Path folder) throws IOException {
        Ports purging = edits(view -> new ForwardingView(view) {
            @Override
            public @Nullable Version reissue(TableDescriptor table, ItemKey key) {
                purge(table, key);
                return null;
            }
        });
        try (Two two = new Two(folder, SOON, purging)) {
            two.writeAndBeSilent("of b", "of b");
            assertBroken("conflicts are exact", two::turn);
        }
    }

    @Test
    void whatARegionLostBeforeItDroppedItsTableIsReported(@TempDir Path folder) throws IOException {
        try (Two two = new Two(folder.resolve("reported"))) {
            two.tell(A, two.put(A, "of a"), "of a");
            two.tell(B, two.put(B, "of b"), "of b");
            two.takeInAndDrop();
            assertThat(two.oracle.conflicts()).isOne();
        }
        try (Two two = new Two(folder.resolve("not reported"), Duration.ZERO, silent())) {
            two.tell(A, two.put(A, "of a"), "of a");
            two.tell(B, two.put(B, "of b"), "of b");
            assertBroken("conflicts are exact", two::takeInAndDrop);
        }
    }

    /** Conflicts are not recorded. */
    private static Ports silent() {
        return edits(view -> new ForwardingView(view) {
            @Override
            public void conflict(TableDescriptor table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {}
        });
    }

    private static Ports edits(UnaryOperator<WriteView> instead) {
        return new Ports() {
            @Override
            public Store store(RegionId region, Store store) {
                return new ForwardingStore(store) {
                    @Override
                    public <T> CompletionStage<T> write(Function<WriteView, T> work) {
                        return store.write(view -> work.apply(instead.apply(view)));
                    }
                };
            }
        };
    }
}
