package dev.meridian.simulator.world;

import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.TopicPartition;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Hands everything on to another writer; who stands in overrides what it is for. */
public class ForwardingWriter implements BusWriter {
    protected final BusWriter writer;

    public ForwardingWriter(BusWriter writer) {
        this.writer = writer;
    }

    @Override
    public CompletionStage<Void> open() {
        return writer.open();
    }

    @Override
    public int maxInFlight() {
        return writer.maxInFlight();
    }

    @Override
    public CompletionStage<Void> settle(TopicPartition partition) {
        return writer.settle(partition);
    }

    @Override
    public CompletionStage<List<Long>> append(List<BusRecord> records) {
        return writer.append(records);
    }

    @Override
    public void close() {
        writer.close();
    }
}
