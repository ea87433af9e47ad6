package dev.meridian.node.expiry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpirySweeperTest {
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    private static final long START_SECONDS = 1_800_000_000L;

    @TempDir
    Path folder;

    private Instant now = Instant.ofEpochSecond(START_SECONDS);
    private LmdbStore store;
    private Duty writer;
    private ExpirySweeper sweeper;

    @BeforeEach
    void open() throws Exception {
        store = LmdbStore.open(new LmdbStore.Config(
                folder,
                new RegionId("here"),
                () -> now,
                false,
                1L << 28,
                Duration.ofHours(1),
                RandomGenerator.getDefault()));
        writer = store.writer();
        sweeper = new ExpirySweeper(store, () -> now);
        write(view -> {
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    new TableId(new UUID(0, 1)),
                    "table",
                    SCHEMA,
                    TableStatus.ACTIVE,
                    false,
                    1,
                    TableSettings.ON_DEMAND.withTimeToLive("expires"),
                    0,
                    List.of()));
            return true;
        });
    }

    @AfterEach
    void close() {
        store.close();
    }

    private <T> T write(Function<WriteView, T> work) {
        var stage = store.write(work).toCompletableFuture();
        writer.turn();
        return stage.join();
    }

    private TableDescriptor table() {
        return store.catalog().table("table");
    }

    private void put(String key, AttributeValue expiry) {
        Item item = Item.of(Map.of("pk", new AttributeValue.S(key), "expires", expiry));
        write(view -> view.put(table(), ItemKey.of(item, SCHEMA), Bytes.wrap(ItemCodec.encode(item)), Cause.USER));
    }

    private void put(String key, long expirySeconds) {
        put(key, AttributeValue.N.of(expirySeconds));
    }

    /** Through all tables, and more. */
    private void sweep() {
        now = now.plusSeconds(60);
        for (int i = 0; i < 50; i++) {
            sweeper.turn();
            writer.turn();
        }
    }

    private TreeSet<String> keys() {
        TreeSet<String> keys = new TreeSet<>();
        store.read(view -> {
            view.scan(table(), ScanRange.table(null), stored -> {
                keys.add(((AttributeValue.S) stored.item().get("pk")).value());
                return true;
            });
            return true;
        });
        return keys;
    }

    @Test
    void whatHasExpiredGoesAndAllElseStays() {
        put("expired", START_SECONDS - 1);
        put("later", START_SECONDS + 1_000);
        put("text", new AttributeValue.S("1"));
        put("ancient", START_SECONDS - Duration.ofDays(6 * 365).toSeconds());
        put("milliseconds by mistake", START_SECONDS * 1000);
        sweep();
        assertThat(keys()).containsExactly("ancient", "later", "milliseconds by mistake", "text");
        now = now.plusSeconds(1_000);
        sweep();
        assertThat(keys()).doesNotContain("later");
    }

    @Test
    void theDeleteSaysWhoseItWas() {
        put("expired", START_SECONDS - 1);
        sweep();
        ChangePartition partition = store.changes().pending(Lane.STREAM).get(0);
        List<Cause> causes = store.changes().read(Lane.STREAM, partition, SequenceNumber.NONE, 10, 1 << 20).stream()
                .map(Change::cause)
                .toList();
        assertThat(causes).containsExactly(Cause.USER, Cause.TTL);
    }

    @Test
    void moreThanOneStepOfItems() {
        for (int i = 0; i < 1_200; i++) {
            put("item" + i, i % 2 == 0 ? START_SECONDS - 5 : START_SECONDS + 100_000);
        }
        sweep();
        assertThat(keys()).hasSize(600);
    }

    @Test
    void nothingGoesWhenTheTableNoLongerSaysSo() {
        put("expired", START_SECONDS - 1);
        write(view -> {
            view.putTable(table().withSettings(table().settings().withTimeToLive(null)));
            return true;
        });
        sweep();
        assertThat(keys()).containsExactly("expired");
    }
}
