package dev.meridian.node.store;

/**
 * How a table is set up, besides its key.
 *
 * @param readCapacityUnits 0 when on demand
 * @param writeCapacityUnits 0 when on demand
 */
public record TableSettings(
        BillingMode billingMode, long readCapacityUnits, long writeCapacityUnits, boolean deletionProtection) {
    /** DynamoDB's capacity modes, under their names on the wire. */
    public enum BillingMode {
        PROVISIONED,
        PAY_PER_REQUEST
    }
}
