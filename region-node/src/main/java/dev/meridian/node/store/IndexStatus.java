package dev.meridian.node.store;

/** DynamoDB's index statuses, under their names on the wire. */
public enum IndexStatus {
    /** Edited with the items; the items from before it was made are still being added. */
    CREATING,
    UPDATING,
    /** No longer edited; its entries go, then it leaves its table. */
    DELETING,
    ACTIVE
}
