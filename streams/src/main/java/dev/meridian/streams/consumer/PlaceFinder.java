package dev.meridian.streams.consumer;

import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.Headers;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.OrderedBus.Tail;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Finds where to go on in a topic that was not read until now: the first record that a version vector does not include.
 *
 * <p>Looks from the end backwards, in windows that double. A record of an origin that the vector includes says that all
 * earlier ones of that origin are included too; once there is one for each origin, the search is over. An origin without
 * any record takes it to the oldest record kept.
 */
final class PlaceFinder {
    private static final long WINDOW_FIRST = 500;
    private static final int POLL_RECORDS = 2_000;

    /** Polls without a record, each after a short rest, before the bus counts as away: ten seconds. */
    private static final int EMPTY_POLLS_MAX = 2_000;

    private static final long REST_NANOS = Duration.ofMillis(5).toNanos();

    private final OrderedBus bus;
    private final Set<RegionId> origins;
    private final BusClient client;

    /** @param origins all regions where writes are made */
    PlaceFinder(OrderedBus bus, Set<RegionId> origins, BusClient client) {
        this.bus = bus;
        this.origins = origins;
        this.client = client;
    }

    /**
     * @param from look no further back than here
     * @param handledMillis when the newest change that is included was committed
     * @throws ChangesExpiredException if records that are not included may have been let go of
     */
    long find(TopicPartition at, VersionVector included, long from, long handledMillis) {
        Tail tail = client.get(bus.tail(at, Recognition::isMarked));
        if (tail.last().isEmpty()) {
            return tail.end();
        }
        long floor = Math.max(from, tail.start());
        long known = tail.last().get().offset();
        long place = tail.end();
        Set<RegionId> open = new TreeSet<>(origins);
        open.addAll(included.entries().keySet());
        try (BusReader reader = bus.reader(Isolation.COMMITTED)) {
            long behind = known + 1;
            for (long window = WINDOW_FIRST; !open.isEmpty() && behind > floor; window *= 2) {
                long start = Math.max(floor, behind - window);
                List<BusRecord> records = read(reader, at, start, known);
                for (BusRecord record : records) {
                    if (!Recognition.isMarked(record)) {
                        continue;
                    }
                    Version version = version(record);
                    if (included.includes(version)) {
                        open.remove(version.region());
                    } else {
                        place = Math.min(place, record.offset());
                    }
                }
                if (!records.isEmpty()) {
                    known = records.get(0).offset();
                    requireKept(at, records.get(0), start == floor && floor > from && !open.isEmpty(), handledMillis);
                }
                behind = start;
            }
        }
        return place;
    }

    private static void requireKept(TopicPartition at, BusRecord oldest, boolean mayBeGone, long handledMillis) {
        if (mayBeGone && handledMillis > 0 && oldest.timestampMillis() > handledMillis) {
            throw new ChangesExpiredException(at + " keeps nothing as old as what was handled last, of "
                    + java.time.Instant.ofEpochMilli(handledMillis));
        }
    }

    private static Version version(BusRecord record) {
        String version = record.headers().get(Headers.VERSION);
        if (version == null) {
            throw new IllegalArgumentException(record.at() + " at " + record.offset() + ": no version");
        }
        return Headers.version(version);
    }

    /** The records from an offset on, until that of the offset {@code known}, which is there. */
    private static List<BusRecord> read(BusReader reader, TopicPartition at, long start, long known) {
        List<BusRecord> records = new ArrayList<>();
        reader.follow(Map.of(at, start));
        for (int empty = 0; empty < EMPTY_POLLS_MAX; ) {
            List<BusRecord> polled = reader.poll(POLL_RECORDS);
            records.addAll(polled);
            if (!polled.isEmpty()) {
                empty = 0;
            } else {
                empty++;
                LockSupport.parkNanos(REST_NANOS);
            }
            if (!records.isEmpty() && records.get(records.size() - 1).offset() >= known) {
                return records;
            }
        }
        throw new BusUnavailableException(at + " is not answered", new IllegalStateException("no record comes"));
    }
}
