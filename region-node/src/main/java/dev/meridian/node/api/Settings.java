package dev.meridian.node.api;

import dev.meridian.model.RegionId;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.BillingMode;
import dev.meridian.node.store.TableSettings.TableClass;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What CreateTable and UpdateTable say of a table besides its key, indexes and replicas. */
final class Settings {
    /** Beyond it DynamoDB calls a number of units out of bounds. */
    private static final long UNITS_MOST = 1_000_000_000_000L;

    /** A table that was never on demand. */
    private static final TableSettings NEW = TableSettings.ON_DEMAND.provisioned(0, 0);

    private Settings() {}

    static TableSettings forNewTable(RequestReader request, long nowMillis) {
        BillingMode mode = BillingMode.valueOf(request.text("BillingMode", "PROVISIONED"));
        TableSettings settings = capacity(request, NEW, mode, nowMillis)
                .withDeletionProtection(request.flag("DeletionProtectionEnabled"));
        RequestReader encryption = request.object("SSESpecification");
        if (encryption != null) {
            settings = settings.withKmsKey(kmsKey(encryption));
        }
        return ThroughputRequests.ofNewTable(request, withClass(request, settings));
    }

    /** @param old as they are now */
    static TableSettings changed(RequestReader request, TableSettings old, RegionId region, long nowMillis) {
        TableSettings settings = old;
        if (request.has("BillingMode") || request.has("ProvisionedThroughput")) {
            BillingMode mode = BillingMode.valueOf(
                    request.text("BillingMode", old.billingMode().name()));
            settings = capacity(request, old, mode, nowMillis);
            refuseNoChange(request, old, settings);
            settings = ThroughputRequests.asWarmAs(old, settings);
        }
        RequestReader encryption = request.object("SSESpecification");
        if (encryption != null) {
            settings = settings.withKmsKey(changedKey(encryption, old.kmsKey(), region));
        }
        if (request.has("DeletionProtectionEnabled")) {
            settings = settings.withDeletionProtection(request.flag("DeletionProtectionEnabled"));
        }
        return ThroughputRequests.changed(request, withClass(request, settings));
    }

    private static void refuseNoChange(RequestReader request, TableSettings old, TableSettings next) {
        boolean same = !next.isOnDemand()
                && !old.isOnDemand()
                && old.readCapacityUnits() == next.readCapacityUnits()
                && old.writeCapacityUnits() == next.writeCapacityUnits();
        if (same && request.has("ProvisionedThroughput") && !request.has("GlobalSecondaryIndexUpdates")) {
            throw ApiException.validation(String.format(
                    Locale.ROOT,
                    "The provisioned throughput for the table will not change. The requested value equals the current"
                            + " value. Current ReadCapacityUnits provisioned for the table: %d. Requested"
                            + " ReadCapacityUnits: %d. Current WriteCapacityUnits provisioned for the table: %d."
                            + " Requested WriteCapacityUnits: %d. Refer to the Amazon DynamoDB Developer Guide for"
                            + " current limits and how to request higher limits.",
                    old.readCapacityUnits(),
                    next.readCapacityUnits(),
                    old.writeCapacityUnits(),
                    next.writeCapacityUnits()));
        }
    }

    private static TableSettings capacity(RequestReader request, TableSettings old, BillingMode mode, long nowMillis) {
        RequestReader throughput = request.object("ProvisionedThroughput");
        if (mode == BillingMode.PAY_PER_REQUEST) {
            if (throughput != null && request.has("BillingMode") && !request.has("KeySchema")) {
                throw Keys.invalid("ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST");
            }
            if (throughput != null) {
                throw Keys.invalid("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode"
                        + " is PAY_PER_REQUEST");
            }
            return old.onDemand(nowMillis);
        }
        if (throughput == null) {
            throw Keys.invalid(
                    request.has("BillingMode") && !request.has("KeySchema")
                            ? "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
                            : "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is"
                                    + " PROVISIONED");
        }
        return old.provisioned(units(throughput, "ReadCapacityUnits"), units(throughput, "WriteCapacityUnits"))
                .withOnDemandLimits(null);
    }

    static long units(RequestReader throughput, String field) {
        Long units = throughput.number(field);
        if (units == null) {
            throw new AssertionError(field + " is required");
        }
        if (units > UNITS_MOST) {
            throw ApiException.validation("Given value " + units + " for " + field + " is out of bounds");
        }
        return units;
    }

    private static TableSettings withClass(RequestReader request, TableSettings settings) {
        return request.has("TableClass")
                ? settings.withTableClass(TableClass.valueOf(request.requiredText("TableClass")))
                : settings;
    }

    private static @Nullable String changedKey(RequestReader encryption, @Nullable String old, RegionId region) {
        String key = kmsKey(encryption);
        if (key == null && old == null) {
            throw Keys.invalid("Table is already encrypted by default");
        }
        // A key's alias or id is not compared: it may have come to mean another key.
        if (key != null && old != null && key.equals(Arn.ofKey(region, old))) {
            throw Keys.invalid("Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if"
                    + " you want to change Master Key");
        }
        return key;
    }

    /** Meridian encrypts nothing by itself: it keeps and shows what was asked, as its documentation says. */
    private static @Nullable String kmsKey(RequestReader encryption) {
        boolean enabled = encryption.flag("Enabled", encryption.has("SSEType") || encryption.has("KMSMasterKeyId"));
        if (!enabled && encryption.has("SSEType")) {
            throw Keys.invalid("SSEType can not be specified if Enabled is false");
        }
        if (!enabled && encryption.has("KMSMasterKeyId")) {
            throw Keys.invalid("KMSMasterKeyId can not be specified if Enabled is false");
        }
        if (!enabled) {
            return null;
        }
        if (encryption.text("SSEType", "KMS").equals("AES256")) {
            throw Keys.invalid("SSEType AES256 is not supported");
        }
        if (encryption.has("KMSMasterKeyId") && !encryption.has("SSEType")) {
            throw Keys.invalid("SSEType KMS is required if KMSMasterKeyId is specified");
        }
        return encryption.text("KMSMasterKeyId", "alias/aws/dynamodb");
    }
}
