package dev.meridian.streams.audit;

/**
 * Something in a topic that must not be.
 *
 * @param partition of the topic
 * @param sequence of the change that it is about; 0 if it is about an item as a whole
 * @param key the item's, as JSON; empty if it is not known
 */
public record Finding(Kind kind, int partition, long sequence, String key, String what) {
    public enum Kind {
        /** A change is missing. */
        GAP,
        /** A change is there twice. */
        DUPLICATE,
        /** A change stands behind a later one, or in another partition than the item's others. */
        ORDER,
        /** What is in the topic is not what is in the store. */
        MISMATCH,
        /** A record that no Meridian wrote. */
        FOREIGN
    }

    @Override
    public String toString() {
        return kind + " partition " + partition + (sequence == 0 ? "" : ", sequence " + sequence)
                + (key.isEmpty() ? "" : ", key " + key) + ": " + what;
    }
}
