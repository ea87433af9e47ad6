package dev.meridian.streams;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.Life;
import java.time.InstantSource;
import java.util.TreeMap;

/** For replicators: {@link ChangeCodec}, keyed by the item's key, with the time of the publishing. */
final class ReplicationFormat implements RecordFormat {
    private final InstantSource clock;

    ReplicationFormat(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public BusRecord format(Change change, ChangePartition partition, TopicPartition to, Life life, RecordLink after) {
        ByteSink key = new ByteSink();
        change.key().encode(key);
        TreeMap<String, String> headers = Headers.of(change, life, after);
        headers.put(Headers.PUBLISHED, Long.toString(clock.millis()));
        Bytes keyBytes = key.toBytes();
        Bytes value = Bytes.wrap(ChangeCodec.encodeWithoutOldImage(change));
        Recognition.mark(RecordKind.CHANGE, keyBytes, value, headers);
        return BusRecord.outgoing(to, change.committedMillis(), keyBytes, value, headers);
    }
}
