package dev.meridian.streams;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;

/** For replicators: {@link ChangeCodec}, keyed by the item's key. */
final class ReplicationFormat implements RecordFormat {
    @Override
    public BusRecord format(Change change, ChangePartition partition, TopicPartition to) {
        ByteSink key = new ByteSink();
        change.key().encode(key);
        return BusRecord.outgoing(
                to,
                change.committedMillis(),
                key.toBytes(),
                Bytes.wrap(ChangeCodec.encodeWithoutOldImage(change)),
                Headers.of(change));
    }
}
