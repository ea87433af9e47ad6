package dev.meridian.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.RegionId;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.replicator.SetAside;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RegionMetricsTest {
    private static final RegionId HERE = new RegionId("here");

    private final RegionMetrics metrics = new RegionMetrics(HERE, InstantSource.system());

    @TempDir
    Path folder;

    @Test
    void recordsThatAreSetAsideAreCountedUntilTheyAreDismissed() throws IOException {
        try (LmdbStore store = LmdbStore.open(LmdbStore.Config.durable(folder, HERE, InstantSource.system()))) {
            metrics.observe(store);
            assertThat(metrics.text()).contains("meridian_set_aside_records{region=\"here\"} 0.0\n");
            keep(store, Bytes.wrap(new byte[] {1}));
            assertThat(metrics.text()).contains("meridian_set_aside_records{region=\"here\"} 1.0\n");
            keep(store, null);
            assertThat(metrics.text()).contains("meridian_set_aside_records{region=\"here\"} 0.0\n");
        }
    }

    private static void keep(LmdbStore store, @Nullable Bytes record) {
        CompletableFuture<Boolean> written = store.write(view -> {
                    view.document(SetAside.SPACE, "topic-0-7", record);
                    return true;
                })
                .toCompletableFuture();
        while (!written.isDone()) {
            store.writer().turn();
        }
        written.join();
    }

    @Test
    void dataLossesAreCountedAndUnknownWhileTheStoreIsAway() {
        boolean[] away = {false};
        metrics.observeLosses(() -> {
            if (away[0]) {
                throw new StorageFaultException(StorageFault.FAILING, new IOException("gone"));
            }
            return 3;
        });
        assertThat(metrics.text()).contains("meridian_data_losses{region=\"here\"} 3.0\n");
        away[0] = true;
        assertThat(metrics.text()).contains("meridian_data_losses{region=\"here\"} NaN\n");
    }

    /** Micrometer keeps what it asks only weakly unless it is told otherwise: NaN behind a collection. */
    @Test
    @Timeout(60)
    void whatIsObservedIsKept() {
        boolean[] failed = {true};
        metrics.observeBroker(() -> failed[0]);
        WeakReference<Object> witness = new WeakReference<>(new Object());
        while (witness.get() != null) {
            System.gc();
        }
        assertThat(metrics.text()).contains("meridian_embedded_kafka_failed{region=\"here\"} 1.0\n");
        failed[0] = false;
        assertThat(metrics.text()).contains("meridian_embedded_kafka_failed{region=\"here\"} 0.0\n");
    }
}
