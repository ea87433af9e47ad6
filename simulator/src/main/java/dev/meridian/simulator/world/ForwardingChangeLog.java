package dev.meridian.simulator.world;

import dev.meridian.model.StoreHistory;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicSettings;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Hands everything on to another log; who stands in overrides what it is for. */
public class ForwardingChangeLog implements ChangeLog {
    protected final ChangeLog log;

    public ForwardingChangeLog(ChangeLog log) {
        this.log = log;
    }

    @Override
    public List<ChangePartition> pending(Lane lane) {
        return log.pending(lane);
    }

    @Override
    public List<Change> read(Lane lane, ChangePartition partition, SequenceNumber after, int maxRows, int maxBytes) {
        return log.read(lane, partition, after, maxRows, maxBytes);
    }

    @Override
    public SequenceNumber newest(Lane lane, ChangePartition partition) {
        return log.newest(lane, partition);
    }

    @Override
    public SequenceNumber cursor(Lane lane, ChangePartition partition) {
        return log.cursor(lane, partition);
    }

    @Override
    public CompletionStage<Void> mark(Lane lane, Map<ChangePartition, Published> published) {
        return log.mark(lane, published);
    }

    @Override
    public @Nullable LogPosition place(Lane lane, ChangePartition partition) {
        return log.place(lane, partition);
    }

    @Override
    public List<ChangePartition> placed(Lane lane) {
        return log.placed(lane);
    }

    @Override
    public CompletionStage<Void> rewind(Lane lane, Map<ChangePartition, Published> to) {
        return log.rewind(lane, to);
    }

    @Override
    public boolean hasAll(ChangePartition partition) {
        return log.hasAll(partition);
    }

    @Override
    public StoreHistory history() {
        return log.history();
    }

    @Override
    public TopicSettings topics(ChangePartition partition) {
        return log.topics(partition);
    }

    @Override
    public SequenceNumber last() {
        return log.last();
    }

    @Override
    public void onCommit(Runnable doorbell) {
        log.onCommit(doorbell);
    }
}
