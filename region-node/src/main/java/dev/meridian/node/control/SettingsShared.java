package dev.meridian.node.control;

import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.BillingMode;
import dev.meridian.node.store.TableSettings.TableClass;
import dev.meridian.node.store.TableSettings.Throughput;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.replicator.Latest;
import dev.meridian.replicator.Member;
import dev.meridian.replicator.Overrides;
import dev.meridian.replicator.Overrides.IndexReads;
import dev.meridian.replicator.SharedIndex;
import dev.meridian.replicator.SharedSettings;
import dev.meridian.replicator.SharedSettings.Capacity;
import dev.meridian.replicator.SharedSettings.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Between a table as it is set up here and what all its replicas share. Tags, point-in-time recovery, protection against
 * deletion, resource policies and contributor insights are each region's own.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables_HowItWorks.html">Which
 *     settings global tables synchronize</a>
 */
final class SettingsShared {
    private static final long NO_LIMIT = -1;

    /** What encrypts by the key service where no key is named: the region's default key. */
    private static final String DEFAULT_KEY = "alias/aws/dynamodb";

    private SettingsShared() {}

    /** What a table that becomes global brings. @param stream what its stream shows, if it has one */
    static SharedSettings of(TableDescriptor table, Optional<StreamViewType> stream, Version version) {
        TableSettings settings = table.settings();
        TreeMap<String, Latest<Optional<SharedIndex>>> global = new TreeMap<>();
        List<SharedIndex> local = new ArrayList<>();
        for (IndexDescriptor index : table.indexes()) {
            if (index.kind() == IndexDescriptor.Kind.LOCAL) {
                local.add(shared(index, null));
            } else if (index.status() != IndexStatus.DELETING) {
                global.put(index.name(), new Latest<>(version, Optional.of(shared(index, version))));
            }
        }
        return new SharedSettings(
                new Latest<>(version, capacity(settings)),
                new Latest<>(version, Optional.ofNullable(settings.timeToLive())),
                new Latest<>(version, settings.kmsKey() != null),
                new Latest<>(version, warm(settings)),
                new Latest<>(version, settings.tableClass().name()),
                new Latest<>(version, stream.map(StreamViewType::name)),
                global,
                local);
    }

    /** A table that gets a replica gets a stream too, as DynamoDB's do, unless it has one that shows something else. */
    static SharedSettings withStream(SharedSettings settings, Version now) {
        return settings.stream().value().isPresent()
                ? settings
                : changed(settings, Optional.of(StreamViewType.NEW_AND_OLD_IMAGES), now);
    }

    static Optional<StreamViewType> stream(SharedSettings settings) {
        return settings.stream().value().map(StreamViewType::valueOf);
    }

    /** What the region in which the table becomes global keeps for itself. */
    static Overrides own(TableSettings settings) {
        return Overrides.NONE.withKmsKey(named(settings.kmsKey()));
    }

    private static @Nullable String named(@Nullable String kmsKey) {
        return DEFAULT_KEY.equals(kmsKey) ? null : kmsKey;
    }

    /** @param since when it was made, if that is known */
    private static SharedIndex shared(IndexDescriptor index, @Nullable Version since) {
        return new SharedIndex(
                index.name(),
                index.partition(),
                index.sort(),
                index.projection().type().name(),
                index.projection().nonKeyAttributes(),
                index.readCapacityUnits(),
                index.writeCapacityUnits(),
                since);
    }

    private static Capacity capacity(TableSettings settings) {
        Throughput limits = settings.onDemandLimits();
        return new Capacity(
                settings.isOnDemand(),
                settings.readCapacityUnits(),
                settings.writeCapacityUnits(),
                limits == null ? NO_LIMIT : limits.read(),
                limits == null ? NO_LIMIT : limits.write());
    }

    private static Optional<Units> warm(TableSettings settings) {
        return Optional.ofNullable(settings.warmThroughput()).map(warm -> new Units(warm.read(), warm.write()));
    }

