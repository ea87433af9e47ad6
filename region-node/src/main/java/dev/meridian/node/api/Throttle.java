package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.TableDescriptor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The limits of provisioned tables and indexes: a token bucket each for reads and writes, filled with the units
 * provisioned per second up to what five minutes bring. A request is let in while there is anything left, and takes what
 * it costs afterwards, so that a large one may leave a debt.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html">Burst
 *     capacity</a>
 */
final class Throttle {
    private static final double BURST_SECONDS = Duration.ofMinutes(5).toSeconds();
    private static final double MILLIS_PER_SECOND = 1000.0;
    private static final String REASON = "ProvisionedThroughputExceeded";

    private final RegionId region;
    private final InstantSource clock;
    private final boolean enabled;
    private final Map<BucketOf, Bucket> buckets = new ConcurrentHashMap<>();

    Throttle(RegionId region, InstantSource clock, boolean enabled) {
        this.region = region;
        this.clock = clock;
        this.enabled = enabled;
    }

    /** @param index 0 for the table itself */
    private record BucketOf(TableId table, int index, boolean writes) {}

    private static final class Bucket {
        private double tokens;
        private long rate;
        private long filledMillis;

        Bucket(long rate, long nowMillis) {
            this.rate = rate;
            this.tokens = rate * BURST_SECONDS;
            this.filledMillis = nowMillis;
        }

        /** Fills up for the time since the last look. */
        private void fill(long newRate, long nowMillis) {
            double passed = Math.max(0, nowMillis - filledMillis) / MILLIS_PER_SECOND;
            rate = newRate;
            tokens = Math.min(rate * BURST_SECONDS, tokens + passed * rate);
            filledMillis = nowMillis;
        }

        synchronized boolean hasAny(long newRate, long nowMillis) {
            fill(newRate, nowMillis);
            return tokens > 0;
        }

        synchronized void take(double units, long newRate, long nowMillis) {
            fill(newRate, nowMillis);
            tokens -= units;
        }
    }

    /** Whether the table's requests are counted at all. */
    boolean counts(TableDescriptor table) {
        return enabled && !table.settings().isOnDemand();
    }

    /** @throws ApiException if the table, or the index that is read, has used up what it is provisioned with */
    void admitRead(TableDescriptor table, @Nullable IndexDescriptor index) {
        if (counts(table)) {
            Source source = source(table, index);
            if (!bucket(table, source.number(), false, source.rate()).hasAny(source.rate(), clock.millis())) {
                throw exceeded(table, source.number() == 0 ? null : index, "Read");
            }
        }
    }

    /** What a read takes from: a global index has units of its own, a local one the table's. @param number 0: the table */
    private record Source(int number, long rate) {}

    private static Source source(TableDescriptor table, @Nullable IndexDescriptor index) {
        return index == null || index.kind() == IndexDescriptor.Kind.LOCAL
                ? new Source(0, table.settings().readCapacityUnits())
                : new Source(index.number(), index.readCapacityUnits());
    }

    /** @throws ApiException if the table, or one of its global indexes, has used up what it is provisioned with */
    void admitWrite(TableDescriptor table) {
        if (!counts(table)) {
            return;
        }
        long now = clock.millis();
        long rate = table.settings().writeCapacityUnits();
        if (!bucket(table, 0, true, rate).hasAny(rate, now)) {
            throw exceeded(table, null, "Write");
        }
        for (IndexDescriptor index : table.indexes()) {
            boolean global = index.kind() == IndexDescriptor.Kind.GLOBAL;
            if (global
                    && !bucket(table, index.number(), true, index.writeCapacityUnits())
                            .hasAny(index.writeCapacityUnits(), now)) {
                throw exceeded(table, index, "Write");
            }
        }
    }

    void read(TableDescriptor table, @Nullable IndexDescriptor index, double units) {
        if (counts(table)) {
            Source source = source(table, index);
            bucket(table, source.number(), false, source.rate()).take(units, source.rate(), clock.millis());
        }
    }

    void written(TableDescriptor table, Capacity.Consumed consumed) {
        if (!counts(table)) {
            return;
        }
        long now = clock.millis();
        long rate = table.settings().writeCapacityUnits();
        bucket(table, 0, true, rate).take(consumed.ofTableAndLocal(), rate, now);
        for (IndexDescriptor index : table.indexes()) {
            double units = consumed.ofGlobal(index.name());
            if (units > 0) {
                bucket(table, index.number(), true, index.writeCapacityUnits())
                        .take(units, index.writeCapacityUnits(), now);
            }
        }
    }

    private Bucket bucket(TableDescriptor table, int index, boolean writes, long rate) {
        return buckets.computeIfAbsent(
                new BucketOf(table.id(), index, writes), unused -> new Bucket(rate, clock.millis()));
    }

    /** @param access Read or Write, as the names of DynamoDB's reasons have it */
    private ApiException exceeded(TableDescriptor table, @Nullable IndexDescriptor index, String access) {
        String ofTable = Arn.of(region, table.name());
        return index == null
                ? ApiException.throughputExceeded(
                        "The level of configured provisioned throughput for the table was exceeded. Consider"
                                + " increasing your provisioning level with the UpdateTable API.",
                        "Table" + access + REASON,
                        ofTable)
                : ApiException.throughputExceeded(
                        "The level of configured provisioned throughput for one or more global secondary indexes of"
                                + " the table was exceeded. Consider increasing your provisioning level for the"
                                + " under-provisioned global secondary indexes with the UpdateTable API",
                        "Index" + access + REASON,
                        Arn.ofIndex(region, table.name(), index.name()));
    }
}
