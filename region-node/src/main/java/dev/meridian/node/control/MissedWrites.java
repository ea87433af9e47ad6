package dev.meridian.node.control;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks through a table for what an evicted region wrote between two clocks, which some had applied and others never will.
 * Begun anew after a restart: what has been dealt with is not found again.
 */
final class MissedWrites {
    private static final int STEP_ENTRIES = 200;
    private static final int STEP_BYTES = 1 << 20;

    private final RegionId region;
    private final Store store;
    private final TableDescriptor table;
    private final HybridTimestamp above;
    private final HybridTimestamp upTo;
    private final BiConsumer<WriteView, ItemKey> then;
    private @Nullable ItemKey after;
    private @Nullable CompletionStage<?> running;

    /** @param then what is done with each, in the transaction in which it is found to be still there */
    MissedWrites(
            RegionId region,
            Store store,
            TableDescriptor table,
            HybridTimestamp above,
            HybridTimestamp upTo,
            BiConsumer<WriteView, ItemKey> then) {
        this.region = region;
        this.store = store;
        this.table = table;
        this.above = above;
        this.upTo = upTo;
        this.then = then;
    }

    /** One bounded step, to be waited for; empty when all is done. */
    Optional<CompletionStage<Void>> step() {
        CompletionStage<?> last = running;
        if (last != null && last.toCompletableFuture().isCompletedExceptionally()) {
            after = null;
        }
        List<Versioned> entries = store.read(view -> view.copyUndamaged(table, after, STEP_ENTRIES, STEP_BYTES));
        if (entries.isEmpty()) {
            return Optional.empty();
        }
        after = entries.get(entries.size() - 1).key();
        List<Versioned> missed = entries.stream()
                .filter(entry -> isMissed(entry.stamp().version()))
                .toList();
        CompletionStage<Void> step = missed.isEmpty() ? CompletableFuture.allOf() : deal(missed);
        running = step;
        return Optional.of(step);
    }

    private CompletionStage<Void> deal(List<Versioned> missed) {
        return store.write(view -> {
                    for (Versioned entry : missed) {
                        if (entry.stamp().equals(view.stamp(table, entry.key()))) {
                            then.accept(view, entry.key());
                        }
                    }
                    return true;
                })
                .thenAccept(unused -> {});
    }

    private boolean isMissed(Version version) {
        return version.region().equals(region)
                && version.time().isAfter(above)
                && version.time().compareTo(upTo) <= 0;
    }
}
