package dev.meridian.node.http;

/** The regions behind a port. */
interface Regions {
    /** The one that has a request which is signed for {@code region}. */
    DynamoHandler of(String region);

    /** The one that speaks where a request does not say which it means. */
    DynamoHandler first();
}
