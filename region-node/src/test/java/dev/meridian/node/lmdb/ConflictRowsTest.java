package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.ConflictPublisher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConflictRowsTest {
    private static final ItemKey KEY =
            ItemKey.of(new AttributeValue.B(Bytes.EMPTY), new AttributeValue.B(Bytes.wrap(new byte[] {7})));

    @TempDir
    Path folder;

    private static Conflict.Write write(long time, String region, String text) {
        return new Conflict.Write(
                new Version(new HybridTimestamp(time), new RegionId(region)),
                text.isEmpty() ? null : StoreFixture.image(text));
    }

    private static void add(StoreFixture fixture, TableDescriptor table, long time) {
        fixture.write(view -> {
            view.conflict(table, KEY, write(time + 1, "there", "won"), write(time, "here", ""));
            return true;
        });
    }

    private static List<Long> ids(StoreFixture fixture) {
        return fixture.store.conflicts().read(0, 100, Integer.MAX_VALUE).stream()
                .map(Conflict::id)
                .toList();
    }

    @Test
    void aConflictIsReadAsItWasRecordedAlsoAfterARestart() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve("s"))) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            add(fixture, table, 5);
            Conflict expected = new Conflict(
                    1,
                    StoreFixture.HERE,
                    fixture.nowMillis,
                    table.id(),
                    "t",
                    table.schema(),
                    KEY,
                    write(6, "there", "won"),
                    write(5, "here", ""));
            assertThat(fixture.store.conflicts().get(1)).contains(expected);
            assertThat(fixture.store.conflicts().last()).isEqualTo(1);
            fixture.reopen();
            assertThat(fixture.store.conflicts().read(0, 10, 1)).containsExactly(expected);
            assertThat(fixture.store.conflicts().last()).isEqualTo(1);
        }
    }

    @Test
    void publishedOnesGoAfterSevenDaysAndTheirIdsAreNotGivenAgain() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve("s"))) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            add(fixture, table, 5);
            add(fixture, table, 7);
            fixture.store.conflicts().mark(1);
            fixture.nowMillis += 1_000;
            fixture.sweep();
            assertThat(ids(fixture)).containsExactly(1L, 2L);
            fixture.nowMillis += ConflictPublisher.RETENTION.toMillis();
            fixture.sweep();
            assertThat(ids(fixture)).as("the second is not published").containsExactly(2L);
            fixture.store.conflicts().mark(2);
            fixture.nowMillis += 60_000;
            fixture.sweep();
            fixture.nowMillis += 60_000;
            fixture.sweep();
            assertThat(ids(fixture)).isEmpty();
            fixture.reopen();
            add(fixture, table, 9);
            assertThat(ids(fixture)).containsExactly(3L);
        }
    }

    @Test
    void theOldestGoWhenThereIsNoRoomForAll() throws IOException {
        try (StoreFixture fixture = new StoreFixture(folder.resolve("s"))) {
            TableDescriptor table = fixture.table("t", StoreFixture.COMPOSITE, true);
            for (int i = 0; i < 10; i++) {
                add(fixture, table, 2 * i);
            }
            ConflictRows rows = fixture.store.conflictRows();
            int size = rows.old(Long.MIN_VALUE, 1, 0).get(0).bytes();
            assertThat(rows.old(Long.MIN_VALUE, 100, 10L * size)).isEmpty();
            rows.delete(rows.old(Long.MIN_VALUE, 100, 4L * size));
            fixture.store.writer().turn();
            assertThat(ids(fixture)).containsExactly(7L, 8L, 9L, 10L);
            assertThat(rows.old(Long.MIN_VALUE, 100, 4L * size)).isEmpty();
        }
    }
}
