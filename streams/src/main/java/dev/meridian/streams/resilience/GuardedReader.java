package dev.meridian.streams.resilience;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A reader that asks nothing of its cluster while the circuit to it is open. Reading has no single calls: a second in
 * which the cluster was heard counts as one that was answered, {@link #PATIENCE_MILLIS} without a word as one that failed.
 */
public final class GuardedReader implements BusReader {
    private static final long CALL_MILLIS = 1_000;
    private static final long PATIENCE_MILLIS = 2_000;

    /** How often an open circuit is asked again. */
    private static final long REFUSED_MILLIS = 100;

    private final BusReader reader;
    private final CallPolicy policy;
    private boolean calling;
    private boolean refused;
    private long sinceMillis;

    public GuardedReader(BusReader reader, CallPolicy policy) {
        this.reader = reader;
        this.policy = policy;
    }

    @Override
    public List<BusRecord> poll(int maxRecords) {
        if (policy.isCut()) {
            cut();
            return List.of();
        }
        if (calling || begin()) {
            judge();
        }
        // What has arrived before is here: to take it asks nothing of the cluster.
        return reader.poll(maxRecords);
    }

    /** What has arrived and was not taken is as good as still on its way. */
    private void cut() {
        if (calling) {
            calling = false;
            policy.abandon();
        }
        reader.suspend();
    }

    private boolean begin() {
        if (refused && passedMillis() < REFUSED_MILLIS) {
            return false;
        }
        sinceMillis = policy.clock().millis();
        calling = policy.begin();
        refused = !calling;
        if (calling) {
            reader.resume();
        } else {
            reader.suspend();
        }
        return calling;
    }

    private void judge() {
        long passed = passedMillis();
        if (reader.isConnected()) {
            if (passed >= CALL_MILLIS || policy.isTrying()) {
                calling = false;
                policy.answered(passed);
            }
        } else if (passed >= PATIENCE_MILLIS) {
            calling = false;
            reader.suspend();
            policy.failed(
                    passed,
                    new BusUnavailableException(
                            "not a word for " + passed + " ms", new IllegalStateException("silence")));
        }
    }

    /** A clock that was set back is not waited for: it is counted from there. */
    private long passedMillis() {
        long now = policy.clock().millis();
        sinceMillis = Math.min(sinceMillis, now);
        return now - sinceMillis;
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
    public @Nullable TopicId topicId(TopicPartition at) {
        return reader.topicId(at);
    }

    @Override
    public Map<TopicPartition, Lost> lost() {
        return reader.lost();
    }

    @Override
    public Map<TopicPartition, Damage> damaged() {
        return reader.damaged();
    }

    @Override
    public boolean isConnected() {
        return reader.isConnected();
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
    public void onArrival(Runnable doorbell) {
        reader.onArrival(doorbell);
    }

    @Override
    public void close() {
        if (calling) {
            calling = false;
            policy.abandon();
        }
        reader.close();
    }
}
