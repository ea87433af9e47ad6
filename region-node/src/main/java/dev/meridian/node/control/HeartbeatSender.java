package dev.meridian.node.control;

import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says several times a second how far this region has published. One heartbeat at a time: a clock mark is taken together
 * with the last change before it; once the publisher has passed that change, and the control topic tells of all
 * memberships before it, the mark goes out with the topics' ends.
 */
final class HeartbeatSender implements Duty, AutoCloseable {
    private static final long INTERVAL_MILLIS = 200;
    private static final long RETENTION_MILLIS = Duration.ofHours(1).toMillis();

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final Publisher publisher;
    private final InstantSource clock;
    private final Memberships memberships;
    private final ControlPublisher voice;
    private final Pace pace;
    private final Supplier<VersionVector> applied;
    private final Supplier<SortedMap<RegionId, Long>> aheadMillis;
    private final SortedMap<TopicPartition, Long> knownEnds = new ConcurrentSkipListMap<>();
    private @Nullable BusWriter writer;
    private final Underway underway = new Underway();
    private @Nullable Mark mark;
    private boolean ready;
    private long nextMillis;

    /**
     * @param applied before the mark: what is written behind it is written with the knowledge of all that
     * @param revision of the memberships at this time or later; null if it is not known yet
     */
    private record Mark(
            HybridTimestamp time,
            SequenceNumber last,
            VersionVector applied,
            @Nullable Long revision) {}

    HeartbeatSender(
            RegionId region,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            Publisher publisher,
            InstantSource clock,
            Memberships memberships,
            ControlPublisher voice,
            Supplier<VersionVector> applied,
            Supplier<SortedMap<RegionId, Long>> aheadMillis) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.publisher = publisher;
        this.pace = policy.pace();
        this.clock = clock;
        this.memberships = memberships;
        this.voice = voice;
        this.applied = applied;
        this.aheadMillis = aheadMillis;
    }

    /** The topic has been deleted: what was found in it before means nothing. From any thread. */
    void forget(String topic) {
        knownEnds.keySet().removeIf(at -> at.topic().equals(topic));
    }

    @Override
    public int turn() {
        if (underway.waits(this::ended)) {
            return 0;
        }
        if (!pace.isDue() || clock.millis() < nextMillis) {
            return 0;
        }
        if (writer == null) {
            open();
        } else if (!ready) {
            lookAtEnds();
        } else if (mark == null) {
            takeMark();
        } else {
            return send(mark);
        }
        return 1;
    }

    private void startAnew() {
        close();
        writer = null;
        ready = false;
        mark = null;
    }

    private void ended(Optional<Throwable> failure) {
        failure.ifPresentOrElse(
                why -> {
                    startAnew();
                    pace.failed(why);
                },
                pace::succeeded);
    }

    private void open() {
        BusWriter opened = bus.writer(region + ".heartbeat", OrderedBus.Fencing.NONE);
        writer = opened;
        underway.begin(bus.ensureTopic(new TopicSpec(TopicNames.heartbeat(region), 1, RETENTION_MILLIS, false))
                .thenCompose(unused -> opened.open()));
    }

    /** What was published before this process started is found in the topics. */
    private void lookAtEnds() {
        Set<TopicPartition> unknown = new TreeSet<>();
        for (TableDescriptor table : store.catalog().tables().values()) {
            for (int partition = 0; table.replicated() && partition < table.partitions(); partition++) {
                String topic = TopicNames.of(Lane.REPLICATION, region, table.name());
                if (!publisher.isHeld(topic)) {
                    unknown.add(new TopicPartition(topic, partition));
                }
            }
        }
        underway.begin(bus.ends(unknown).thenAccept(knownEnds::putAll));
        ready = true;
    }

    private void takeMark() {
        // The last change is asked for inside the write: all of them are before the mark.
        VersionVector before = applied.get();
        underway.begin(store.write(WriteView::mark)
                .thenAccept(time -> mark = new Mark(time, store.changes().last(), before, null)));
    }

    private int send(Mark taken) {
        BusWriter open = writer;
        if (open == null || publisher.publishedThrough().compareTo(taken.last()) < 0) {
            return 0;
        }
        Long revision = taken.revision();
        if (revision == null) {
            // No edit under way: memory knows all that was committed before the mark.
            if (memberships.isQuiet()) {
                mark = new Mark(taken.time(), taken.last(), taken.applied(), memberships.revision());
            }
            return 0;
        }
        ControlPublisher.Said said = voice.said();
        if (said.revision() < revision) {
            return 0;
        }
        SortedMap<TopicPartition, Long> ends = new TreeMap<>(knownEnds);
        // What the publisher has looked at itself is later, and may be a topic that was deleted and made anew.
        ends.putAll(publisher.ends());
        Heartbeat heartbeat = new Heartbeat(taken.time(), ends, said.end(), taken.applied(), aheadMillis.get());
        TopicPartition to = new TopicPartition(TopicNames.heartbeat(region), 0);
        underway.begin(open.append(
                List.of(BusRecord.outgoing(to, clock.millis(), null, heartbeat.encode(), new TreeMap<>()))));
        mark = null;
        nextMillis = clock.millis() + INTERVAL_MILLIS;
        return 1;
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }
}
