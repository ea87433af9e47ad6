package dev.meridian.node.control;

import dev.meridian.model.Bytes;
import dev.meridian.model.Duty;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.Catalog;
import dev.meridian.node.store.Store;
import dev.meridian.replicator.GlobalTable;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.resilience.CallPolicy;
import dev.meridian.streams.resilience.Pace;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the region's control topic saying what the region knows: each global table under {@code table/<id>}, the names of
 * its own tables under {@code tables}. After a start everything is said again; the topic is compacted.
 */
final class ControlPublisher implements Duty, AutoCloseable {
    static final String TABLE_PREFIX = "table/";
    static final String NAMES_KEY = "tables";

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

    Said said() {
        return through;
    }

    @Override
    public int turn() {
        if (underway.waits(this::ended)) {
            return 0;
        }
        if (!pace.isDue()) {
            return 0;
        }
        return writer == null ? open() : say(writer);
    }

    private void ended(Optional<Throwable> failure) {
        failure.ifPresentOrElse(
                why -> {
                    close();
                    writer = null;
                    said.clear();
                    saidCatalog = null;
                    pace.failed(why);
                },
                pace::succeeded);
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
                news.add(BusRecord.outgoing(to, clock.millis(), Memberships.utf8(key), value, new TreeMap<>()));
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
