package dev.meridian.streams;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** A port: the change rows of one region's store, as a publisher needs them. Implementations are thread-safe. */
public interface ChangeLog {
    /** The partitions that have rows behind the lane's cursor, of dropped tables too, in a stable order. */
    List<ChangePartition> pending(Lane lane);

    /**
     * The lane's rows of a partition behind {@code after}, in sequence order; rows that are not for the lane are passed
     * over.
     *
     * @param maxBytes stop once the rows read hold as many bytes; at least one row is returned if there is one
     */
    List<Change> read(Lane lane, ChangePartition partition, SequenceNumber after, int maxRows, int maxBytes);

    /** The lane's last row of a partition that is {@link #pending}. Cheap: nothing is read. */
    SequenceNumber newest(Lane lane, ChangePartition partition);

    /** Up to where the lane was marked as published; {@link SequenceNumber#NONE} at first. */
    SequenceNumber cursor(Lane lane, ChangePartition partition);

    /**
     * Everything of these partitions up to and including these numbers is in the lane's topic: moves the cursors and lets
     * go of rows that no lane needs any more. Not urgent: it may join a later commit.
     */
    CompletionStage<Void> mark(Lane lane, Map<ChangePartition, SequenceNumber> published);

    /** How the topics of the partition's table are to be kept. */
    TopicSettings topics(ChangePartition partition);

    /** The last committed change of the whole store. */
    SequenceNumber last();

    /** Calls {@code doorbell} after every commit that added rows, from the committing thread: it must only wake. */
    void onCommit(Runnable doorbell);
}
