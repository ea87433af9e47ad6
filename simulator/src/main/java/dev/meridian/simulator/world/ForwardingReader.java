package dev.meridian.simulator.world;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hands everything on to another reader; who stands in overrides what it is for. */
public class ForwardingReader implements BusReader {
    protected final BusReader reader;

    public ForwardingReader(BusReader reader) {
        this.reader = reader;
    }

    @Override
    public void follow(TopicPartition at, long from, long reaches, @Nullable TopicId of) {
        reader.follow(at, from, reaches, of);
    }

    @Override
    public void unfollow(Set<TopicPartition> partitions) {
        reader.unfollow(partitions);
    }

    @Override
    public Set<TopicPartition> followed() {
        return reader.followed();
    }

    @Override
    public List<BusRecord> poll(int maxRecords) {
        return reader.poll(maxRecords);
    }

    @Override
    public @Nullable TopicId topicId(TopicPartition at) {
        return reader.topicId(at);
    }

    @Override
    public Map<TopicPartition, Lost> lost() {
        return reader.lost();
    }

    @Override
    public void suspend() {
        reader.suspend();
    }

    @Override
    public void resume() {
        reader.resume();
    }

    @Override
    public boolean isConnected() {
        return reader.isConnected();
    }

    @Override
    public void onArrival(Runnable doorbell) {
        reader.onArrival(doorbell);
    }

    @Override
    public void close() {
        reader.close();
    }
}
