package dev.meridian.streams;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.Stamp;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The store's side of a benchmark: the rows of one table in memory, each an item that takes another's place. Thread-safe,
 * with the same bookkeeping of what is pending.
 */
public final class BenchmarkRows implements ChangeLog {
    public static final RegionId REGION = new RegionId("bench");

    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);

    /** Different ones, so that a batch does not compress to nothing. */
    private static final int IMAGES = 256;

    private final TableId table;
    private final List<ChangePartition> partitions = new ArrayList<>();
    private final List<ConcurrentNavigableMap<Long, Change>> rows = new ArrayList<>();
    private final Map<Lane, Map<ChangePartition, SequenceNumber>> cursors = new EnumMap<>(Lane.class);
    private final List<Runnable> doorbells = new CopyOnWriteArrayList<>();
    private final List<Bytes> images = new ArrayList<>();
    private volatile long last;

    /** @param valueChars of an item's one attribute beside its key */
    public BenchmarkRows(String table, int partitionCount, int valueChars) {
        this.table = new TableId(UUID.nameUUIDFromBytes(table.getBytes(StandardCharsets.UTF_8)));
        for (int partition = 0; partition < partitionCount; partition++) {
            partitions.add(new ChangePartition(this.table, table, SCHEMA, partition, partitionCount));
            rows.add(new ConcurrentSkipListMap<>());
        }
        for (Lane lane : Lane.values()) {
            cursors.put(lane, new ConcurrentHashMap<>());
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < IMAGES; i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < valueChars) {
                text.append(Long.toString(random.nextLong(), Character.MAX_RADIX));
            }
            text.setLength(valueChars);
            images.add(Bytes.wrap(ItemCodec.encode(Item.of(
                    Map.of("pk", new AttributeValue.S("key"), "text", new AttributeValue.S(text.toString()))))));
        }
    }

    /** The next row, with this number. */
    public void add(long sequence) {
        Stamp stamp = new Stamp(new Version(new HybridTimestamp(sequence), REGION), VersionVector.EMPTY);
        ItemKey key = ItemKey.of(new AttributeValue.S("key" + sequence), null);
        Change change = new Change(
                table,
                new SequenceNumber(sequence),
                EnumSet.allOf(Lane.class),
                Cause.USER,
                stamp,
                key,
                images.get((int) (sequence % IMAGES)),
                images.get((int) ((sequence + 1) % IMAGES)),
                sequence);
        rows.get((int) (sequence % rows.size())).put(sequence, change);
        last = sequence;
        doorbells.forEach(Runnable::run);
    }

    @Override
    public List<ChangePartition> pending(Lane lane) {
        return partitions.stream()
                .filter(partition -> {
                    var newest = rows.get(partition.partition()).lastEntry();
                    return newest != null
                            && newest.getKey() > cursor(lane, partition).value();
                })
                .toList();
    }

    @Override
    public SequenceNumber newest(Lane lane, ChangePartition partition) {
        var newest = rows.get(partition.partition()).lastEntry();
        return newest == null ? SequenceNumber.NONE : new SequenceNumber(newest.getKey());
    }

    @Override
    public List<Change> read(Lane lane, ChangePartition partition, SequenceNumber after, int maxRows, int maxBytes) {
        return rows.get(partition.partition()).tailMap(after.value(), false).values().stream()
                .limit(maxRows)
                .toList();
    }

    @Override
    public SequenceNumber cursor(Lane lane, ChangePartition partition) {
        return cursors.get(lane).getOrDefault(partition, SequenceNumber.NONE);
    }

    @Override
    public CompletionStage<Void> mark(Lane lane, Map<ChangePartition, Published> published) {
        published.forEach((partition, reached) -> cursors.get(lane).put(partition, reached.through()));
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public @Nullable LogPosition place(Lane lane, ChangePartition partition) {
        return null;
    }

    @Override
    public List<ChangePartition> placed(Lane lane) {
        return List.of();
    }

    @Override
    public CompletionStage<Void> rewind(Lane lane, Map<ChangePartition, Published> to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean hasAll(ChangePartition partition) {
        return false;
    }

    @Override
    public StoreHistory history() {
        return StoreHistory.begin(new Incarnation(new java.util.UUID(0, 1)), new Life(1), HybridTimestamp.ZERO);
    }

    @Override
    public TopicSettings topics(ChangePartition partition) {
        return TopicSettings.DEFAULT;
    }

    @Override
    public SequenceNumber last() {
        return new SequenceNumber(last);
    }

    @Override
    public void onCommit(Runnable doorbell) {
        doorbells.add(doorbell);
    }
}
