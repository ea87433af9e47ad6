package dev.meridian.node.store;

import org.jspecify.annotations.Nullable;

/**
 * How a table is set up, besides its key and its indexes. The store itself looks at none of it.
 *
 * @param readCapacityUnits 0 when on demand
 * @param writeCapacityUnits 0 when on demand
 * @param onDemandSinceMillis when the table was last switched to on demand, milliseconds since 1970; 0 if never
 * @param kmsKey what encrypts the table by name; null for the service's own key
 * @param onDemandLimits most that is served when on demand; null for no limit
 * @param warmThroughput that was asked for; null for what every table has
 * @param timeToLive the attribute that says when an item expires; null if none does
 */
public record TableSettings(
        BillingMode billingMode,
        long readCapacityUnits,
        long writeCapacityUnits,
        long onDemandSinceMillis,
        boolean deletionProtection,
        TableClass tableClass,
        @Nullable String kmsKey,
        @Nullable Throughput onDemandLimits,
        @Nullable Throughput warmThroughput,
        @Nullable String timeToLive) {
    public static final TableSettings ON_DEMAND =
            new TableSettings(BillingMode.PAY_PER_REQUEST, 0, 0, 0, false, TableClass.STANDARD, null, null, null, null);

    /** DynamoDB's capacity modes, under their names on the wire. */
    public enum BillingMode {
        PROVISIONED,
        PAY_PER_REQUEST
    }

    /** DynamoDB's table classes, under their names on the wire. */
    public enum TableClass {
        STANDARD,
        STANDARD_INFREQUENT_ACCESS
    }

    /** Units per second. A part that is not limited is -1. */
    public record Throughput(long read, long write) {}

    @SuppressWarnings("ConstantValue") // Null when read from a store of before there were classes.
    public TableSettings {
        tableClass = tableClass == null ? TableClass.STANDARD : tableClass;
    }

    public boolean isOnDemand() {
        return billingMode == BillingMode.PAY_PER_REQUEST;
    }

    /** @param nowMillis used if the mode changes */
    public TableSettings onDemand(long nowMillis) {
        return new TableSettings(
                BillingMode.PAY_PER_REQUEST,
                0,
                0,
                isOnDemand() ? onDemandSinceMillis : nowMillis,
                deletionProtection,
                tableClass,
                kmsKey,
                onDemandLimits,
                warmThroughput,
                timeToLive);
    }

    public TableSettings provisioned(long read, long write) {
        return new TableSettings(
                BillingMode.PROVISIONED,
                read,
                write,
                onDemandSinceMillis,
                deletionProtection,
                tableClass,
                kmsKey,
                onDemandLimits,
                warmThroughput,
                timeToLive);
    }

    public TableSettings withDeletionProtection(boolean nowProtected) {
        return new TableSettings(
                billingMode,
                readCapacityUnits,
                writeCapacityUnits,
                onDemandSinceMillis,
                nowProtected,
                tableClass,
                kmsKey,
                onDemandLimits,
                warmThroughput,
                timeToLive);
    }

    public TableSettings withTableClass(TableClass newClass) {
        return new TableSettings(
                billingMode,
                readCapacityUnits,
                writeCapacityUnits,
                onDemandSinceMillis,
                deletionProtection,
                newClass,
                kmsKey,
                onDemandLimits,
                warmThroughput,
                timeToLive);
    }

    public TableSettings withKmsKey(@Nullable String newKey) {
        return new TableSettings(
                billingMode,
                readCapacityUnits,
                writeCapacityUnits,
                onDemandSinceMillis,
                deletionProtection,
                tableClass,
                newKey,
                onDemandLimits,
                warmThroughput,
                timeToLive);
    }

    public TableSettings withOnDemandLimits(@Nullable Throughput newLimits) {
        return new TableSettings(
                billingMode,
                readCapacityUnits,
                writeCapacityUnits,
                onDemandSinceMillis,
                deletionProtection,
                tableClass,
                kmsKey,
                newLimits,
                warmThroughput,
                timeToLive);
    }

    public TableSettings withWarmThroughput(@Nullable Throughput newThroughput) {
        return new TableSettings(
                billingMode,
                readCapacityUnits,
                writeCapacityUnits,
                onDemandSinceMillis,
                deletionProtection,
                tableClass,
                kmsKey,
                onDemandLimits,
                newThroughput,
                timeToLive);
    }

    public TableSettings withTimeToLive(@Nullable String attribute) {
        return new TableSettings(
                billingMode,
                readCapacityUnits,
                writeCapacityUnits,
                onDemandSinceMillis,
                deletionProtection,
                tableClass,
                kmsKey,
                onDemandLimits,
                warmThroughput,
                attribute);
    }
}
