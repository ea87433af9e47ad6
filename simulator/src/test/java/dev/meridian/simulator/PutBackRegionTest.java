package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.simulator.world.ForwardingReader;
import dev.meridian.simulator.world.ForwardingView;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.Cause;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.memory.MemoryBus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A region is put back to an earlier store. What it wrote since is in its own topics only: the other region has applied none
 * of it. It must be here again, whatever happens while the topics are read. And nothing is certified by a region that may
 * have been put back.
 */
class PutBackRegionTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");

    @TempDir
    Path folder;

    private final MemoryBus kafkaOfA = new MemoryBus();
    private final MemoryBus kafkaOfB = new MemoryBus();
    private final TreeMap<RegionId, OrderedBus> buses = new TreeMap<>(Map.of(A, kafkaOfA, B, kafkaOfB));
    private final ReplicatedTable table = new ReplicatedTable(new TableId(new UUID(1, 2)));
    private HandTurnedRegion a;
    private HandTurnedRegion b;
    private long nowMillis = 1_000_000;
    private long slowMillisOfA;
    private Incarnation before;

    /** What A's own Kafka does from the declaration of a rejoin on. */
    private Runnable onRejoin = () -> {};

    private boolean isAway;
    private int readersOpen;

    @BeforeEach
    void start() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        a = region(A, random);
        b = region(B, random);
        table.create(a, nowMillis);
        table.addReplicas(a, List.of(B));
        put(a, "first");
        turn(300);
        assertThat(items(b)).containsExactly("first");
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
    }

    private HandTurnedRegion region(RegionId id, SplittableRandom random) throws IOException {
        return new HandTurnedRegion(
                id,
                folder.resolve(id.value()),
                new TreeMap<>(buses),
                () -> Instant.ofEpochMilli(nowMillis - (id.equals(A) ? slowMillisOfA : 0)),
                random,
                new HandTurnedRegion.Settings(Duration.ZERO, 1, false),
                new Watched(),
                duty -> () -> {});
    }

    private final class Watched implements Ports {
        @Override
        public Store store(RegionId region, Store store) {
            return new ForwardingStore(store) {
                @Override
                public <T> CompletionStage<T> write(Function<WriteView, T> work) {
                    return super.write(view -> work.apply(new ForwardingView(view) {
                        @Override
                        public void rejoin(Incarnation next, HybridTimestamp above, SequenceNumber behind) {
                            super.rejoin(next, above, behind);
                            onRejoin.run();
                        }
                    }));
                }
            };
        }

        @Override
        public OrderedBus bus(RegionId region, OrderedBus bus) {
            return new ForwardingBus(bus) {
                @Override
                public CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
                    return isAway
                            ? CompletableFuture.failedFuture(
                                    new BusUnavailableException("away", new IllegalStateException("away")))
                            : super.ends(partitions);
                }

                @Override
                public BusReader reader(Isolation isolation) {
                    readersOpen++;
                    return new ForwardingReader(super.reader(isolation)) {
                        private boolean isClosed;

                        @Override
                        public void close() {
                            super.close();
                            readersOpen -= isClosed ? 0 : 1;
                            isClosed = true;
                        }
                    };
                }
            };
        }
    }

    private static ItemKey key(String name) {
        return ItemKey.of(new AttributeValue.S(name), null);
    }

    private void put(HandTurnedRegion region, String name) {
        Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of("pk", new AttributeValue.S(name)))));
        region.done(
                region.port.write(view -> view.put(view.catalog().table(table.id()), key(name), image, Cause.USER)));
    }

    private void delete(HandTurnedRegion region, String name) {
        region.done(region.port.write(view -> view.delete(view.catalog().table(table.id()), key(name), Cause.USER)));
    }

    private TreeSet<String> items(HandTurnedRegion region) {
        Map<ItemKey, Bytes> images = new HashMap<>();
        table.held(region, images);
        TreeSet<String> names = new TreeSet<>();
        images.keySet().forEach(item -> names.add(ReplicatedTable.text(item)));
        return names;
    }

    private void turn(int rounds) {
        for (int i = 0; i < rounds; i++) {
            a.turnAll();
            b.turnAll();
            nowMillis += 20;
        }
    }

    /** A has published something that B does not apply, and is put back behind it. */
    private void putBack() throws IOException {
        byte[] earlier = a.committed();
        b.done(b.control.pause(A, true));
        put(a, "published");
        turn(100);
        assertThat(items(b)).containsExactly("first");
        before = a.store.history().incarnation();
        a.end();
        a.replaceStore(earlier);
        a.begin();
        assertThat(items(a)).containsExactly("first");
    }

    private void turnUntilItRejoins() {
        for (int i = 0; i < 500 && !hasRejoined(); i++) {
            turn(1);
        }
        assertThat(hasRejoined()).isTrue();
    }

    private boolean hasRejoined() {
        return !a.store.history().incarnation().equals(before);
    }

    private void assertThatNothingIsLost() {
        turn(500);
        assertThat(items(a)).containsExactly("first", "published");
        b.done(b.control.pause(A, false));
        turn(500);
        assertThat(items(b)).containsExactly("first", "published");
    }

    @Test
    void whatOnlyTheOwnTopicsHoldIsHereAgain() throws IOException {
        putBack();
        turnUntilItRejoins();
        assertThatNothingIsLost();
    }

    @Test
    void aKafkaThatIsAwayWhenTheReplayBeginsIsAskedAgain() throws IOException {
        onRejoin = () -> isAway = true;
        putBack();
        turnUntilItRejoins();
        turn(100);
        isAway = false;
        assertThatNothingIsLost();
    }

    @Test
    void aProcessThatEndsBeforeTheReplayDoesLeavesItToTheNext() throws IOException {
        putBack();
        turnUntilItRejoins();
        a.kill();
        assertThatNothingIsLost();
    }

    @Test
    void theOldestRecordThatIsKeptMayNotBeTheFirst() throws IOException {
        putBack();
        for (int partition = 0; partition < ReplicatedTable.PARTITIONS; partition++) {
            TopicPartition at = ReplicatedTable.topic(A, "replication", partition);
            kafkaOfA.trim(at, kafkaOfA.records(at).size() - 1);
        }
        turnUntilItRejoins();
        assertThatNothingIsLost();
    }

    @Test
    void aClockThatIsBehindNowHidesNothing() throws IOException {
        putBack();
        slowMillisOfA = 8_000;
        turnUntilItRejoins();
        turn(30);
        assertThat(items(a)).containsExactly("first", "published");
        assertThatNothingIsLost();
    }

    @Test
    void whatTheTopicsAreReadWithIsClosedBehindIt() throws IOException {
        int others = readersOpen;
        putBack();
        turnUntilItRejoins();
        assertThatNothingIsLost();
        assertThat(readersOpen).isEqualTo(others);
    }

    /** Whether it was put back itself, or the one that would know it was too, is not known before. */
    @Test
    void aRegionThatWasStartedSaysNothingForGoodBeforeItHasHeardTheOthersOrTheyAreAway() throws IOException {
        a.end();
        for (int i = 0; i < 20; i++) {
            b.turnAll();
            nowMillis += 20;
        }
        HybridTimestamp said = b.control.applied().get(A);
        a.begin();
        for (int i = 0; i < 100; i++) {
            a.turnAllButReplicatorOf(B);
            b.turnAll();
            nowMillis += 20;
        }
        assertThat(b.control.applied().get(A)).isEqualTo(said);
        for (int i = 0; i < 200; i++) {
            a.turnAllButReplicatorOf(B);
            b.turnAll();
            nowMillis += 20;
        }
        assertThat(b.control.applied().get(A)).isGreaterThan(said);
    }

    /** What B said before A was started is still in B's topic, and does not tell what B has seen of A since. */
    @Test
    void heartbeatsFromBeforeTheStartAreNotHeardAlsoIfTheirEndWasNotKnownThen() throws IOException {
        a.end();
        b.end();
        kafkaOfB.down();
        a.begin();
        for (int i = 0; i < 20; i++) {
            a.turnAll();
            nowMillis += 20;
        }
        kafkaOfB.up();
        for (int i = 0; i < 100; i++) {
            a.turnAll();
            nowMillis += 20;
        }
        assertThat(a.control.replicators().get(0).lastHeartbeat()).isNull();
        b.begin();
        turn(100);
        assertThat(a.control.replicators().get(0).lastHeartbeat()).isNotNull();
    }

    @Test
    void aStoreThatIsLostAltogetherIsFilledFromItsOwnTopicsToo() throws IOException {
        b.done(b.control.pause(A, true));
        put(a, "published");
        turn(100);
        a.end();
        a.replaceStore(null);
        a.begin();
        assertThatNothingIsLost();
    }

    /** B's store is lost, and A's topics with all that A has said since it was started, but for its heartbeats. */
    @Test
    void whatWasSaidBeforeTheFirstHeartbeatIsSaidAgainIfItIsLost() throws IOException {
        b.end();
        b.replaceStore(null);
        a.end();
        a.begin();
        TopicPartition control = new TopicPartition(TopicNames.control(A), 0);
        TopicPartition heartbeat = new TopicPartition(TopicNames.heartbeat(A), 0);
        int said = kafkaOfA.records(control).size();
        int beats = kafkaOfA.records(heartbeat).size();
        while (kafkaOfA.records(control).size() == said) {
            a.turnAll();
            nowMillis += 20;
        }
        assertThat(kafkaOfA.records(heartbeat)).hasSize(beats);
        kafkaOfA.lose();
        b.begin();
        turn(1_000);
        assertThat(items(b)).containsExactly("first");
    }

    /** A is put back, and its clock is now behind what B has seen of it. */
    private void putBackWithASlowClock() throws IOException {
        byte[] earlier = a.committed();
        nowMillis += 10_000;
        put(a, "later");
        turn(100);
        assertThat(items(b)).containsExactly("first", "later");
        before = a.store.history().incarnation();
        a.end();
        a.replaceStore(earlier);
        slowMillisOfA = 8_000;
        a.begin();
    }

    @Test
    void aDeleteBeforeItKnowsThatItWasPutBackIsNotForgotten() throws IOException {
        putBackWithASlowClock();
        delete(a, "first");
        turnUntilItRejoins();
        turn(500);
        assertThat(items(a)).containsExactly("later");
        assertThat(items(b)).containsExactly("later");
    }

    @Test
    void aWriteBeforeItKnowsThatItWasPutBackIsNotTakenAwayByACopyThatIsLoadedForAnotherReason() throws IOException {
        putBackWithASlowClock();
        put(a, "new");
        kafkaOfB.lose();
        turnUntilItRejoins();
        turn(1_000);
        assertThat(items(a)).containsExactly("first", "later", "new");
        assertThat(items(b)).containsExactly("first", "later", "new");
    }
}