    /**
     * What a change made here means for all: only the groups that it touched get a new version. What is changed here and
     * had been overridden here is no longer overridden.
     */
    static GlobalTable changed(
            GlobalTable known, RegionId region, TableDescriptor before, TableDescriptor after, Version now) {
        TableSettings old = before.settings();
        TableSettings next = after.settings();
        SharedSettings settings = known.withoutExcluded(now).settings();
        Member self = Objects.requireNonNull(known.member(region));
        Overrides own = self.overrides().value();
        if (!capacity(old).equals(capacity(next))) {
            Capacity shared = settings.capacity().value();
            Capacity asked = capacity(next);
            boolean reads = asked.readCapacityUnits() != old.readCapacityUnits();
            boolean limit = asked.maxReads() != capacity(old).maxReads();
            settings = settings.withCapacity(settings.capacity()
                    .changed(
                            now,
                            new Capacity(
                                    asked.onDemand(),
                                    reads ? asked.readCapacityUnits() : shared.readCapacityUnits(),
                                    asked.writeCapacityUnits(),
                                    limit ? asked.maxReads() : shared.maxReads(),
                                    asked.maxWrites())));
            own = reads && !asked.onDemand() ? own.withReadCapacityUnits(null) : own;
            own = limit ? own.withMaxReads(null) : own;
        }
        if (!Objects.equals(old.timeToLive(), next.timeToLive())) {
            settings =
                    settings.withTimeToLive(settings.timeToLive().changed(now, Optional.ofNullable(next.timeToLive())));
        }
        if (!Objects.equals(old.kmsKey(), next.kmsKey())) {
            settings = settings.withEncrypted(settings.encrypted().changed(now, next.kmsKey() != null));
            own = own.withKmsKey(named(next.kmsKey()));
        }
        if (!warm(old).equals(warm(next))) {
            settings = settings.withWarmThroughput(settings.warmThroughput().changed(now, warm(next)));
        }
        if (old.tableClass() != next.tableClass()) {
            settings = settings.withTableClass(
                    settings.tableClass().changed(now, next.tableClass().name()));
            own = own.withTableClass(null);
        }
        for (IndexDescriptor index : after.indexes()) {
            IndexDescriptor was = before.index(index.number());
            if (index.kind() == IndexDescriptor.Kind.GLOBAL && !index.equals(was)) {
                settings = settings.withGlobalIndex(index.name(), changed(settings, was, index, now));
                boolean reads = was != null && was.readCapacityUnits() != index.readCapacityUnits();
                own = reads && !next.isOnDemand() ? own.withIndex(index.name(), null) : own;
            }
        }
        return known.with(settings)
                .with(region, self.withOverrides(now, own).withDeletionProtection(now, next.deletionProtection()));
    }

    /** @param stream what the table's stream shows from now on; empty if it is disabled */
    static SharedSettings changed(SharedSettings settings, Optional<StreamViewType> stream, Version now) {
        return settings.withStream(settings.stream().changed(now, stream.map(StreamViewType::name)));
    }

    private static Latest<Optional<SharedIndex>> changed(
            SharedSettings settings, @Nullable IndexDescriptor was, IndexDescriptor is, Version now) {
        Latest<Optional<SharedIndex>> known = settings.globalIndexes().get(is.name());
        SharedIndex held = known == null ? null : known.value().orElse(null);
        Optional<SharedIndex> next;
        if (is.status() == IndexStatus.DELETING) {
            next = Optional.empty();
        } else if (was == null || held == null) {
            next = Optional.of(shared(is, now));
        } else {
            boolean reads = was.readCapacityUnits() != is.readCapacityUnits();
            next = Optional.of(shared(is, held.since())
                    .withCapacity(reads ? is.readCapacityUnits() : held.readCapacityUnits(), is.writeCapacityUnits()));
        }
        return known == null ? new Latest<>(now, next) : known.changed(now, next);
    }

    /** The settings of the replica of a region, with what is its own. @param local what else is set here */
    static TableSettings apply(SharedSettings shared, Overrides own, TableSettings local, long nowMillis) {
        Capacity capacity = shared.capacity().value();
        long maxReads = own.maxReads() == null ? capacity.maxReads() : own.maxReads();
        TableSettings settings = capacity.onDemand()
                ? local.onDemand(nowMillis)
                : local.provisioned(readCapacityUnits(shared, own), capacity.writeCapacityUnits());
        boolean limited = maxReads != NO_LIMIT || capacity.maxWrites() != NO_LIMIT;
        return settings.withOnDemandLimits(limited ? new Throughput(maxReads, capacity.maxWrites()) : null)
                .withWarmThroughput(shared.warmThroughput()
                        .value()
                        .map(units -> new Throughput(units.read(), units.write()))
                        .orElse(null))
                .withTimeToLive(shared.timeToLive().value().orElse(null))
                .withTableClass(tableClass(shared, own))
                .withKmsKey(kmsKey(shared, own));
    }

