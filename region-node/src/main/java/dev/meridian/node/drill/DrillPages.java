package dev.meridian.node.drill;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import dev.meridian.node.http.Pages;
import dev.meridian.node.http.Pages.Page;
import dev.meridian.node.http.Pages.PageRefusedException;
import dev.meridian.node.http.Pages.Query;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.Lane;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.kafka.KafkaBus;
import java.util.ArrayList;
import java.util.List;

/** {@code /-/drill/…}: breaks this region and mends it. */
public final class DrillPages {
    /** A page of {@code applied}: at most some 1.5 MB. */
    private static final int APPLIED_MAX = 10_000;

    private static final long OFFSET_MILLIS_MAX = 366L * 24 * 3_600_000;
    private static final long DELAY_MILLIS_MAX = 60_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegionId region;
    private final DrillControls controls;
    private final Broker broker;
    private final LmdbStore store;
    private final KafkaBus bus;

    /** The embedded broker. */
    public interface Broker {
        void stopKafka();

        void startKafka();
    }

    public DrillPages(RegionId region, DrillControls controls, Broker broker, LmdbStore store, KafkaBus bus) {
        this.region = region;
        this.bus = bus;
        this.controls = controls;
        this.broker = broker;
        this.store = store;
    }

    public void addTo(Pages pages) {
        pages.with("drill/applied", this::applied, "after")
                .action("drill/clock", this::clock, "offsetMillis")
                .action("drill/kafka", this::kafka, "do")
                .action("drill/disk", this::disk, "roomBytes")
                .action("drill/commit-delay", this::commitDelay, "millis")
                .action("drill/expire-log", query -> expireLog());
    }

    /** Each change applied behind a number: number, from, where it is in Kafka, and its four times. */
    private Page applied(Query query) {
        long after = number(query, "after", 0, Long.MAX_VALUE);
        ObjectNode page = JSON.createObjectNode();
        ArrayNode rows = page.putArray("applied");
        List<AppliedLog.Entry> found = controls.applied().behind(after, APPLIED_MAX);
        found.forEach(entry -> rows.addArray()
                .add(entry.number())
                .add(entry.from().value())
                .add(entry.record().at().topic())
                .add(entry.record().at().partition())
                .add(entry.record().offset())
                .add(entry.record().committedMillis())
                .add(entry.record().publishedMillis())
                .add(entry.record().consumedMillis())
                .add(entry.record().appliedMillis()));
        page.put("more", found.size() == APPLIED_MAX);
        page.put("offsetMillis", controls.clock().offsetMillis());
        return Page.json(200, page.toString());
    }

    private Page clock(Query query) {
        controls.clock().setOffsetMillis(number(query, "offsetMillis", -OFFSET_MILLIS_MAX, OFFSET_MILLIS_MAX));
        return done();
    }

    private Page kafka(Query query) {
        switch (query.require("do")) {
            case "stop" -> broker.stopKafka();
            case "start" -> broker.startKafka();
            default -> throw new PageRefusedException("'do' is stop or start");
        }
        return done();
    }

    /** {@code roomBytes=N}: the store may grow by no more than that; {@code roomBytes=-1}: as much as it likes. */
    private Page disk(Query query) {
        long room = number(query, "roomBytes", -1, LmdbStore.MAP_BYTES_DEFAULT);
        store.limit(room < 0 ? LmdbStore.MAP_BYTES_DEFAULT : store.usedBytes() + room);
        return done();
    }

    private Page commitDelay(Query query) {
        controls.setCommitDelayMillis(number(query, "millis", 0, DELAY_MILLIS_MAX));
        return done();
    }

    /** What other regions have not read of the replication topics yet they never will. */
    private Page expireLog() {
        List<TopicPartition> all = new ArrayList<>();
        for (TableDescriptor table : store.catalog().tables().values()) {
            if (table.replicated()) {
                String topic = TopicNames.of(Lane.REPLICATION, region, table.name(), table.id());
                all.addAll(TopicPartition.allOf(topic, table.partitions()));
            }
        }
        bus.expire(all).toCompletableFuture().join();
        return done();
    }

    private static Page done() {
        return Page.json(200, "{\"done\":true}");
    }

    private static long number(Query query, String name, long least, long most) {
        query.require(name);
        return query.number(name, 0, least, most);
    }
}
