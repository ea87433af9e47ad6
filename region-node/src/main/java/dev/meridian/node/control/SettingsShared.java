package dev.meridian.node.control;

import dev.meridian.model.Version;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableSettings.BillingMode;
import dev.meridian.replicator.SharedSettings;

/** Which of a table's settings all replicas share: its capacity. Protection against deletion is each region's own. */
final class SettingsShared {
    private SettingsShared() {}

    static SharedSettings of(TableSettings settings, Version version) {
        return new SharedSettings(
                version,
                settings.billingMode() == BillingMode.PAY_PER_REQUEST,
                settings.readCapacityUnits(),
                settings.writeCapacityUnits());
    }

    /** @param local what else is set here */
    static TableSettings apply(SharedSettings shared, TableSettings local, long nowMillis) {
        return shared.onDemand()
                ? local.onDemand(nowMillis)
                : local.provisioned(shared.readCapacityUnits(), shared.writeCapacityUnits());
    }
}
