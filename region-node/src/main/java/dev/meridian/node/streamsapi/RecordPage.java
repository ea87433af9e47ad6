package dev.meridian.node.streamsapi;

import dev.meridian.node.store.ReadView;
import dev.meridian.streams.Change;
import dev.meridian.streams.SequenceNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Some records of a shard.
 *
 * @param next behind which change to go on; empty if the shard is closed and has no more
 */
public record RecordPage(List<StreamRecord> records, Optional<SequenceNumber> next) {
    /** DynamoDB's limits of one answer. */
    public static final int RECORDS_MOST = 1000;

    private static final long BYTES_MOST = 1 << 20;

    /** Rows that are no events are passed over, but not for ever in one request. */
    private static final int ROWS_MOST = 10_000;

    /** The place was trimmed: what is asked for is no longer there. */
    public static final class TrimmedException extends Exception {
        private static final long serialVersionUID = 1L;

        TrimmedException() {
            super(null, null, false, false);
        }
    }

    /** @throws TrimmedException if records behind the iterator's place were lost to age */
    public static RecordPage read(ReadView view, Shard shard, ShardIterator at, int most) throws TrimmedException {
        SequenceNumber trimmed = view.trimmed(shard.stream(), shard.partitions());
        SequenceNumber oldest = later(shard.after(), trimmed);
        if (!at.trimHorizon() && at.after().compareTo(trimmed) < 0) {
            throw new TrimmedException();
        }
        SequenceNumber from = at.trimHorizon() ? oldest : later(oldest, at.after());
        Reading reading = new Reading(shard, from, most);
        view.changes(shard.stream(), shard.partitions(), from, reading::visit);
        boolean done = reading.exhausted && !shard.isOpen();
        return new RecordPage(reading.records, done ? Optional.empty() : Optional.of(reading.last));
    }

    static SequenceNumber later(SequenceNumber one, SequenceNumber other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    private static final class Reading {
        final Shard shard;
        final int most;
        final List<StreamRecord> records = new ArrayList<>();
        SequenceNumber last;
        long bytes;
        int rows;
        boolean exhausted = true;

        Reading(Shard shard, SequenceNumber from, int most) {
            this.shard = shard;
            this.last = from;
            this.most = most;
        }

        boolean visit(Change change) {
            if (!shard.reaches(change.sequence())) {
                return false;
            }
            if (records.size() == most || rows == ROWS_MOST) {
                exhausted = false;
                return false;
            }
            if (change.event()) {
                StreamRecord record = StreamRecord.of(change, shard.stream());
                if (!records.isEmpty() && bytes + record.sizeBytes() > BYTES_MOST) {
                    exhausted = false;
                    return false;
                }
                records.add(record);
                bytes += record.sizeBytes();
            }
            rows++;
            last = change.sequence();
            return true;
        }
    }
}
