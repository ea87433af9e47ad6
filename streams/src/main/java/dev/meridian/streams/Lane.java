package dev.meridian.streams;

/** The two ways a change may go out; each has a topic per table and a publisher of its own. */
public enum Lane {
    /** To other regions' replicators: changes that originated here. */
    REPLICATION(1),
    /** To consumers: every change applied here. */
    STREAM(2);

    private final int bit;

    Lane(int bit) {
        this.bit = bit;
    }

    /** This lane's bit in the stored mask of a change row's lanes. */
    public int bit() {
        return bit;
    }
}
