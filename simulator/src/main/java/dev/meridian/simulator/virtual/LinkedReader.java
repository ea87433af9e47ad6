package dev.meridian.simulator.virtual;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads over a link as a Kafka consumer does: one fetch at a time; the broker keeps it until there is something, or half a
 * second has passed; the next goes out when the answer has come. So a record waits for up to a round trip before it is on
 * its way.
 */
final class LinkedReader implements BusReader {
    private static final int FETCH_RECORDS = 500;
    private static final int BUFFERED_MAX = 5_000;

    /** Without a byte for so long, the other end is taken for gone. */
    private static final long SILENCE_MICROS = 2_000_000;

    private final BusReader broker;
    private final BooleanSupplier isUp;
    private final VirtualLink link;
    private final EventQueue queue;
    private final Costs costs;
    private final ArrayDeque<BusRecord> arrived = new ArrayDeque<>();
    private final Map<TopicPartition, Integer> followings = new HashMap<>();
    private final Map<TopicPartition, Lost> lost = new TreeMap<>();
    private Runnable doorbell = () -> {};
    private boolean fetching;
    private boolean suspended;
    private boolean closed;
    private long heardMicros = -SILENCE_MICROS - 1;

    /** The fetch that waits at the broker; each has a number. */
    private long waitingFetch = -1;

    private long fetches;

    LinkedReader(BusReader broker, BooleanSupplier isUp, VirtualLink link, EventQueue queue, Costs costs) {
        this.broker = broker;
        this.isUp = isUp;
        this.link = link;
        this.queue = queue;
        this.costs = costs;
        broker.onArrival(() -> queue.after(0, this::answerWaiting));
    }

    private void fetch() {
        if (fetching
                || suspended
                || closed
                || arrived.size() >= BUFFERED_MAX
                || broker.followed().isEmpty()) {
            return;
        }
        fetching = true;
        link.request(LinkedBus.SMALL_BYTES, this::atBroker);
    }

    private void atBroker() {
        if (closed) {
            return;
        }
        if (!isUp.getAsBoolean()) {
            retry();
            return;
        }
        long number = ++fetches;
        waitingFetch = number;
        if (!answer()) {
            queue.after(costs.fetchWait(), () -> {
                if (waitingFetch == number) {
                    waitingFetch = -1;
                    if (isUp.getAsBoolean()) {
                        send(List.of());
                    } else {
                        retry();
                    }
                }
            });
        }
    }

    private void retry() {
        queue.after(costs.retry(), () -> {
            fetching = false;
            fetch();
        });
    }

    private void answerWaiting() {
        if (waitingFetch >= 0 && !closed) {
            answer();
        }
    }

    /** @return false if there is nothing to tell yet */
    private boolean answer() {
        List<BusRecord> records = broker.poll(FETCH_RECORDS);
        if (records.isEmpty()) {
            return false;
        }
        waitingFetch = -1;
        send(records);
        return true;
    }

    private void send(List<BusRecord> records) {
        Map<TopicPartition, Integer> asked = new HashMap<>(followings);
        link.answer(bytes(records), () -> {
            if (closed) {
                return;
            }
            heardMicros = queue.nowMicros();
            fetching = false;
            for (BusRecord record : records) {
                Integer following = followings.get(record.at());
                // What was followed anew since, or no longer is, was asked for in vain.
                if (following != null && following.equals(asked.get(record.at()))) {
                    arrived.add(record);
                }
            }
            fetch();
            if (!records.isEmpty()) {
                doorbell.run();
            }
        });
    }

    private static long bytes(List<BusRecord> records) {
        long bytes = LinkedBus.SMALL_BYTES;
        for (BusRecord record : records) {
            bytes += 100 + (record.value() == null ? 0 : record.value().length());
        }
        return bytes;
    }

    @Override
    public void follow(TopicPartition at, long from, long reaches, @Nullable TopicId of) {
        forget(at);
        lost.remove(at);
        broker.follow(at, from, reaches, of);
        answerWaiting();
        fetch();
    }

    /** What has arrived, and what is still on its way. */
    private void forget(TopicPartition at) {
        followings.merge(at, 1, Integer::sum);
        arrived.removeIf(record -> record.at().equals(at));
    }

    @Override
    public void unfollow(Set<TopicPartition> partitions) {
        broker.unfollow(partitions);
        // The count goes on when it is followed again.
        partitions.forEach(this::forget);
        lost.keySet().removeAll(partitions);
    }

    @Override
    public Set<TopicPartition> followed() {
        return broker.followed();
    }

    @Override
    public List<BusRecord> poll(int maxRecords) {
        List<BusRecord> taken = new ArrayList<>();
        while (taken.size() < maxRecords && !arrived.isEmpty()) {
            taken.add(arrived.remove());
        }
        fetch();
        return taken;
    }

    /** It is known before the first record has arrived: the broker knows it when it sends that. */
    @Override
    public @Nullable TopicId topicId(TopicPartition at) {
        return broker.topicId(at);
    }

    @Override
    public Map<TopicPartition, Lost> lost() {
        if (isUp.getAsBoolean() && !link.isCut()) {
            broker.lost().forEach((at, what) -> {
                if (lost.put(at, what) == null && what.reason() != Reason.EXPIRED) {
                    forget(at);
                }
            });
        }
        return new TreeMap<>(lost);
    }

    @Override
    public boolean isConnected() {
        return queue.nowMicros() - heardMicros <= SILENCE_MICROS;
    }

    @Override
    public void suspend() {
        suspended = true;
        heardMicros = queue.nowMicros() - SILENCE_MICROS - 1;
    }

    @Override
    public void resume() {
        suspended = false;
        fetch();
    }

    @Override
    public void onArrival(Runnable newDoorbell) {
        doorbell = newDoorbell;
    }

    @Override
    public void close() {
        closed = true;
        broker.close();
    }
}
