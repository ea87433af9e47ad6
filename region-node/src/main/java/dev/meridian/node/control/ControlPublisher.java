package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Headers;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the region's control topic saying what the region knows: each global table under {@code table/<id>}, the names of
 * its own tables under {@code tables}. After a start everything is said again; the topic is compacted.
 */
final class ControlPublisher implements Duty, AutoCloseable {
    static final String TABLE_PREFIX = "table/";
    static final String NAMES_KEY = "tables";

    /** The sequence number of the first record of a life of the store. */
    static final String FIRST = "1";

    /** Those of 0.1.0 have no headers. */
    static final Recognition RECOGNITION = new Recognition(RecordKind.CONTROL, ControlPublisher::hasOwnKey);

    private final RegionId region;
    private final Store store;
    private final OrderedBus bus;
    private final Memberships memberships;
    private final InstantSource clock;
    private final Map<String, Bytes> said = new TreeMap<>();
    private @Nullable BusWriter writer;
    private final Underway underway = new Underway();
    private @Nullable Catalog saidCatalog;
    private long saying;
    private long records;
    private volatile boolean sayAgain;
    private final Pace pace;
    private volatile Said through = new Said(-1, 0);

    /**
     * What is in the topic for good.
     *
     * @param revision of the memberships
     * @param end the offset behind what tells of them
     */
    record Said(long revision, long end) {}

    /** @param policy of the bus */
    ControlPublisher(
            RegionId region,
            Store store,
            OrderedBus bus,
            CallPolicy policy,
            Memberships memberships,
            InstantSource clock) {
        this.region = region;
        this.store = store;
        this.bus = bus;
        this.memberships = memberships;
        this.pace = policy.pace();
        this.clock = clock;
    }

    /** What was said may have been lost: all is said again. From any thread. */
    void sayAgain() {
        sayAgain = true;
    }

    private static boolean hasOwnKey(BusRecord record) {
        String key = record.key() == null ? "" : new String(record.key().toArray(), StandardCharsets.UTF_8);
        return key.equals(NAMES_KEY) || key.startsWith(TABLE_PREFIX);
    }

    Said said() {
        return through;
    }

    @Override
    public int turn() {
        if (underway.waits(pace, this::failed)) {
            return 0;
        }
        if (!pace.isDue()) {
            return 0;
        }
        if (sayAgain) {
            sayAgain = false;
            said.clear();
            saidCatalog = null;
        }
        return writer == null ? open() : say(writer);
    }

    private void failed(Throwable why) {
        close();
        writer = null;
        said.clear();
        saidCatalog = null;
    }

    private int open() {
        BusWriter opened = bus.writer(region + ".control", OrderedBus.Fencing.NONE);
        writer = opened;
        underway.begin(bus.ensureTopic(new TopicSpec(TopicNames.control(region), 1, 0, true))
                .thenCompose(unused -> opened.open()));
        return 1;
    }

    private int say(BusWriter open) {
        long revision = memberships.revision();
        Catalog catalog = store.catalog();
        if (revision == saying && catalog == saidCatalog) {
            return 0;
        }
        Map<String, Bytes> now = new TreeMap<>();
        for (GlobalTable table : memberships.all().values()) {
            now.put(TABLE_PREFIX + table.id(), table.encode());
        }
        now.put(NAMES_KEY, Memberships.utf8(String.join("\n", catalog.tables().keySet())));
        List<BusRecord> news = new ArrayList<>();
        TopicPartition to = new TopicPartition(TopicNames.control(region), 0);
        now.forEach((key, value) -> {
            if (!Objects.equals(value, said.get(key))) {
                TreeMap<String, String> headers = new TreeMap<>();
                headers.put(Headers.LIFE, store.history().life().toString());
                headers.put(Headers.SEQUENCE, Long.toString(++records));
                Bytes keyBytes = Memberships.utf8(key);
                Recognition.mark(RecordKind.CONTROL, keyBytes, value, headers);
                news.add(BusRecord.outgoing(to, clock.millis(), keyBytes, value, headers));
            }
        });
        saying = revision;
        saidCatalog = catalog;
        if (news.isEmpty()) {
            through = new Said(revision, through.end);
            return 0;
        }
        said.putAll(now);
        underway.begin(open.append(news)
                .thenAccept(offsets -> through = new Said(revision, offsets.get(offsets.size() - 1) + 1)));
        return news.size();
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }
}
