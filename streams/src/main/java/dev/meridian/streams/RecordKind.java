package dev.meridian.streams;

/** What a record that Meridian writes is. The wire name is published in {@link Headers#MERIDIAN}: add, never rename. */
public enum RecordKind {
    /** A change, on the replication lane. */
    CHANGE("change"),
    /** A change, on the stream lane. */
    EVENT("event"),
    CONTROL("control"),
    HEARTBEAT("heartbeat"),
    /** A part of a copy of a table. */
    COPY("copy");

    private final String wireName;

    RecordKind(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }
}
