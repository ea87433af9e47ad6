package dev.meridian.node.lmdb;

import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.node.store.CapacityPartitions;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStreams;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeCodec;
import dev.meridian.streams.ConflictPublisher;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.resilience.Pace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;

/**
 * Lets go of what is no longer needed: change rows that every one of their lanes has published and that are old enough,
 * also for a stream if the table has one, conflicts after some days, and what dropped tables left. One bounded write at a
 * time.
 */
final class Sweeper implements Duty {
    /** Entries deleted in one write: a few milliseconds. */
    private static final int STEP = 500;

    private final LmdbStore store;
    private final LmdbStore.Config config;
    private final Pace pace;
    private @Nullable CompletionStage<Void> running;
    private final WriteLoad load = new WriteLoad();
    private long nextRoundMillis;
    private List<Portion> round = List.of();

    /** The rows of a partition under one of its table numbers. */
    private record Portion(ChangeRows.Rows rows, int number) {
        int partition() {
            return rows.partition.partition();
        }
    }

    Sweeper(LmdbStore store, LmdbStore.Config config) {
        this.store = store;
        this.config = config;
        this.pace = Pace.ofStore(config.clock());
    }

    @Override
    public int turn() {
        CompletionStage<Void> step = running;
        if (step != null && !step.toCompletableFuture().isDone()) {
            return 0;
        }
        running = null;
        if (step != null && step.toCompletableFuture().isCompletedExceptionally()) {
            pace.failed(new IllegalStateException("a write of the sweeper failed"));
        } else if (step != null) {
            pace.succeeded();
        }
        if (!pace.isDue()) {
            return 0;
        }
        if (round.isEmpty()) {
            return startRound();
        }
        Portion portion = round.get(0);
        Old old;
        try {
            old = old(portion);
        } catch (DamagedValueException known) {
            // A damaged key lies between the rows: they stay, for that one is missing must be seen.
            round = round.subList(1, round.size());
            return 1;
        }
        if (old.seen() < STEP) {
            round = round.subList(1, round.size());
        }
        if (old.seen() > 0) {
            running = trim(portion, old);
        }
        return 1;
    }

    private int startRound() {
        long now = config.clock().millis();
        long betweenMillis = Math.max(1, config.rowRetention().toMillis() / 4);
        if (!DueTime.isReached(nextRoundMillis, betweenMillis, now)) {
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
        nextRoundMillis = now + betweenMillis;
        round = store.rows().all().stream()
                .flatMap(rows -> rows.numbers.stream().map(number -> new Portion(rows, number)))
                .toList();
        running = tendStreams(now);
        return 1;
    }

    /** Streams begin new generations, lose old ones, and go. @return null if there is nothing to do */
    private @Nullable CompletionStage<Void> tendStreams(long now) {
        Map<StreamDescriptor, Integer> changing = new LinkedHashMap<>();
        store.read(view -> {
            load.measure(
                    view.streams().stream()
                            .filter(StreamDescriptor::enabled)
                            .map(StreamDescriptor::tableId)
                            .toList(),
                    store.rows()::writeUnits,
                    now);
            for (StreamDescriptor stream : view.streams()) {
                int shards = shards(view, stream);
                if (stream.expired(now) || stream.rolled(now, SequenceNumber.NONE, shards) != stream) {
                    changing.put(stream, shards);
                }
            }
            return changing;
        });
        if (changing.isEmpty()) {
            return null;
        }
        return store.writeNow(view -> {
            changing.forEach((known, shards) -> {
                StreamDescriptor stream = view.stream(known.tableName(), known.label());
                if (stream != null && stream.expired(now)) {
                    view.forgetStream(stream);
                } else if (stream != null) {
                    TableStreams.roll(view, stream, now, shards);
                }
            });
            return () -> {};
        });
    }

    /** As many as the table would have partitions at DynamoDB; 1 if it is gone. */
    private int shards(ReadView view, StreamDescriptor stream) {
        TableDescriptor table = view.catalog().table(stream.tableId());
        return table == null || table.number() != stream.tableNumber()
                ? 1
                : CapacityPartitions.of(
                        table.settings(), view.statistics(table).itemBytes(), load.writtenPerSecond(table.id()));
    }

    /**
     * Rows that are too old.
     *
     * @param deletable the keys of packs of which nothing else needs any
     * @param trimmed the last that is too old for streams, if the table has one
     * @param seen how many packs or rows there were, of {@link #STEP} at most
     */
    private record Old(List<ByteBuffer> deletable, SequenceNumber trimmed, int seen) {}

    private Old old(Portion portion) {
        ChangeRows.Rows rows = portion.rows();
        long now = config.clock().millis();
        return store.withReader(view -> {
            boolean streamed = view.isStreamed(rows.partition.table(), portion.number(), now);
            long youngest = now - retentionMillis(streamed);
            List<ByteBuffer> deletable = new ArrayList<>();
            ChangeRows.forEachPack(
                    view.txn(), view.databases, portion.number(), portion.partition(), 0, (last, stored) -> {
                        ByteBuffer pack = stored.bodyIfIntact();
                        // Nobody can read a damaged one; before it is published, that it is missing must be seen.
                        boolean unneeded = pack == null
                                ? rows.isPublished(last)
                                : RowPack.forEach(pack, 0, row -> {
                                    Change change = ChangeCodec.decode(row);
                                    return change.committedMillis() <= youngest && rows.isPublished(change);
                                });
                        if (unneeded) {
                            deletable.add(Keys.row(portion.number(), portion.partition(), last));
                        }
                        return unneeded && deletable.size() < STEP;
                    });
            SequenceNumber before = view.trimmed(portion.number(), portion.partition());
            List<SequenceNumber> trimmed = new ArrayList<>();
            if (streamed) {
                // Also those that wait for Kafka, which may be away for longer than streams keep anything.
                forEachOld(view, portion, before, youngest, change -> {
                    trimmed.add(change.sequence());
                    return trimmed.size() < STEP;
                });
            }
            return new Old(
                    deletable,
                    trimmed.isEmpty() ? before : trimmed.get(trimmed.size() - 1),
                    Math.max(deletable.size(), trimmed.size()));
        });
    }

    private long retentionMillis(boolean streamed) {
        long published = config.rowRetention().toMillis();
        return streamed ? Math.max(published, StreamDescriptor.RETENTION.toMillis()) : published;
    }

    private static void forEachOld(
            LmdbReadView view, Portion portion, SequenceNumber after, long youngest, Predicate<Change> visitor) {
        long from = after.value() + 1;
        ChangeRows.forEachPack(
                view.txn(), view.databases, portion.number(), portion.partition(), from, (last, stored) -> {
                    ByteBuffer pack = stored.bodyIfIntact();
                    return pack == null
                            || RowPack.forEach(pack, from, row -> {
                                Change change = ChangeCodec.decode(row);
                                return change.committedMillis() <= youngest && visitor.test(change);
                            });
                });
    }

    private CompletionStage<Void> trim(Portion portion, Old old) {
        return store.writeNow(view -> {
            old.deletable().forEach(key -> view.delete(view.databases.changes, key));
            if (!old.deletable().isEmpty()) {
                view.delete(view.databases.cursors, Keys.unswept(portion.number(), portion.partition()));
            }
            if (old.trimmed().value() > 0) {
                view.put(
                        view.databases.cursors,
                        Keys.trimmed(portion.number(), portion.partition()),
                        Keys.number(old.trimmed().value()));
            }
            return () -> {};
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
        long now = config.clock().millis();
        if (store.rows().isPending(table)
                || store.withReader(view -> view.isStreamed(table.name(), table.number(), now))) {
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
