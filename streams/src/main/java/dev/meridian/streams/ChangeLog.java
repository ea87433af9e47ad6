package dev.meridian.streams;

import dev.meridian.model.StoreHistory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A port: the change rows of one region's store, as a publisher needs them. Implementations are thread-safe. */
public interface ChangeLog {
    /** The partitions that have rows behind the lane's cursor, of dropped tables too, in a stable order. */
    List<ChangePartition> pending(Lane lane);

    /**
     * The lane's rows of a partition behind {@code after}, in sequence order; rows that are not for the lane are passed
     * over.
     *
     * @param maxBytes stop once the rows read hold as many bytes; at least one row is returned if there is one
     * @throws DamagedRowException if the first of them is damaged
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
    CompletionStage<Void> mark(Lane lane, Map<ChangePartition, Published> published);

    /** Where the lane's last row that was marked lies in its topic; null if that is not known. */
    @Nullable
    LogPosition place(Lane lane, ChangePartition partition);

    /** The partitions of tables that use the lane, of which it has published something, if it is known where. */
    List<ChangePartition> placed(Lane lane);

    /**
     * The topics no longer have what was marked as published: moves the lane's cursors back, so that what is kept is
     * published again.
     */
    CompletionStage<Void> rewind(Lane lane, Map<ChangePartition, Published> to);

    /** Whether every row that a partition's topics ever got from this store is still kept; false if that is not known. */
    boolean hasAll(ChangePartition partition);

    /** The past of the store, and its present life. */
    StoreHistory history();

    /**
     * How far a partition is published.
     *
     * @param place where its last row lies, and the topic's end behind it; null if that is not known
     */
    record Published(SequenceNumber through, @Nullable LogPosition place) {}

    /** How the topics of the partition's table are to be kept. */
    TopicSettings topics(ChangePartition partition);

    /** The last committed change of the whole store. */
    SequenceNumber last();

    /** Calls {@code doorbell} after every commit that added rows, from the committing thread: it must only wake. */
    void onCommit(Runnable doorbell);
}
