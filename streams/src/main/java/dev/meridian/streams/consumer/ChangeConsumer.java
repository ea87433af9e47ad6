package dev.meridian.streams.consumer;

import dev.meridian.model.RegionId;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicNaming;
import dev.meridian.streams.TopicPartition;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a table's changes, each once, from the stream topic of one region, and goes on in another region's when that one
 * is lost: at the right place, found by the versions on the records and not by time. To be used by one thread.
 *
 * <pre>{@code
 * var consumer = ChangeConsumer.of("music", sink)
 *         .region("us-east-1", new KafkaBus(new KafkaBus.Config("plays", "east:9092", new TreeMap<>())))
 *         .region("eu-west-1", new KafkaBus(new KafkaBus.Config("plays", "west:9092", new TreeMap<>())))
 *         .open();
 * while (running) {
 *     consumer.poll(Duration.ofSeconds(1));
 * }
 * }</pre>
 *
 * <p>The sink says what is guaranteed: a {@link TransactionalSink} that keeps results and progress together gets each
 * change exactly once; {@link TransactionalSink#atLeastOnce} makes one of a handler and a place for the progress.
 *
 * <p>Two regions' topics are not the same sequence: where writes met, the one that lost may be in one and not in the other.
 * What holds over every change of region is: of each item, versions only rise, and the last one that comes is the one that
 * all regions end with; and of writes that did not meet, each comes once. After a change of the region, the old image of an
 * item's first change is what that region had before, which may be a write that lost and never came.
 *
 * <p>Do not let it turn to a region, or away from one, whose replica is still being loaded: a copy has no order to go by.
 */
public final class ChangeConsumer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeConsumer.class);

    /** Records handed over at once. */
    private static final int BATCH_RECORDS = 500;

    private static final int REMEMBERED_DEFAULT = 10_000;

    /** How often progress is kept when nothing that comes is new. */
    private static final long IDLE_SAVE_MILLIS = 1_000;

    private static final Duration CALL_PATIENCE = Duration.ofSeconds(10);

    private final Options options;
    private final Recognition recognition = Recognition.ofEvents();
    private final Map<RegionId, Reading> readings = new LinkedHashMap<>();
    private final Map<RegionId, String> topics = new LinkedHashMap<>();
    private final Semaphore arrived = new Semaphore(0);
    private final BusClient client = new BusClient(CALL_PATIENCE);
    private @Nullable Progress progress;
    private volatile @Nullable RegionId wanted;
    private volatile List<RegionId> reading = List.of();
    private boolean unsaved;
    private long savedMillis;

    /** Where to begin if there is no progress yet. */
    public enum From {
        /** With the oldest change kept. */
        BEGINNING,
        /** With writes made from now on. */
        NOW
    }

    /** One region's topic that is being read. */
    private static final class Reading {
        final BusReader reader;
        long heardMillis;

        Reading(BusReader reader, long nowMillis) {
            this.reader = reader;
            this.heardMillis = nowMillis;
        }
    }

    private ChangeConsumer(Options options) {
        this.options = options;
    }

    public static Options of(String table, TransactionalSink sink) {
        return new Options(table, sink);
    }

    /** What a consumer is made of. */
    public static final class Options {
        private final String table;
        private final TransactionalSink sink;
        private final Map<RegionId, OrderedBus> buses = new LinkedHashMap<>();
        private int atOnce = 1;
        private From from = From.BEGINNING;
        private Duration failoverAfter = Duration.ofSeconds(10);
        private int remembered = REMEMBERED_DEFAULT;
        private InstantSource clock = InstantSource.system();

        private Options(String table, TransactionalSink sink) {
            this.table = table;
            this.sink = sink;
        }

        /** Adds a region; they are turned to in this order. All regions that are written to belong here. The bus stays yours. */
        public Options region(String name, OrderedBus bus) {
            buses.put(new RegionId(name), bus);
            return this;
        }

        /** Reads so many regions' topics side by side: a change comes from whichever has it first. Default: 1. */
        public Options regionsAtOnce(int count) {
            atOnce = count;
            return this;
        }

        public Options from(From beginning) {
            from = beginning;
            return this;
        }

        /** How long a region's Kafka may be silent before another region is turned to. Default: 10 s. */
        public Options failoverAfter(Duration silence) {
            failoverAfter = silence;
            return this;
        }

        /**
         * Of how many items of a partition the last version is kept in mind, to know a write that lost when another region
         * brings it later. Writes that meet are no further apart than the regions' lag. Default: 10,000.
         */
        public Options remembering(int items) {
            remembered = items;
            return this;
        }

        Options clock(InstantSource newClock) {
            clock = newClock;
            return this;
        }

        public ChangeConsumer open() {
            if (buses.isEmpty() || atOnce < 1 || atOnce > buses.size()) {
                throw new IllegalArgumentException(
                        buses.size() + " regions, of which " + atOnce + " are to be read at once");
            }
            return new ChangeConsumer(this);
        }
    }

    /** The regions whose topics are being read. May be asked by any thread. */
    public List<RegionId> regions() {
        return reading;
    }

    /** Asks to turn to a region, instead of the one read for longest. May be called by any thread. */
    public void failOver(String region) {
        RegionId id = new RegionId(region);
        if (!options.buses.containsKey(id)) {
            throw new IllegalArgumentException("no region " + region + " was given");
        }
        wanted = id;
        arrived.release();
    }

    /**
     * Waits for changes and gives them to the sink, up to some hundred at once.
     *
     * @return how many were new
     * @throws ChangesExpiredException if changes that were not seen are no longer kept
     * @throws Exception what the sink throws; the next call goes on from the progress that the sink has
     */
    public int poll(Duration patience) throws Exception {
        Progress here = progress();
        if (here == null) {
            rest(patience);
            return 0;
        }
        keepReading(here);
        List<BusRecord> records = records(patience);
        try {
            return handle(here, records);
        } catch (Exception failed) {
            forget();
            throw failed;
        }
    }

    private int handle(Progress here, List<BusRecord> records) throws Exception {
        List<ChangeRecord> changes = new ArrayList<>();
        for (BusRecord record : records) {
            if (recognition.isJunk(record)) {
                passOver(here, record);
                continue;
            }
            ChangeRecord change = ChangeRecord.of(record);
            if (here.partition(change.partition()).take(change, options.remembered)) {
                changes.add(change);
            }
        }
        unsaved |= !records.isEmpty();
        long now = options.clock.millis();
        if (!changes.isEmpty() || (unsaved && now - savedMillis >= IDLE_SAVE_MILLIS)) {
            options.sink.commit(changes, here.text());
            unsaved = false;
            savedMillis = now;
        }
        return changes.size();
    }

    private void passOver(Progress here, BusRecord junk) {
        LOG.warn("{} at offset {} is not Meridian's, and passed over", junk.at(), junk.offset());
        options.buses.keySet().stream()
                .filter(region -> topic(region).equals(junk.at().topic()))
                .forEach(region -> here.partition(junk.at().partition()).pass(region, junk.offset()));
    }

    /** Null while no region has the table. */
    private @Nullable Progress progress() throws Exception {
        Progress known = progress;
        if (known == null) {
            Optional<String> saved = options.sink.progress();
            known = saved.isPresent() ? Progress.of(saved.get()) : begin();
            progress = known;
            if (known != null) {
                // They are turned to when it can be seen what their topics are called.
                List.copyOf(known.active()).stream()
                        .filter(this::isTopicUnknown)
                        .forEach(known::deactivate);
                reading = known.active();
                known.active().forEach(this::resume);
            }
        }
        return known;
    }

    private @Nullable Progress begin() {
        for (RegionId region : options.buses.keySet()) {
            int partitions = tryPartitions(region);
            if (partitions > 0) {
                Progress first = new Progress(partitions);
                if (options.from == From.NOW) {
                    long now = options.clock.millis();
                    List<RegionId> all = List.copyOf(options.buses.keySet());
                    for (int partition = 0; partition < partitions; partition++) {
                        first.partition(partition).begin(all, now);
                    }
                }
                return first;
            }
        }
        return null;
    }

    private OrderedBus bus(RegionId region) {
        OrderedBus bus = options.buses.get(region);
        if (bus == null) {
            throw new IllegalStateException("the progress is of a region that was not given: " + region);
        }
        return bus;
    }

    /** 0 if the region is away or has no such topic. */
    private int tryPartitions(RegionId region) {
        try {
            String known = topics.get(region);
            for (String topic : known == null ? TopicNames.ofStream(region, options.table) : List.of(known)) {
                int partitions = client.get(bus(region).partitions(topic));
                if (partitions > 0) {
                    topics.put(region, topic);
                    return partitions;
                }
            }
        } catch (BusUnavailableException away) {
            LOG.debug("{}: {}", region, away.getMessage());
        }
        return 0;
    }

    /** The topic that was found, or the only one that it can be. */
    private String topic(RegionId region) {
        String known = topics.get(region);
        return known == null ? TopicNames.of(Lane.STREAM, region, options.table) : known;
    }

    /** Of a region that is away it is not known which of two names its topic has, if the table's name does not tell. */
    private boolean isTopicUnknown(RegionId region) {
        return TopicNaming.ofNew(options.table) == TopicNaming.MARKED
                && !topics.containsKey(region)
                && tryPartitions(region) == 0;
    }

    /** Lets go of regions that are silent, and turns to others until as many as asked for are read. */
    private void keepReading(Progress here) {
        long now = options.clock.millis();
        readings.values().stream().filter(each -> each.reader.isConnected()).forEach(each -> each.heardMillis = now);
        RegionId asked = wanted;
        wanted = null;
        if (asked != null && !readings.containsKey(asked) && turnTo(here, asked)) {
            if (readings.size() > options.atOnce) {
                letGo(here, readings.keySet().iterator().next());
            }
            return;
        }
        for (Map.Entry<RegionId, Reading> each : new LinkedHashMap<>(readings).entrySet()) {
            RegionId region = each.getKey();
            boolean silent = now - each.getValue().heardMillis >= options.failoverAfter.toMillis();
            if (silent && turnToAnother(here, region)) {
                LOG.warn("{} is silent: changes of {} are read from {}", region, options.table, readings.keySet());
                letGo(here, region);
            }
        }
        while (readings.size() < options.atOnce && turnToAnother(here, null)) {
            LOG.debug("{} is read from {}", options.table, readings.keySet());
        }
    }

    /** Tries the regions in their order, beginning behind {@code instead}. */
    private boolean turnToAnother(Progress here, @Nullable RegionId instead) {
        List<RegionId> order = new ArrayList<>(options.buses.keySet());
        if (instead != null) {
            java.util.Collections.rotate(order, -(order.indexOf(instead) + 1));
        }
        ChangesExpiredException expired = null;
        for (RegionId region : order) {
            try {
                if (!readings.containsKey(region) && turnTo(here, region)) {
                    return true;
                }
            } catch (ChangesExpiredException inThisOne) {
                expired = inThisOne;
            }
        }
        if (expired != null) {
            throw expired;
        }
        return false;
    }

    private boolean turnTo(Progress here, RegionId region) {
        OrderedBus bus = bus(region);
        PlaceFinder finder = new PlaceFinder(bus, new TreeSet<>(options.buses.keySet()), client);
        int partitions = tryPartitions(region);
        if (partitions == 0) {
            return false;
        }
        if (partitions != here.partitions()) {
            throw new IllegalStateException(topic(region) + " has " + partitions + " partitions, not "
                    + here.partitions() + ": it is not of the same table");
        }
        Map<Integer, Long> places = new TreeMap<>();
        try {
            for (int partition = 0; partition < partitions; partition++) {
                places.put(partition, place(finder, here.partition(partition), region, partition));
            }
        } catch (BusUnavailableException away) {
            LOG.debug("{}: {}", region, away.getMessage());
            return false;
        }
        places.forEach((partition, offset) -> {
            PartitionProgress reached = here.partition(partition);
            reached.turnTo(region, offset, reached.handled());
        });
        here.activate(region);
        reading = here.active();
        follow(region, places);
        return true;
    }

    private long place(PlaceFinder finder, PartitionProgress reached, RegionId region, int partition) {
        TopicPartition at = new TopicPartition(topic(region), partition);
        Long before = reached.next(region);
        if (before == null && reached.handled().entries().isEmpty()) {
            return client.get(bus(region).since(List.of(at), 0)).getOrDefault(at, 0L);
        }
        return finder.find(at, reached.handled(), before == null ? 0 : before, reached.handledMillis());
    }

    /** Goes on where the progress says. */
    private void resume(RegionId region) {
        Progress here = java.util.Objects.requireNonNull(progress);
        Map<Integer, Long> places = new TreeMap<>();
        for (int partition = 0; partition < here.partitions(); partition++) {
            Long next = here.partition(partition).next(region);
            places.put(partition, next == null ? 0L : next);
        }
        follow(region, places);
    }

    private void follow(RegionId region, Map<Integer, Long> places) {
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        places.forEach((partition, offset) -> offsets.put(new TopicPartition(topic(region), partition), offset));
        BusReader reader = bus(region).reader(Isolation.COMMITTED);
        reader.onArrival(arrived::release);
        reader.follow(offsets);
        readings.put(region, new Reading(reader, options.clock.millis()));
    }

    private void letGo(Progress here, RegionId region) {
        Reading gone = readings.remove(region);
        if (gone != null) {
            gone.reader.close();
        }
        here.deactivate(region);
        reading = here.active();
        unsaved = true;
    }

    private List<BusRecord> records(Duration patience) {
        List<BusRecord> records = poll();
        if (records.isEmpty()) {
            rest(patience);
            records = poll();
        }
        return records;
    }

    private List<BusRecord> poll() {
        arrived.drainPermits();
        List<BusRecord> records = new ArrayList<>();
        for (Reading each : readings.values()) {
            Map<TopicPartition, BusReader.Lost> lost = each.reader.lost();
            if (!lost.isEmpty()) {
                throw new ChangesExpiredException("what comes next is no longer kept: " + lost);
            }
            each.reader.damaged().forEach((at, damage) -> {
                throw new IllegalStateException(at + " at offset " + damage.offset() + ": " + damage.reason());
            });
            records.addAll(each.reader.poll(BATCH_RECORDS));
        }
        return records;
    }

    private void rest(Duration patience) {
        try {
            if (arrived.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                arrived.drainPermits();
            }
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is in memory may be ahead of the sink. */
    private void forget() {
        readings.values().forEach(each -> each.reader.close());
        readings.clear();
        progress = null;
        reading = List.of();
    }

    /** The buses stay open: they are the caller's. */
    @Override
    public void close() {
        forget();
    }
}
