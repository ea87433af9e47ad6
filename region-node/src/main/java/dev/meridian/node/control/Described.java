package dev.meridian.node.control;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Member.State;
import dev.meridian.replicator.Overrides;
import dev.meridian.replicator.Overrides.IndexReads;
import dev.meridian.replicator.SharedSettings;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What follows from what is known of a global table: for this region's own table, and for what is told of replicas. */
final class Described {
    private final RegionId region;
    private final InstantSource clock;

    Described(RegionId region, InstantSource clock) {
        this.region = region;
        this.clock = clock;
    }

    Stream<Map.Entry<RegionId, Member>> others(GlobalTable table) {
        return table.members().entrySet().stream()
                .filter(member -> !member.getKey().equals(region));
    }

    /**
     * The table as it should be: settings, indexes, status, and whether it replicates.
     *
     * @param numbers of new indexes
     */
    TableDescriptor table(GlobalTable known, TableDescriptor local, IntSupplier numbers) {
        Member self = known.member(region);
        if (self == null || self.state() != State.ACTIVE) {
            return local;
        }
        // Once replicated, always: the tail of a member that left may still arrive, and must meet the tombstones.
        boolean replicated = local.replicated()
                || others(known).anyMatch(member -> member.getValue().state().isPresent());
        Overrides own = self.overrides().value();
        return local.withReplicated(replicated)
                .withStatus(handsOver(known) ? TableStatus.UPDATING : TableStatus.ACTIVE)
                .withSettings(SettingsShared.apply(known.settings(), own, local.settings(), clock.millis()))
                .withIndexes(SettingsShared.indexes(known.inForce(), own, local, numbers));
    }

    /** Whether a new replica is loading, or will load, from here. */
    private boolean handsOver(GlobalTable known) {
        return others(known)
                .map(Map.Entry::getValue)
                .anyMatch(member -> member.state() == State.CREATING && region.equals(member.source()));
    }

    /** Those that are there, will be, or failed to come; nobody if this region's table is no replica. */
    List<ReplicaDescription> replicas(@Nullable GlobalTable known, boolean withThisOne) {
        Member self = known == null ? null : known.member(region);
        if (known == null || self == null || self.isOver()) {
            return List.of();
        }
        return known.members().entrySet().stream()
                .filter(member -> withThisOne || !member.getKey().equals(region))
                .filter(member -> member.getValue().state().isPresent()
                        || member.getValue().state() == State.CREATION_FAILED)
                .map(member -> replica(known, self, member.getKey(), member.getValue()))
                .toList();
    }

    private ReplicaDescription replica(GlobalTable known, Member self, RegionId of, Member member) {
        SharedSettings shared = known.inForce();
        Overrides mine = self.overrides().value();
        Overrides its = member.overrides().value();
        TableSettings here = SettingsShared.apply(shared, mine, TableSettings.ON_DEMAND, 0);
        TableSettings there = SettingsShared.apply(shared, its, TableSettings.ON_DEMAND, 0)
                .withDeletionProtection(member.deletionProtection().value());
        TreeMap<String, IndexReads> differentIndexes = new TreeMap<>();
        shared.globalIndexes()
                .forEach((name, entry) -> entry.value().ifPresent(index -> {
                    long read = SettingsShared.readCapacityUnits(shared, its, index);
                    IndexReads own = its.indexes().get(name);
                    differentIndexes.put(
                            name,
                            new IndexReads(
                                    read == SettingsShared.readCapacityUnits(shared, mine, index) ? null : read,
                                    there.isOnDemand() && own != null ? own.maxReads() : null));
                }));
        long limit = maxReads(there);
        Overrides different = new Overrides(
                here.readCapacityUnits() == there.readCapacityUnits() ? null : there.readCapacityUnits(),
                !there.isOnDemand() || maxReads(here) == limit || limit < 0 ? null : limit,
                here.tableClass() == there.tableClass()
                        ? null
                        : there.tableClass().name(),
                there.kmsKey(),
                differentIndexes);
        Integer percent = member.state() == State.CREATING ? member.percent() : null;
        // DynamoDB's name for a replica whose region cannot be reached.
        String status = member.state() == State.EVICTED
                ? "REGION_DISABLED"
                : member.state().name();
        return new ReplicaDescription(of, status, percent, member.description(), there, different);
    }

    private static long maxReads(TableSettings settings) {
        return settings.onDemandLimits() == null
                ? -1
                : Objects.requireNonNull(settings.onDemandLimits()).read();
    }
}