    static long readCapacityUnits(SharedSettings shared, Overrides own) {
        Capacity capacity = shared.capacity().value();
        return capacity.onDemand() || own.readCapacityUnits() == null
                ? capacity.readCapacityUnits()
                : own.readCapacityUnits();
    }

    static TableClass tableClass(SharedSettings shared, Overrides own) {
        return TableClass.valueOf(own.tableClass() == null ? shared.tableClass().value() : own.tableClass());
    }

    static @Nullable String kmsKey(SharedSettings shared, Overrides own) {
        return own.kmsKey() == null && shared.encrypted().value() ? DEFAULT_KEY : own.kmsKey();
    }

    static long readCapacityUnits(SharedSettings shared, Overrides own, SharedIndex index) {
        IndexReads reads = own.indexes().get(index.name());
        return shared.capacity().value().onDemand() || reads == null || reads.readCapacityUnits() == null
                ? index.readCapacityUnits()
                : reads.readCapacityUnits();
    }

    /** The indexes of a replica that has no items yet: complete at once. */
    static List<IndexDescriptor> indexes(SharedSettings shared, Overrides own, IntSupplier numbers) {
        List<IndexDescriptor> indexes = new ArrayList<>();
        shared.localIndexes()
                .forEach(index -> indexes.add(
                        descriptor(index, IndexDescriptor.Kind.LOCAL, 0, IndexStatus.ACTIVE, numbers.getAsInt())));
        shared.globalIndexes()
                .values()
                .forEach(entry -> entry.value()
                        .ifPresent(index -> indexes.add(descriptor(
                                index,
                                IndexDescriptor.Kind.GLOBAL,
                                readCapacityUnits(shared, own, index),
                                IndexStatus.ACTIVE,
                                numbers.getAsInt()))));
        return indexes;
    }

    /**
     * What becomes of the indexes that a replica has. One that was deleted, or made anew with another definition, goes;
     * one of the same name comes when it has gone.
     *
     * @param numbers of new indexes
     */
    static List<IndexDescriptor> indexes(
            SharedSettings shared, Overrides own, TableDescriptor local, IntSupplier numbers) {
        List<IndexDescriptor> indexes = new ArrayList<>();
        for (IndexDescriptor index : local.indexes()) {
            indexes.add(
                    index.kind() == IndexDescriptor.Kind.LOCAL || index.status() == IndexStatus.DELETING
                            ? index
                            : becoming(shared, own, index));
        }
        shared.globalIndexes()
                .forEach((name, entry) -> entry.value().ifPresent(index -> {
                    if (local.index(name) == null) {
                        indexes.add(descriptor(
                                index,
                                IndexDescriptor.Kind.GLOBAL,
                                readCapacityUnits(shared, own, index),
                                IndexStatus.CREATING,
                                numbers.getAsInt()));
                    }
                }));
        return indexes;
    }

    private static IndexDescriptor becoming(SharedSettings shared, Overrides own, IndexDescriptor index) {
        Latest<Optional<SharedIndex>> entry = shared.globalIndexes().get(index.name());
        if (entry == null) {
            return index;
        }
        Optional<SharedIndex> wanted = entry.value().filter(definition -> definition.isDefinedAs(shared(index, null)));
        return wanted.map(definition ->
                        index.withCapacity(readCapacityUnits(shared, own, definition), definition.writeCapacityUnits()))
                .orElseGet(() -> index.withStatus(IndexStatus.DELETING));
    }

    private static IndexDescriptor descriptor(
            SharedIndex index, IndexDescriptor.Kind kind, long read, IndexStatus status, int number) {
        return new IndexDescriptor(
                number,
                index.name(),
                kind,
                index.partition(),
                index.sort(),
                new IndexProjection(IndexProjection.Type.valueOf(index.projection()), index.nonKeyAttributes()),
                status,
                false,
                read,
                index.writeCapacityUnits());
    }

    static BillingMode mode(SharedSettings shared) {
        return shared.capacity().value().onDemand() ? BillingMode.PAY_PER_REQUEST : BillingMode.PROVISIONED;
    }
}
