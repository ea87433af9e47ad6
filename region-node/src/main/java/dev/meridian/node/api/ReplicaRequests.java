package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.replicator.Overrides;
import dev.meridian.replicator.Overrides.IndexReads;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * UpdateTable's ReplicaUpdates: what they may say, in the order in which DynamoDB looks at it.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicationGroupUpdate.html">Replica
 *     updates</a>
 */
final class ReplicaRequests {
    private static final String DEFAULT_KEY = "alias/aws/dynamodb";

    /** An index that is named and has nothing its own way. */
    private static final IndexReads NO_READS = new IndexReads(null, null);

    private ReplicaRequests() {}

    /** @throws ApiException if they contradict each other or say nothing, whatever the table is like */
    static List<ReplicaUpdate> updates(RequestReader request) {
        refuseStrong(request);
        List<RequestReader> entries = request.objects("ReplicaUpdates");
        Set<ReplicaUpdate> updates = new LinkedHashSet<>();
        for (RequestReader entry : entries) {
            List<String> kinds =
                    Stream.of("Create", "Update", "Delete").filter(entry::has).toList();
            if (kinds.isEmpty()) {
                throw nothingAsked();
            }
            if (kinds.size() > 1) {
                throw severalKinds();
            }
            updates.add(update(kinds.get(0), entry.requiredObject(kinds.get(0))));
        }
        if (updates.stream().map(ReplicaUpdate::kind).distinct().count() > 1) {
            throw severalKinds();
        }
        boolean creates = updates.stream().allMatch(update -> update.kind() == ReplicaUpdate.Kind.CREATE);
        boolean deletes = updates.stream().anyMatch(update -> update.kind() == ReplicaUpdate.Kind.DELETE);
        long regions = updates.stream().map(ReplicaUpdate::region).distinct().count();
        if (regions < updates.size() || (deletes && updates.size() > 1)) {
            // DynamoDB refuses several creations too, unless they make a strongly consistent table; here they may be.
            throw ApiException.validation(
                    "Update table operation with more than one create or delete replica actions not allowed");
        }
        if (request.has("MultiRegionConsistency") && !creates) {
            throw ApiException.validation(
                    "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided.");
        }
        return new ArrayList<>(updates);
    }

    private static void refuseStrong(RequestReader request) {
        boolean strong = request.text("MultiRegionConsistency", "EVENTUAL").equals("STRONG");
        boolean witnesses = !request.objects("GlobalTableWitnessUpdates").isEmpty();
        if (witnesses && !strong) {
            throw ApiException.validation("MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates"
                    + " parameter is present.");
        }
        if (strong) {
            throw ApiException.validation("MultiRegionConsistency STRONG is not supported: Meridian's replicas, which"
                    + " need no witness, are consistent eventually (EVENTUAL).");
        }
    }

    private static ApiException nothingAsked() {
        return ApiException.validation("There are no actions specified in the Replica Update Action of the request.");
    }

    private static ApiException severalKinds() {
        return ApiException.validation(
                "Update table operation with more than one type of replica actions not allowed.");
    }

    private static ReplicaUpdate update(String kind, RequestReader action) {
        RegionId region = region(action.requiredText("RegionName"));
        if (kind.equals("Delete")) {
            return new ReplicaUpdate(ReplicaUpdate.Kind.DELETE, region);
        }
        Overrides overrides = overrides(action);
        if (kind.equals("Create")) {
            return new ReplicaUpdate(ReplicaUpdate.Kind.CREATE, region, overrides);
        }
        if (overrides.equals(Overrides.NONE)) {
            throw nothingAsked();
        }
        return new ReplicaUpdate(ReplicaUpdate.Kind.UPDATE, region, overrides);
    }

    static RegionId region(String name) {
        try {
            return new RegionId(name);
        } catch (IllegalArgumentException illegal) {
            throw ApiException.validation("Invalid value for RegionName: " + name);
        }
    }

    private static Overrides overrides(RequestReader action) {
        Set<String> names = new HashSet<>();
        TreeMap<String, IndexReads> indexes = new TreeMap<>();
        for (RequestReader index : action.objects("GlobalSecondaryIndexes")) {
            String name = index.requiredText("IndexName");
            if (!names.add(name)) {
                throw Keys.invalid("Duplicate index name: " + name);
            }
            IndexReads own = new IndexReads(reads(index), limit(index));
            if (!own.equals(NO_READS)) {
                indexes.put(name, own);
            }
        }
        return new Overrides(
                reads(action),
                limit(action),
                action.text("TableClassOverride"),
                action.text("KMSMasterKeyId"),
                indexes);
    }

    private static @Nullable Long reads(RequestReader action) {
        RequestReader override = action.object("ProvisionedThroughputOverride");
        return override == null || !override.has("ReadCapacityUnits")
                ? null
                : Long.valueOf(Settings.units(override, "ReadCapacityUnits"));
    }

    private static @Nullable Long limit(RequestReader action) {
        return ThroughputRequests.override(action.object("OnDemandThroughputOverride"));
    }

    /** @throws ApiException if the table as it is set up does not allow it */
    static void check(ApiContext context, TableDescriptor table, List<ReplicaUpdate> updates) {
        for (ReplicaUpdate update : updates) {
            if (update.region().equals(context.region())) {
                throw ReplicaErrors.localRegion(update.kind());
            }
            // DynamoDB takes reads when a replica is made: they are in force when the table is provisioned one day.
            boolean fits = update.kind() == ReplicaUpdate.Kind.CREATE && !hasLimit(update.overrides());
            if (!fits) {
                requireFit(update.overrides(), table.settings().isOnDemand());
            }
            if (update.kind() == ReplicaUpdate.Kind.CREATE) {
                checkKey(table.settings().kmsKey(), update.overrides().kmsKey());
            }
        }
    }

    /** A table's replicas have keys of one kind, and each names its own if that is the customer's. */
    private static void checkKey(@Nullable String ofTable, @Nullable String ofReplica) {
        boolean customers = ofTable != null && !ofTable.equals(DEFAULT_KEY);
        if (customers ? Objects.requireNonNullElse(ofReplica, "").isEmpty() : ofTable == null && ofReplica != null) {
            throw Keys.invalid("KMSMasterKeyId must be specified for each replica.");
        }
        if (ofReplica != null && customers == ofReplica.equals(DEFAULT_KEY)) {
            throw Keys.invalid("All replica keys must either be Customer Managed CMK or AWS Managed CMK.");
        }
    }

    /** @throws ApiException if a replica is to have its own way in what a table of that capacity mode does not have */
    private static void requireFit(Overrides overrides, boolean onDemand) {
        boolean reads = overrides.readCapacityUnits() != null
                || overrides.indexes().values().stream().anyMatch(index -> index.readCapacityUnits() != null);
        if (onDemand && reads) {
            throw ApiException.validation("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when"
                    + " BillingMode is PAY_PER_REQUEST");
        }
        if (!onDemand && hasLimit(overrides)) {
            throw Keys.invalid("MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table"
                    + " BillingMode is PROVISIONED");
        }
    }

    private static boolean hasLimit(Overrides overrides) {
        return overrides.maxReads() != null
                || overrides.indexes().values().stream().anyMatch(index -> index.maxReads() != null);
    }
}
