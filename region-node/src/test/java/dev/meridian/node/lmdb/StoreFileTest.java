package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Cause;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found of a store's file before it is mapped. */
class StoreFileTest {
    private static final int PAGE_BYTES = 4_096;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void makeStore() throws IOException {
        file = folder.resolve("data.mdb");
        try (StoreFixture fixture = new StoreFixture(folder)) {
            TableDescriptor table = fixture.table("orders", StoreFixture.COMPOSITE, false);
            SplittableRandom random = new SplittableRandom(3);
            for (int i = 0; i < 400; i++) {
                ItemKey key = key(i % 300);
                String text = "x".repeat(random.nextInt(i % 20 == 0 ? 20_000 : 900));
                fixture.write(view -> view.put(table, key, StoreFixture.image(text), Cause.USER));
            }
            for (int i = 0; i < 100; i++) {
                ItemKey key = key(i);
                fixture.write(view -> view.delete(table, key, Cause.USER));
            }
            fixture.publishEverything();
            fixture.nowMillis += 100_000;
            fixture.sweep();
        }
    }

    private static ItemKey key(int i) {
        return new ItemKey(Bytes.wrap(new byte[] {1, (byte) i, (byte) (i >> 8)}), Bytes.wrap(new byte[] {1}));
    }

    @Test
    void aStoreThatWasClosedHasNoFault() throws IOException {
        assertThat(StoreFile.isThere(folder)).isTrue();
        assertThat(StoreFile.fault(folder)).isEmpty();
    }

    @Test
    void nothingAndAnEmptyFileAreNotThere() throws IOException {
        truncate(0);
        assertThat(StoreFile.isThere(folder)).isFalse();
        Files.delete(file);
        assertThat(StoreFile.isThere(folder)).isFalse();
    }

    @Test
    void aFileThatIsCutShortIsFoundUnlessAllOfItCanBeRead() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int found = 0;
        for (long pages = 0; pages < whole.length / PAGE_BYTES; pages += pages < 4 ? 1 : 37) {
            Files.write(file, whole);
            truncate(Math.max(100, pages * PAGE_BYTES));
            if (StoreFile.fault(folder).isPresent()) {
                assertThat(StoreFile.fault(folder).get()).startsWith("it is cut short: ");
                found++;
                continue;
            }
            // Only free pages are gone: all of the store is there, which LMDB shows without touching them.
            try (StoreFixture fixture = new StoreFixture(folder)) {
                TableDescriptor table = fixture.store.catalog().tables().get("orders");
                assertThat(table).isNotNull();
                int[] items = {0};
                fixture.store.read(view -> {
                    view.scan(table, ScanRange.table(null), item -> ++items[0] > 0);
                    return true;
                });
                assertThat(items[0]).isEqualTo(200);
            }
        }
        assertThat(found).isGreaterThan(4);
    }

    @Test
    void aFirstPageThatIsNotLmdbsIsFound() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        byte[] broken = whole.clone();
        broken[16] ^= 1;
        Files.write(file, broken);
        assertThat(StoreFile.fault(folder)).contains("page 0 is not one of LMDB's");
        broken = whole.clone();
        broken[PAGE_BYTES + 16] ^= 1;
        Files.write(file, broken);
        assertThat(StoreFile.fault(folder)).contains("page 1 is not one of LMDB's");
    }

    private void truncate(long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }
}
