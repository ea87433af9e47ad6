package dev.meridian.simulator.world;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/** Hands everything on to another bus; who stands in overrides what it is for. */
public class ForwardingBus implements OrderedBus {
    protected final OrderedBus bus;

    public ForwardingBus(OrderedBus bus) {
        this.bus = bus;
    }

    @Override
    public CompletionStage<Void> ensureTopic(TopicSpec topic) {
        return bus.ensureTopic(topic);
    }

    @Override
    public CompletionStage<Void> deleteTopic(String topic) {
        return bus.deleteTopic(topic);
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        return bus.ends(partitions);
    }

    @Override
    public CompletionStage<Set<String>> retain(Map<String, Long> millis) {
        return bus.retain(millis);
    }

    @Override
    public CompletionStage<Integer> replicationFactorMost() {
        return bus.replicationFactorMost();
    }

    @Override
    public CompletionStage<Integer> partitions(String topic) {
        return bus.partitions(topic);
    }

    @Override
    public CompletionStage<Map<String, TopicId>> topicIds(Collection<String> topics) {
        return bus.topicIds(topics);
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> since(Collection<TopicPartition> partitions, long fromMillis) {
        return bus.since(partitions, fromMillis);
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> committed(String group, Collection<TopicPartition> partitions) {
        return bus.committed(group, partitions);
    }

    @Override
    public CompletionStage<Void> commit(String group, Map<TopicPartition, Long> offsets) {
        return bus.commit(group, offsets);
    }

    @Override
    public CompletionStage<Tail> tail(TopicPartition partition, Predicate<BusRecord> counts) {
        return bus.tail(partition, counts);
    }

    @Override
    public BusWriter writer(String name, Fencing fencing) {
        return bus.writer(name, fencing);
    }

    @Override
    public BusReader reader(Isolation isolation) {
        return bus.reader(isolation);
    }

    @Override
    public void close() {
        bus.close();
    }
}
