package dev.meridian.node.lmdb;

import dev.meridian.model.Duty;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.ConflictPublisher;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;

/**
 * Lets go of what is no longer needed: change rows that every one of their lanes has published and that are old enough,
 * conflicts after some days, and what dropped tables left. One bounded write at a time.
 */
final class Sweeper implements Duty {
    /** Entries deleted in one write: a few milliseconds. */
    private static final int STEP = 500;

    private final LmdbStore store;
    private final LmdbStore.Config config;
    private @Nullable CompletionStage<Void> running;
    private long nextRoundMillis;
    private List<ChangeRows.Rows> round = List.of();

    Sweeper(LmdbStore store, LmdbStore.Config config) {
        this.store = store;
        this.config = config;
    }

    @Override
    public int turn() {
        CompletionStage<Void> step = running;
        if (step != null && !step.toCompletableFuture().isDone()) {
            return 0;
        }
        running = null;
        if (round.isEmpty()) {
            return startRound();
        }
        ChangeRows.Rows rows = round.get(0);
        List<ByteBuffer> trimmable = trimmable(rows);
        if (trimmable.size() < STEP) {
            round = round.subList(1, round.size());
        }
        if (!trimmable.isEmpty()) {
            running = delete(trimmable, databases -> databases.changes);
        }
        return 1;
    }

    private int startRound() {
        long now = config.clock().millis();
        if (now < nextRoundMillis) {
            return 0;
        }
        List<ConflictRows.Old> old = store.conflictRows().old(now - ConflictPublisher.RETENTION.toMillis(), STEP);
        if (!old.isEmpty()) {
            running = store.conflictRows().delete(old);
            return 1;
        }
        for (TableDescriptor table : store.dropped()) {
            if (sweep(table)) {
                return 1;
            }
        }
        nextRoundMillis = now + Math.max(1, config.rowRetention().toMillis() / 4);
        round = store.rows().all();
        return 1;
    }

    private List<ByteBuffer> trimmable(ChangeRows.Rows rows) {
        long youngest = config.clock().millis() - config.rowRetention().toMillis();
        return store.readRaw((txn, databases) -> {
            List<ByteBuffer> keys = new ArrayList<>();
            ChangeRows.forEachRow(txn, databases.changes, rows, 0, (table, value) -> {
                Change change = ChangeCodec.decode(value);
                boolean published = change.lanes().stream()
                        .allMatch(lane -> change.sequence().value() <= rows.cursor(lane));
                if (!published || change.committedMillis() > youngest) {
                    return false;
                }
                keys.add(Keys.row(
                        table, rows.partition.partition(), change.sequence().value()));
                return keys.size() < STEP;
            });
            return keys;
        });
    }

    /** One step at a dropped table. @return false if there is nothing to do now */
    private boolean sweep(TableDescriptor table) {
        ByteBuffer prefix = Keys.table(table.number());
        for (IndexDescriptor index : table.indexes()) {
            if (deleteUnder(Keys.table(index.number()), databases -> databases.indexes)) {
                return true;
            }
        }
        if (deleteUnder(prefix, databases -> databases.items)
                || deleteUnder(prefix, databases -> databases.tombstones)) {
            return true;
        }
        if (store.rows().isPending(table)) {
            return false;
        }
        if (deleteUnder(prefix, databases -> databases.changes)
                || deleteUnder(prefix, databases -> databases.cursors)) {
            return true;
        }
        running = store.writeNow(view -> {
            table.indexes().forEach(view::forgetIndex);
            view.delete(view.databases.statistics, Keys.table(table.number()));
            view.delete(view.databases.dropped, Keys.table(table.number()));
            return () -> store.rows().forget(table);
        });
        return true;
    }

    private boolean deleteUnder(ByteBuffer prefix, java.util.function.Function<Databases, Dbi<ByteBuffer>> database) {
        List<ByteBuffer> keys =
                store.readRaw((txn, databases) -> LmdbStore.keysUnder(txn, database.apply(databases), prefix, STEP));
        if (keys.isEmpty()) {
            return false;
        }
        running = delete(keys, database);
        return true;
    }

    private CompletionStage<Void> delete(
            List<ByteBuffer> keys, java.util.function.Function<Databases, Dbi<ByteBuffer>> database) {
        return store.writeNow(view -> {
            keys.forEach(key -> view.delete(database.apply(view.databases), key));
            return () -> {};
        });
    }
}
