package dev.meridian.node.api;

import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.BillingMode;
import org.jspecify.annotations.Nullable;

/** BillingMode, ProvisionedThroughput and DeletionProtectionEnabled of CreateTable and UpdateTable. */
final class Settings {
    private Settings() {}

    static TableSettings forNewTable(RequestReader request) {
        String mode = request.choice("BillingMode", "PROVISIONED", "PAY_PER_REQUEST");
        RequestReader throughput = request.object("ProvisionedThroughput");
        boolean protection = request.flag("DeletionProtectionEnabled");
        Long read = units(throughput, "ReadCapacityUnits");
        Long write = units(throughput, "WriteCapacityUnits");
        request.check();
        return of(BillingMode.valueOf(mode), read, write, protection);
    }

    static TableSettings changed(RequestReader request, TableSettings old) {
        String mode = request.has("BillingMode")
                ? request.choice("BillingMode", "PROVISIONED", "PAY_PER_REQUEST")
                : old.billingMode().name();
        RequestReader throughput = request.object("ProvisionedThroughput");
        boolean protection = request.has("DeletionProtectionEnabled")
                ? request.flag("DeletionProtectionEnabled")
                : old.deletionProtection();
        Long read = units(throughput, "ReadCapacityUnits");
        Long write = units(throughput, "WriteCapacityUnits");
        request.check();
        boolean stays = throughput == null && mode.equals(old.billingMode().name());
        return stays
                ? new TableSettings(old.billingMode(), old.readCapacityUnits(), old.writeCapacityUnits(), protection)
                : of(BillingMode.valueOf(mode), read, write, protection);
    }

    private static TableSettings of(BillingMode mode, @Nullable Long read, @Nullable Long write, boolean protection) {
        if (mode == BillingMode.PAY_PER_REQUEST) {
            if (read != null || write != null) {
                throw Keys.invalid(
                        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
                                + " PAY_PER_REQUEST");
            }
            return new TableSettings(mode, 0, 0, protection);
        }
        if (read == null || write == null) {
            throw Keys.invalid("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is"
                    + " PROVISIONED");
        }
        return new TableSettings(mode, read, write, protection);
    }

    private static @Nullable Long units(@Nullable RequestReader throughput, String field) {
        if (throughput == null) {
            return null;
        }
        if (!throughput.has(field)) {
            throughput.violation(field, null, "Member must not be null");
        }
        return throughput.number(field, 1, Long.MAX_VALUE);
    }
}
