package dev.meridian.streams;

/**
 * A topic of this region no longer holds what had been published in it.
 *
 * @param before change rows up to and including this number had been published
 * @param again the first row that is published again; {@link SequenceNumber#NONE} if none is kept
 * @param isWhole whether all that the topic lacks is published again
 */
public record TopicLoss(
        Lane lane,
        ChangePartition partition,
        TopicPartition at,
        Kind kind,
        SequenceNumber before,
        SequenceNumber again,
        boolean isWhole) {
    /** What happened to the topic. */
    public enum Kind {
        /** Another topic has its name, or none has: Kafka lost it, or was made anew. */
        REPLACED,
        /** It ends before what had been acknowledged. */
        CUT_SHORT,
        /** It holds rows that are not this store's: the store is another than the one that filled it, and must rejoin. */
        FOREIGN
    }

    /** For people. */
    public String describe() {
        if (kind == Kind.FOREIGN) {
            return "topic " + at.topic() + ", partition " + at.partition() + " was filled by another store";
        }
        String what = kind == Kind.REPLACED ? "was lost and made anew" : "lost its end";
        String then = again.equals(SequenceNumber.NONE)
                ? "the store keeps none of these rows any more"
                : "the store's rows from " + again + " on are published again";
        return "topic " + at.topic() + ", partition " + at.partition() + " " + what
                + ": change rows up to " + before + " had been published there; " + then
                + (isWhole ? "" : ", and what came before them is missing in it");
    }
}
