package dev.meridian.streams.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.streams.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What a consumer gets, whichever regions it reads, whatever fails when. */
class ChangeConsumerLawTest {
    private static final int STEPS = 120;
    private static final Duration NO_WAIT = Duration.ZERO;

    /** Keeps changes and progress together, and fails when told to: before or behind its commit. */
    private static final class Sink implements TransactionalSink {
        final List<ChangeRecord> changes = new ArrayList<>();
        Optional<String> progress = Optional.empty();
        boolean failBefore;
        boolean failBehind;

        @Override
        public Optional<String> progress() {
            return progress;
        }

        @Override
        public void commit(List<ChangeRecord> more, String reached) {
            if (failBefore) {
                failBefore = false;
                throw new IllegalStateException("before the commit");
            }
            changes.addAll(more);
            progress = Optional.of(reached);
            if (failBehind) {
                failBehind = false;
                throw new IllegalStateException("behind the commit");
            }
        }

        Map<String, List<Version>> versions() {
            Map<String, List<Version>> versions = new TreeMap<>();
            changes.forEach(change -> versions.computeIfAbsent(
                            ((dev.meridian.model.AttributeValue.S) change.keys().get("pk")).value(),
                            unused -> new ArrayList<>())
                    .add(change.version()));
            return versions;
        }
    }

    private static ChangeConsumer open(RegionsInMemory regions, Sink sink, int atOnce, int remembered, long[] millis) {
        ChangeConsumer.Options options = ChangeConsumer.of(RegionsInMemory.TABLE, sink)
                .regionsAtOnce(atOnce)
                .remembering(remembered)
                .failoverAfter(Duration.ofMillis(50))
                .clock(() -> Instant.ofEpochMilli(millis[0]));
        regions.buses.forEach((name, bus) -> options.region(name.value(), bus));
        return options.open();
    }

