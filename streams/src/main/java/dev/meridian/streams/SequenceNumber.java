package dev.meridian.streams;

/** The place of a change among all changes of one region's store; grows with every commit, never reused, from 1. */
public record SequenceNumber(long value) implements Comparable<SequenceNumber> {
    /** Before the first change. */
    public static final SequenceNumber NONE = new SequenceNumber(0);

    public SequenceNumber next() {
        return new SequenceNumber(value + 1);
    }

    @Override
    public int compareTo(SequenceNumber other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
