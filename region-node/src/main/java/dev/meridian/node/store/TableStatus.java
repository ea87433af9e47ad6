package dev.meridian.node.store;

/** DynamoDB's table statuses, under their names on the wire. */
public enum TableStatus {
    CREATING,
    UPDATING,
    DELETING,
    ACTIVE
}
