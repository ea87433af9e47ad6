package dev.meridian.streams;

/** Why an item changed. Codes and names are stored and published: add, never change. */
public enum Cause {
    USER(1, "user"),
    REPLICATION(2, "replication"),
    TTL(3, "ttl");

    private final byte code;
    private final String wireName;

    Cause(int code, String wireName) {
        this.code = (byte) code;
        this.wireName = wireName;
    }

    public byte code() {
        return code;
    }

    /** The value of the header {@code cause}. */
    public String wireName() {
        return wireName;
    }

    /** @throws IllegalArgumentException if this release does not know it */
    public static Cause named(String wireName) {
        for (Cause cause : values()) {
            if (cause.wireName.equals(wireName)) {
                return cause;
            }
        }
        throw new IllegalArgumentException("unknown cause '" + wireName + "'");
    }

    public static Cause of(byte code) {
        for (Cause cause : values()) {
            if (cause.code == code) {
                return cause;
            }
        }
        throw new IllegalArgumentException("unknown cause code " + code);
    }
}
