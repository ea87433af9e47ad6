package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.StoreIdentity;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Lane;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Publisher;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
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

    /** Those of 0.1.0 have no headers. */
    static final Recognition RECOGNITION = new Recognition(
            RecordKind.HEARTBEAT, record -> record.value() != null && Heartbeat.hasShape(record.value()));

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final Publisher publisher;
    private final InstantSource clock;
    private final InstantSource wall;
    private final Memberships memberships;
    private final ControlPublisher voice;
    private final Pace pace;
    private final Supplier<VersionVector> applied;
    private final Supplier<SortedMap<RegionId, Long>> aheadMillis;
    private final Supplier<SortedMap<RegionId, Life>> lives;
    private final Supplier<SortedMap<RegionId, SeenHistory>> seen;
    private final BooleanSupplier certifies;
    private final SortedMap<TopicPartition, LogPosition> knownEnds = new ConcurrentSkipListMap<>();
    private volatile boolean lookAgain;
    private volatile Runnable onDoubt = () -> {};
    private long lastOffset = -1;
    private @Nullable TopicId controlTopic;
    private @Nullable BusWriter writer;
    private final Underway underway = new Underway();
    private @Nullable Mark mark;
    private boolean ready;
    private long nextMillis;
    private volatile @Nullable String http;

    /**
     * @param applied before the mark: what is written behind it is written with the knowledge of all that
     * @param revision of the memberships at this time or later; null if it is not known yet
     */
    private record Mark(
            HybridTimestamp time,
            SequenceNumber last,
            VersionVector applied,
            @Nullable Long revision) {}

    /**
     * @param wall the wall clock as it is, for others to compare theirs with
     * @param lives of the other regions' stores as they were heard last: of those the clocks are
     */
    HeartbeatSender(
            RegionId region,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            Publisher publisher,
            InstantSource clock,
            InstantSource wall,
            Memberships memberships,
            ControlPublisher voice,
            Supplier<VersionVector> applied,
            Supplier<SortedMap<RegionId, Long>> aheadMillis,
            Supplier<SortedMap<RegionId, Life>> lives,
            Supplier<SortedMap<RegionId, SeenHistory>> seen,
            BooleanSupplier certifies) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.publisher = publisher;
        this.pace = policy.pace();
        this.clock = clock;
        this.wall = wall;
        this.memberships = memberships;
        this.voice = voice;
        this.applied = applied;
        this.aheadMillis = aheadMillis;
        this.lives = lives;
        this.seen = seen;
        this.certifies = certifies;
    }

    /** Called whenever the bus has failed, or does not go on where it was. */
    void onDoubt(Runnable listener) {
        onDoubt = listener;
    }

    /** Topics have been lost: what was found in any of them means nothing. From any thread. */
    void lookAgain() {
        lookAgain = true;
    }

    /** From now on heartbeats tell the URL of this region's pages. From any thread. */
    void advertise(String url) {
        http = url;
    }

    /** The topic has been deleted: what was found in it before means nothing. From any thread. */
    void forget(String topic) {
        knownEnds.keySet().removeIf(at -> at.topic().equals(topic));
    }

    @Override
    public int turn() {
        if (underway.waits(pace, this::failed)) {
            return 0;
        }
        if (!pace.isDue() || !DueTime.isReached(nextMillis, INTERVAL_MILLIS, clock.millis())) {
            return 0;
        }
        if (lookAgain) {
            lookAgain = false;
            ready = false;
            mark = null;
            knownEnds.clear();
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

    private void failed(Throwable why) {
        startAnew();
        onDoubt.run();
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
            String topic = TopicNames.of(Lane.REPLICATION, region, table.name(), table.id());
            if (table.replicated() && !publisher.isHeld(topic)) {
                unknown.addAll(TopicPartition.allOf(topic, table.partitions()));
            }
        }
        Set<String> topics = new TreeSet<>();
        unknown.forEach(at -> topics.add(at.topic()));
        topics.add(TopicNames.control(region));
        underway.begin(bus.topicIds(topics)
                .thenCompose(ids -> bus.ends(unknown).thenAccept(ends -> {
                    controlTopic = ids.get(TopicNames.control(region));
                    ends.forEach((at, end) -> knownEnds.put(at, new LogPosition(end, ids.get(at.topic()), null)));
                })));
        ready = true;
    }

    private void takeMark() {
        // The last change is asked for inside the write: all of them are before the mark.
        VersionVector before = applied.get();
        underway.begin(store.write(WriteView::mark)
                .thenAccept(time -> mark = new Mark(time, store.changes().last(), before, null)));
    }

    private boolean isPublished(Mark taken) {
        return publisher.publishedThrough().compareTo(taken.last()) >= 0;
    }

    private int send(Mark taken) {
        BusWriter open = writer;
        if (open == null || !isPublished(taken)) {
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
        SortedMap<TopicPartition, LogPosition> places = new TreeMap<>(knownEnds);
        // What the publisher has looked at itself is later, and may be a topic that was deleted and made anew.
        places.putAll(publisher.ends());
        SortedMap<TopicPartition, Long> ends = new TreeMap<>();
        places.forEach((at, place) -> ends.put(at, place.next()));
        // Asked for behind the ends: if these are no longer known, what was published may be lost.
        boolean isCertain = publisher.isCertain() && isPublished(taken);
        // Asked for before the clocks: those are not of an earlier life then, and the life may only be too early.
        SortedMap<RegionId, Life> measured = lives.get();
        Heartbeat heartbeat = new Heartbeat(
                isCertain && certifies.getAsBoolean() ? taken.time() : HybridTimestamp.ZERO,
                ends,
                said.end(),
                taken.applied(),
                aheadMillis.get(),
                measured,
                identity(taken.time(), places),
                http);
        TopicPartition to = new TopicPartition(TopicNames.heartbeat(region), 0);
        Bytes value = heartbeat.encode();
        TreeMap<String, String> headers = new TreeMap<>();
        Recognition.mark(RecordKind.HEARTBEAT, null, value, headers);
        BusRecord record = BusRecord.outgoing(to, wall.millis(), null, value, headers);
        underway.begin(open.append(List.of(record)).thenAccept(offsets -> noteOffset(offsets.get(0))));
        mark = null;
        nextMillis = clock.millis() + INTERVAL_MILLIS;
        return 1;
    }

    /** Heartbeats never stop: they are the first to show that the bus has lost something. */
    private void noteOffset(long offset) {
        // The first of all: what has been said elsewhere may have gone with a topic that was there before this one.
        if (offset == 0 || offset <= lastOffset) {
            onDoubt.run();
        }
        lastOffset = offset;
    }

    private StoreIdentity identity(HybridTimestamp time, SortedMap<TopicPartition, LogPosition> places) {
        TreeMap<String, TopicId> topics = new TreeMap<>();
        places.forEach((at, place) -> {
            if (place.topic() != null) {
                topics.put(at.topic(), place.topic());
            }
        });
        if (controlTopic != null) {
            topics.put(TopicNames.control(region), controlTopic);
        }
        return new StoreIdentity(region, store.history(), time, topics, seen.get());
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }
}