    /** @param home whether an item is only written in one region, so that no two writes meet */
    private static void run(RandomGenerator random, int atOnce, boolean home, Sink sink, RegionsInMemory regions) {
        long[] millis = {1_000_000};
        // Where no writes meet, vectors alone must do.
        int remembered = home && random.nextBoolean() ? 0 : 1_000;
        ChangeConsumer consumer = open(regions, sink, atOnce, remembered, millis);
        for (int step = 0; step < STEPS; step++) {
            millis[0] += random.nextInt(30);
            RegionId region = regions.names.get(random.nextInt(3));
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    int key = random.nextInt(8);
                    regions.write(home ? regions.names.get(key % 3) : region, "k" + key);
                }
                case 3, 4 -> regions.replicate(region, regions.names.get(random.nextInt(3)), random.nextInt(4));
                case 5, 6 -> poll(consumer);
                case 7 -> {
                    if (random.nextBoolean()) {
                        consumer.failOver(region.value());
                    } else if (random.nextBoolean()) {
                        regions.buses.get(region).down();
                    } else {
                        regions.buses.get(region).up();
                    }
                }
                case 8 -> {
                    sink.failBefore = random.nextBoolean();
                    sink.failBehind = random.nextBoolean();
                }
                default -> {
                    if (random.nextInt(4) == 0) {
                        consumer.close();
                        consumer = open(regions, sink, atOnce, remembered, millis);
                    }
                }
            }
        }
        sink.failBefore = false;
        sink.failBehind = false;
        regions.heal();
        for (int i = 0; i < 20; i++) {
            millis[0] += 20;
            poll(consumer);
        }
        consumer.close();
    }

    private static void poll(ChangeConsumer consumer) {
        try {
            consumer.poll(NO_WAIT);
        } catch (IllegalStateException sinkFailed) {
            assertThat(sinkFailed).hasMessageContaining("the commit");
        } catch (Exception other) {
            throw new AssertionError(other);
        }
    }

    @Test
    void whereNoWritesMeetEachChangeComesOnceAndInOrder() {
        Property.holds(1_000, random -> {
            RegionsInMemory regions = new RegionsInMemory();
            Sink sink = new Sink();
            run(random, random.nextInt(1, 4), true, sink, regions);
            assertThat(sink.versions()).isEqualTo(regions.written);
        });
    }

    @Test
    void whereWritesMeetVersionsOnlyRiseAndEndWithTheWinner() {
        Property.holds(1_000, random -> {
            RegionsInMemory regions = new RegionsInMemory();
            Sink sink = new Sink();
            run(random, random.nextInt(1, 4), false, sink, regions);
            Map<String, Version> last = new HashMap<>();
            sink.changes.forEach(change -> {
                Version before = last.put(change.key(), change.version());
                assertThat(before == null || change.version().compareTo(before) > 0)
                        .as("%s: %s after %s", change.key(), change.version(), before)
                        .isTrue();
            });
            regions.written
                    .keySet()
                    .forEach(key -> assertThat(last.get("{\"pk\":{\"S\":\"" + key + "\"}}"))
                            .as(key)
                            .isEqualTo(regions.winner(key)));
        });
    }

    /** The point of it: a failover reads the other region's topic from the right place, not from the beginning. */
    @Test
    void afterAFailoverItGoesOnBehindWhatIsHandled() throws Exception {
        RegionsInMemory regions = new RegionsInMemory();
        Sink sink = new Sink();
        long[] millis = {1_000_000};
        try (ChangeConsumer consumer = open(regions, sink, 1, 0, millis)) {
            for (int i = 0; i < 3_000; i++) {
                regions.write(regions.names.get(i % 3), "k" + i % 9);
                regions.heal();
            }
            while (consumer.poll(NO_WAIT) > 0) {
                // Until all is read.
            }
            regions.write(regions.names.get(2), "k2");
            regions.heal();
            regions.buses.get(regions.names.get(0)).down();
            millis[0] += 100;
            // Were it to begin at the beginning, a batch would not get as far as the new change.
            assertThat(consumer.poll(NO_WAIT)).isEqualTo(1);
            assertThat(consumer.regions()).containsExactly(regions.names.get(1));
        }
        assertThat(sink.versions()).isEqualTo(regions.written);
    }

    /** One region's write lies far back in the other topic, and never reached the first one. */
    @Test
    void afterAFailoverALateWriteFarBackIsFound() throws Exception {
        RegionsInMemory regions = new RegionsInMemory();
        Sink sink = new Sink();
        long[] millis = {1_000_000};
        RegionId a = regions.names.get(0);
        RegionId b = regions.names.get(1);
        RegionId c = regions.names.get(2);
        try (ChangeConsumer consumer = open(regions, sink, 1, 0, millis)) {
            regions.write(c, "early");
            regions.replicate(c, a, 9);
            regions.replicate(c, b, 9);
            regions.write(c, "late");
            regions.replicate(c, b, 9);
            for (int i = 0; i < 5_000; i++) {
                regions.write(a, "k" + i % 9);
                regions.replicate(a, b, 9);
            }
            while (consumer.poll(NO_WAIT) > 0) {
                // Until all is read.
            }
            assertThat(sink.versions()).doesNotContainKey("late");
            consumer.failOver("b");
            for (int i = 0; i < 20; i++) {
                consumer.poll(NO_WAIT);
            }
        }
        assertThat(sink.versions()).isEqualTo(regions.written);
    }

    /** Nobody knows the delete's own version any more. */
    @Test
    void whatARegionRemovesWhenItLoadsItsTableAnewComesOnce() throws Exception {
        RegionsInMemory regions = new RegionsInMemory();
        Sink sink = new Sink();
        long[] millis = {1_000_000};
        RegionId a = regions.names.get(0);
        try (ChangeConsumer consumer = open(regions, sink, 1, 1_000, millis)) {
            regions.write(a, "k");
            regions.heal();
            assertThat(consumer.poll(NO_WAIT)).isEqualTo(1);
            regions.purge(a, "k");
            assertThat(consumer.poll(NO_WAIT)).isEqualTo(1);
            assertThat(sink.changes.get(1).event()).isEqualTo(ChangeRecord.Event.REMOVE);
            regions.purge(regions.names.get(1), "k");
            consumer.failOver("b");
            assertThat(consumer.poll(NO_WAIT)).isZero();
            regions.write(a, "k");
            regions.heal();
            assertThat(consumer.poll(NO_WAIT)).isEqualTo(1);
        }
    }

    @Test
    void whatIsNoLongerKeptIsSaid() throws Exception {
        RegionsInMemory regions = new RegionsInMemory();
        Sink sink = new Sink();
        long[] millis = {1_000_000};
        try (ChangeConsumer consumer = open(regions, sink, 1, 0, millis)) {
            regions.write(regions.names.get(0), "k");
            assertThat(consumer.poll(NO_WAIT)).isEqualTo(1);
        }
        for (int i = 0; i < 10; i++) {
            regions.write(regions.names.get(0), "k");
        }
        regions.buses
                .get(regions.names.get(0))
                .trim(
                        new TopicPartition(RegionsInMemory.topic(regions.names.get(0)), RegionsInMemory.partition("k")),
                        5);
        try (ChangeConsumer consumer = open(regions, sink, 1, 0, millis)) {
            assertThatThrownBy(() -> consumer.poll(NO_WAIT)).isInstanceOf(ChangesExpiredException.class);
        }
    }

    @Test
    void fromNowGivesWritesMadeFromNowOnAndNoEarlierOnesAfterAFailover() throws Exception {
        RegionsInMemory regions = new RegionsInMemory();
        Sink sink = new Sink();
        for (int i = 0; i < 10; i++) {
            regions.write(regions.names.get(0), "k" + i);
        }
        regions.heal();
        long[] millis = {1_031};
        ChangeConsumer.Options options = ChangeConsumer.of(RegionsInMemory.TABLE, sink)
                .from(ChangeConsumer.From.NOW)
                .clock(() -> Instant.ofEpochMilli(millis[0]));
        regions.buses.forEach((name, bus) -> options.region(name.value(), bus));
        try (ChangeConsumer consumer = options.open()) {
            assertThat(consumer.poll(NO_WAIT)).isZero();
            regions.write(regions.names.get(0), "new");
            regions.heal();
            assertThat(consumer.poll(NO_WAIT)).isEqualTo(1);
            consumer.failOver("b");
            assertThat(consumer.poll(NO_WAIT)).isZero();
            regions.write(regions.names.get(1), "newer");
            assertThat(consumer.poll(NO_WAIT)).isEqualTo(1);
        }
        assertThat(sink.versions().keySet()).containsExactly("new", "newer");
    }
}
