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
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A change log in memory: what survives when a publisher dies. */
final class RowsInMemory implements ChangeLog {
    static final RegionId REGION = new RegionId("here");
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);

    private final Map<ChangePartition, List<Change>> rows = new HashMap<>();
    private final List<ChangePartition> partitions = new ArrayList<>();
    private final Map<String, SequenceNumber> cursors = new HashMap<>();
    private final Map<String, LogPosition> places = new HashMap<>();
    StoreHistory history = StoreHistory.begin(new Incarnation(new UUID(0, 1)), new Life(1), HybridTimestamp.ZERO);
    final Map<TableId, TopicSettings> settings = new HashMap<>();
    private final long clock;
    private long last;
    private boolean swept;

    RowsInMemory() {
        this(0);
    }

    /** @param clock what its versions begin behind: another one makes other versions of the same rows */
    RowsInMemory(long clock) {
        this.clock = clock;
    }

    /** Lets go of all rows, as the store does some time after they were published. */
    void sweep() {
        rows.values().forEach(List::clear);
        swept = true;
    }

    /** As a store does that was put back: what it numbers from now on is above all that it may have numbered before. */
    void rejoin() {
        last += 1_000 - last % 1_000;
        history = history.rejoined(new Incarnation(new UUID(0, 2)), new HybridTimestamp(clock + last));
    }

    ChangePartition table(String name, String id, int partition) {
        TableId tableId = new TableId(UUID.nameUUIDFromBytes(id.getBytes()));
        ChangePartition made = new ChangePartition(tableId, name, SCHEMA, partition, 2);
        partitions.add(made);
        rows.put(made, new ArrayList<>());
        return made;
    }

    void add(ChangePartition partition, String key) {
        add(partition, key, Item.of(Map.of("pk", new AttributeValue.S(key))), null);
    }

    void add(ChangePartition partition, String key, Item newItem, @Nullable Item oldItem) {
        last++;
        AttributeValue.S value = new AttributeValue.S(key);
        Stamp stamp = new Stamp(new Version(new HybridTimestamp(clock + last), REGION), VersionVector.EMPTY);
        rows.get(partition)
                .add(new Change(
                        partition.tableId(),
                        new SequenceNumber(last),
                        EnumSet.allOf(Lane.class),
                        Cause.USER,
                        stamp,
                        ItemKey.of(value, null),
                        Bytes.wrap(ItemCodec.encode(newItem)),
                        oldItem == null ? null : Bytes.wrap(ItemCodec.encode(oldItem)),
                        last));
    }

    @Override
    public List<ChangePartition> pending(Lane lane) {
        return partitions.stream()
                .filter(partition ->
                        !read(lane, partition, cursor(lane, partition), 1, 1).isEmpty())
                .toList();
    }

    @Override
    public SequenceNumber newest(Lane lane, ChangePartition partition) {
        List<Change> here = rows.get(partition);
        return here.isEmpty() ? SequenceNumber.NONE : here.get(here.size() - 1).sequence();
    }

    @Override
    public List<Change> read(Lane lane, ChangePartition partition, SequenceNumber after, int maxRows, int maxBytes) {
        return rows.get(partition).stream()
                .filter(change -> change.sequence().compareTo(after) > 0)
                .limit(maxRows)
                .toList();
    }

    @Override
    public SequenceNumber cursor(Lane lane, ChangePartition partition) {
        return cursors.getOrDefault(lane + "/" + partition, SequenceNumber.NONE);
    }

    @Override
    public CompletionStage<Void> mark(Lane lane, Map<ChangePartition, Published> published) {
        published.forEach((partition, reached) -> {
            cursors.put(lane + "/" + partition, reached.through());
            if (reached.place() != null) {
                places.put(lane + "/" + partition, reached.place());
            }
        });
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public @Nullable LogPosition place(Lane lane, ChangePartition partition) {
        return places.get(lane + "/" + partition);
    }

    @Override
    public List<ChangePartition> placed(Lane lane) {
        return partitions.stream()
                .filter(partition -> place(lane, partition) != null)
                .toList();
    }

    @Override
    public CompletionStage<Void> rewind(Lane lane, Map<ChangePartition, Published> to) {
        return mark(lane, to);
    }

    @Override
    public boolean hasAll(ChangePartition partition) {
        return !swept;
    }

    @Override
    public StoreHistory history() {
        return history;
    }

    @Override
    public TopicSettings topics(ChangePartition partition) {
        return settings.getOrDefault(partition.tableId(), TopicSettings.DEFAULT);
    }

    @Override
    public SequenceNumber last() {
        return new SequenceNumber(last);
    }

    @Override
    public void onCommit(Runnable doorbell) {}
}
