package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.model.Property;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows, however many a commit has and however long they are, are read in order from any one on; none goes that is not
 * published or not old, all others do.
 */
class ChangeRowsLawTest {
    private static final int KEYS = 6;
    private static final long RETENTION_MILLIS = 60_000;

    @TempDir
    Path folder;

    private record Row(
            long sequence,
            ChangePartition partition,
            boolean own,
            Bytes image,
            @Nullable Bytes old,
            long millis) {
        boolean isIn(Lane lane) {
            return own || lane == Lane.STREAM;
        }
    }

    private static final class Run {
        final RandomGenerator random;
        final StoreFixture fixture;
        final TableDescriptor table;
        final List<Row> model = new ArrayList<>();
        final Map<ItemKey, Bytes> images = new HashMap<>();
        long swept;

        Run(RandomGenerator random, StoreFixture fixture) {
            this.random = random;
            this.fixture = fixture;
            this.table = fixture.table("t", StoreFixture.COMPOSITE, true);
        }

        ChangeLog log() {
            return fixture.store.changes();
        }

        void step() throws IOException {
            switch (random.nextInt(6)) {
                case 0 -> mark();
                case 1 -> {
                    fixture.nowMillis += random.nextLong(RETENTION_MILLIS);
                    fixture.sweep();
                }
                case 2 -> fixture.reopen();
                default -> commit();
            }
            compare();
        }

        private void commit() {
            int rows = random.nextInt(5) == 0 ? random.nextInt(40) : 1 + random.nextInt(3);
            List<CompletableFuture<Object>> stages = new ArrayList<>();
            long sequence = log().last().value();
            for (int i = 0; i < rows; i++) {
                ItemKey key = key(random.nextInt(KEYS));
                boolean own = random.nextInt(4) > 0;
                sequence++;
                Bytes image = image(sequence);
                model.add(new Row(sequence, partition(key), own, image, images.put(key, image), fixture.nowMillis));
                Version version = new Version(HybridTimestamp.ofMillis(fixture.nowMillis + 1), StoreFixture.THERE);
                stages.add(fixture.store
                        .<Object>write(view -> {
                            if (own) {
                                return view.put(table, key, image, Cause.USER);
                            }
                            view.apply(table, key, image, new Stamp(version, VersionVector.EMPTY));
                            return version;
                        })
                        .toCompletableFuture());
            }
            fixture.store.writer().turn();
            stages.forEach(CompletableFuture::join);
        }

        /** Most change little of the image before. */
        private Bytes image(long sequence) {
            int chars = random.nextInt(8) == 0 ? 20_000 : random.nextInt(3_000);
            return StoreFixture.image("x".repeat(random.nextInt(3) * chars) + sequence + "y".repeat(chars));
        }

        private static ItemKey key(int number) {
            Bytes bytes = Bytes.wrap(new byte[] {(byte) number});
            return new ItemKey(bytes, bytes);
        }

        private ChangePartition partition(ItemKey key) {
            int partition = KeyHash.kafkaPartition(key.partition(), table.partitions());
            return new ChangePartition(table.id(), table.name(), table.schema(), partition, table.partitions());
        }

        private void mark() {
            if (model.isEmpty()) {
                return;
            }
            Row row = model.get(random.nextInt(model.size()));
            Lane lane = Lane.values()[random.nextInt(Lane.values().length)];
            fixture.mark(lane, Map.of(row.partition(), new SequenceNumber(row.sequence())));
        }

        private boolean mayBeGone(Row row) {
            return fixture.nowMillis - row.millis() >= RETENTION_MILLIS
                    && List.of(Lane.values()).stream()
                            .filter(row::isIn)
                            .allMatch(
                                    lane -> log().cursor(lane, row.partition()).value() >= row.sequence());
        }

        private void compare() {
            for (int key = 0; key < KEYS; key++) {
                for (Lane lane : Lane.values()) {
                    compare(lane, partition(key(key)));
                }
            }
        }

        private void compare(Lane lane, ChangePartition partition) {
            long after = random.nextLong(log().last().value() + 1);
            List<Change> read = log().read(lane, partition, new SequenceNumber(after), 10_000, Integer.MAX_VALUE);
            Map<Long, Row> expected = new HashMap<>();
            model.stream()
                    .filter(row -> row.partition().equals(partition) && row.isIn(lane) && row.sequence() > after)
                    .forEach(row -> expected.put(row.sequence(), row));
            assertThat(read).extracting(change -> change.sequence().value()).isSorted();
            for (Change change : read) {
                Row row = expected.remove(change.sequence().value());
                assertThat(row).as("row %s", change.sequence()).isNotNull();
                assertThat(change.newImage()).isEqualTo(row.image());
                assertThat(change.oldImage()).isEqualTo(row.old());
            }
            assertThat(expected.values()).allMatch(this::mayBeGone);
            swept += expected.size();
            int few = 1 + random.nextInt(3);
            assertThat(log().read(lane, partition, new SequenceNumber(after), few, Integer.MAX_VALUE))
                    .isEqualTo(read.subList(0, Math.min(few, read.size())));
            boolean waits =
                    lastRow(lane, partition) > log().cursor(lane, partition).value();
            assertThat(log().pending(lane).contains(partition)).isEqualTo(waits);
        }

        /** The last row of a lane. */
        private long lastRow(Lane lane, ChangePartition partition) {
            return model.stream()
                    .filter(row -> row.partition().equals(partition) && row.isIn(lane))
                    .mapToLong(Row::sequence)
                    .max()
                    .orElse(0);
        }

        /** All that is published and old goes in the end. */
        void end() {
            fixture.publishEverything();
            fixture.nowMillis += 2 * RETENTION_MILLIS;
            fixture.sweep();
            for (int key = 0; key < KEYS; key++) {
                assertThat(log().read(Lane.STREAM, partition(key(key)), SequenceNumber.NONE, 10, Integer.MAX_VALUE))
                        .isEmpty();
            }
        }
    }

    @Test
    void rowsAreReadFromAnyOneOnAndGoOncePublishedAndOld() {
        long[] swept = {0};
        Property.holds(25, random -> {
            Path data = Files.createTempDirectory(folder, "store");
            try (StoreFixture fixture = new StoreFixture(data)) {
                Run run = new Run(random, fixture);
                for (int i = 0; i < 40; i++) {
                    run.step();
                }
                run.end();
                swept[0] += run.swept;
            }
        });
        assertThat(swept[0]).isPositive();
    }
}
