package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.node.api.ReplicaUpdate;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.streams.Cause;
import dev.meridian.streams.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The table that the laws over hand-turned regions write to: named {@code table}, with two partitions. */
record ReplicatedTable(TableId id) {
    static final int PARTITIONS = 2;
    private static final KeySchema SCHEMA = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
    static final String NAME = "table";

    static TopicPartition topic(RegionId region, String lane, int partition) {
        return new TopicPartition("meridian." + region + "." + NAME + "." + lane, partition);
    }

    /** The value of an item's only key attribute. */
    static String text(ItemKey key) {
        return new String(key.partition().toArray(), StandardCharsets.UTF_8);
    }

    void create(HandTurnedRegion region, long nowMillis) {
        region.done(region.store.write(view -> {
            view.putTable(new TableDescriptor(
                    view.nextTableNumber(),
                    id,
                    NAME,
                    SCHEMA,
                    TableStatus.ACTIVE,
                    false,
                    PARTITIONS,
                    TableSettings.ON_DEMAND,
                    nowMillis,
                    List.of()));
            return true;
        }));
    }

    void addReplicas(HandTurnedRegion region, List<RegionId> others) {
        region.done(region.control.update(
                region.store.catalog().table(id),
                others.stream()
                        .map(other -> new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, other))
                        .toList()));
    }

    /** As the region has it; null if it has none, or makes or deletes it. */
    @Nullable
    TableDescriptor in(HandTurnedRegion region) {
        TableDescriptor local = region.store.catalog().table(id);
        return local == null || local.status() == TableStatus.CREATING || local.status() == TableStatus.DELETING
                ? null
                : local;
    }

    /** Queues a put or a delete of one of so many items. */
    CompletionStage<@Nullable Version> write(HandTurnedRegion region, RandomGenerator random, int keys) {
        AttributeValue pk = new AttributeValue.S("k" + random.nextInt(keys));
        ItemKey key = ItemKey.of(pk, null);
        Bytes image = Bytes.wrap(ItemCodec.encode(Item.of(Map.of(
                "pk",
                pk,
                "v",
                AttributeValue.N.of(random.nextInt(1000)),
                "w",
                random.nextInt(2) == 0 ? pk : AttributeValue.N.of(1)))));
        boolean delete = random.nextInt(3) == 0;
        return region.port.write(view -> delete
                ? view.delete(view.catalog().table(id), key, Cause.USER)
                : view.put(view.catalog().table(id), key, image, Cause.USER));
    }

    /**
     * What an active replica holds.
     *
     * @param images takes those of the items
     * @return the versions of items and tombstones
     */
    Map<ItemKey, Version> held(HandTurnedRegion region, Map<ItemKey, Bytes> images) {
        TableDescriptor local = region.store.catalog().table(id);
        assertThat(local).as("table in " + region.id).isNotNull();
        assertThat(local.status()).as("table in " + region.id).isEqualTo(TableStatus.ACTIVE);
        Map<ItemKey, Version> held = new HashMap<>();
        for (ReadView.Versioned entry : region.store.read(view -> view.copy(local, null, 1_000, Integer.MAX_VALUE))) {
            if (entry.image() != null) {
                images.put(entry.key(), entry.image());
            }
            held.put(entry.key(), entry.stamp().version());
        }
        return held;
    }

    /** For messages: every item and tombstone of a region. */
    String describe(HandTurnedRegion region) {
        TableDescriptor local = region.store.catalog().table(id);
        List<ReadView.Versioned> all =
                local == null ? List.of() : region.store.read(view -> view.copy(local, null, 1_000, 1 << 20));
        StringBuilder text = new StringBuilder();
        all.forEach(entry -> text.append("\n")
                .append(region.id)
                .append(entry.image() == null ? " deleted " : " holds ")
                .append(entry.key())
                .append(entry.stamp()));
        return text.toString();
    }
}
