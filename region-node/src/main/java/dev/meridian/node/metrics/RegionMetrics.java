package dev.meridian.node.metrics;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.clock.GuardedClock;
import dev.meridian.node.clock.RegionClock;
import dev.meridian.node.http.RequestObserver;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StorageFault;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.replicator.AppliedRecord;
import dev.meridian.replicator.Replicator;
import dev.meridian.replicator.SetAside;
import dev.meridian.streams.resilience.CallPolicy;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetricsPublisher;
import io.github.resilience4j.micrometer.tagged.TaggedRateLimiterMetricsPublisher;
import io.github.resilience4j.micrometer.tagged.TaggedRetryMetricsPublisher;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One region's metrics. Each carries the tag {@code region}; what is of a pair of regions has {@code from} too. */
public final class RegionMetrics implements RequestObserver {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Buckets of durations, in milliseconds: from a read in memory to a region that was cut off for a minute. */
    private static final Duration[] DURATIONS =
            millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000);

    private static final double[] BATCHES = {1, 2, 5, 10, 20, 50, 100, 200, 512};
    private static final double MILLIS = 1_000;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, Timer> latencies = new ConcurrentHashMap<>();
    private final RegionId region;
    private final InstantSource clock;
    private @Nullable MultiGauge tombstones;
    private @Nullable LmdbStore store;

    public RegionMetrics(RegionId region, InstantSource clock) {
        this.region = region;
        this.clock = clock;
        registry.config().commonTags("region", region.value());
    }

    private static Duration[] millis(long... values) {
        Duration[] durations = new Duration[values.length];
        for (int i = 0; i < values.length; i++) {
            durations[i] = Duration.ofMillis(values[i]);
        }
        return durations;
    }

    /** For Prometheus, as of now. */
    public String text() {
        sizeTombstones();
        return registry.scrape();
    }

    @Override
    public void answered(String operation, long nanos, @Nullable ErrorCode error) {
        if (error == null) {
            latencies.computeIfAbsent(operation, this::latency).record(nanos, TimeUnit.NANOSECONDS);
            return;
        }
        String type = error.wireType();
        Counter.builder("meridian." + kind(error))
                .description("Requests that are refused")
                .tag("operation", operation)
                .tag("type", type.substring(type.indexOf('#') + 1))
                .register(registry)
                .increment();
    }

    private Timer latency(String operation) {
        return Timer.builder("meridian.SuccessfulRequestLatency")
                .description("Time that requests take which succeed")
                .tag("operation", operation)
                .serviceLevelObjectives(DURATIONS)
                .register(registry);
    }

    /** As CloudWatch counts them. */
    public static String kind(ErrorCode error) {
        if (error == ErrorCode.CONDITIONAL_CHECK_FAILED) {
            return "ConditionalCheckFailedRequests";
        }
        if (error == ErrorCode.PROVISIONED_THROUGHPUT_EXCEEDED) {
            return "ThrottledRequests";
        }
        return error.httpStatus() >= 500 ? "SystemErrors" : "UserErrors";
    }

    public void observe(LmdbStore observed) {
        store = observed;
        DistributionSummary batches = DistributionSummary.builder("meridian.writer.batch")
                .description("Operations that share one commit")
                .baseUnit("operations")
                .serviceLevelObjectives(BATCHES)
                .register(registry);
        observed.onBatch(batches::record);
        Gauge.builder("meridian.store.used", observed, LmdbStore::usedBytes)
                .description("Size of the store's data in its file")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("meridian.damaged", observed, store -> store.damaged().size())
                .description("Values of the store whose checksum does not match")
                .baseUnit("values")
                .register(registry);
        FunctionCounter.builder(
                        "meridian.scrub.read",
                        observed,
                        store -> store.scrubber().bytesRead())
                .description("What the scrubber has compared with its checksums")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("meridian.scrub.completed", observed, RegionMetrics::scrubCompletedSeconds)
                .description("When the scrubber last was through, in seconds since 1970; NaN before")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("meridian.set.aside", whileReadable(() -> setAside(observed)))
                .description(
                        "Records of other programs, found in topics that are read here, which nobody has dismissed")
                .baseUnit("records")
                .register(registry);
        for (StorageFault fault : StorageFault.values()) {
            Gauge.builder(
                            "meridian.store.fault",
                            observed,
                            each -> each.fault().stream().filter(fault::equals).count())
                    .description("1 while the disk refuses writes of the store for this reason")
                    .tag("kind", fault.tag())
                    .register(registry);
        }
        FunctionCounter.builder("meridian.store.reopenings", observed, LmdbStore::reopenings)
                .description("Attempts to open the store again from its last durable commit, because a sync failed")
                .register(registry);
        tombstones = MultiGauge.builder("meridian.tombstones")
                .description("Deletes that are kept, by table")
                .register(registry);
    }

    /** @param losses data-loss events that no operator has dismissed */
    public void observeLosses(LongSupplier losses) {
        Gauge.builder("meridian.data.losses", whileReadable(losses))
                .description("Data-loss events that nobody has dismissed")
                .register(registry);
    }

    /** @param alarms what a look at the node's health shows */
    public void observeAlarms(LongSupplier alarms) {
        Gauge.builder("meridian.alarms", whileReadable(alarms))
                .description("What /-/healthy shows under alarms; NaN while the store cannot be read")
                .register(registry);
    }

    private static long setAside(LmdbStore observed) {
        return observed.read(
                (ReadView view) -> view.documentKeys(SetAside.SPACE).size());
    }

    /** NaN while the store cannot be read. */
    private static Supplier<Number> whileReadable(LongSupplier value) {
        return () -> {
            try {
                return value.getAsLong();
            } catch (StorageFaultException away) {
                return Double.NaN;
            }
        };
    }

    private static double scrubCompletedSeconds(LmdbStore observed) {
        long millis = observed.scrubber().progress().completedMillis();
        return millis == 0 ? Double.NaN : millis / MILLIS;
    }

    private void sizeTombstones() {
        LmdbStore observed = store;
        MultiGauge gauge = tombstones;
        if (observed == null || gauge == null) {
            return;
        }
        gauge.register(tombstones(observed), true);
    }

    /** None while the store cannot be read. */
    private static List<MultiGauge.Row<?>> tombstones(LmdbStore store) {
        try {
            return store.read(view -> {
                List<MultiGauge.Row<?>> rows = new ArrayList<>();
                for (TableDescriptor table : view.catalog().tables().values()) {
                    long count = view.statistics(table).tombstones();
                    rows.add(MultiGauge.Row.of(Tags.of("table", table.name()), count));
                }
                return rows;
            });
        } catch (StorageFaultException away) {
            return List.of();
        }
    }

    /** @param failed whether the broker inside the node does not serve */
    public void observeBroker(BooleanSupplier failed) {
        gauge(
                        "meridian.embedded.kafka.failed",
                        "1 while the broker inside does not serve",
                        () -> failed.getAsBoolean() ? 1 : 0)
                .register(registry);
    }

    /** The region's own clock. */
    public void observe(GuardedClock clock, RegionClock guard) {
        Gauge.builder("meridian.clock.held", clock, held -> held.heldMillis() / MILLIS)
                .description("How far the clock is held behind the wall clock, which is not trusted")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("meridian.clock.versions.ahead", guard, versions -> versions.versionsAheadMillis() / MILLIS)
                .description(
                        "How far the region's last version is ahead of its clock: others see its writes that much later")
                .baseUnit("seconds")
                .register(registry);
    }

    /** What follows another region. */
    public void observe(Replicator replicator) {
        Tags pair = Tags.of("from", replicator.origin().value(), "to", region.value());
        Timer total = latency(pair, "total");
        Timer toPublished = latency(pair, "commit_to_published");
        Timer toConsumed = latency(pair, "published_to_consumed");
        Timer toApplied = latency(pair, "consumed_to_applied");
        replicator.onApplied(record -> {
            record(total, record.committedMillis(), record.appliedMillis());
            recordStages(record, toPublished, toConsumed);
            record(toApplied, record.consumedMillis(), record.appliedMillis());
        });
        Gauge.builder("meridian.PendingReplicationCount", replicator, RegionMetrics::pending)
                .description("Changes published there and not applied here; NaN while the other region is not heard")
                .tags(pair)
                .register(registry);
        Gauge.builder("meridian.replication.behind", replicator, this::secondsBehind)
                .description("How long ago that was up to which all is applied here; NaN while it cannot be said")
                .baseUnit("seconds")
                .tags(pair)
                .register(registry);
        Gauge.builder("meridian.clock.ahead", replicator, peer -> clockAhead(peer))
                .description(
                        "How far the other region's clock is ahead of this one's, at the least; NaN while none of its heartbeats was heard")
                .baseUnit("seconds")
                .tags(pair)
                .register(registry);
        gauge(
                        "meridian.replication.alarms",
                        "Partitions that stand still",
                        () -> replicator.alarms().size())
                .tags(pair)
                .register(registry);
        gauge(
                        "meridian.replication.paused",
                        "1 while somebody has paused what comes from the other region",
                        () -> replicator.isPaused() ? 1 : 0)
                .tags(pair)
                .register(registry);
        FunctionCounter.builder("meridian.conflicts", replicator, Replicator::conflicts)
                .description("Concurrent writes that were resolved here, by the region that the remote one came from")
                .tags(pair)
                .register(registry);
        FunctionCounter.builder("meridian.replication.applied", replicator, Replicator::applied)
                .description("Changes taken in")
                .tags(pair)
                .register(registry);
    }

    private static double clockAhead(Replicator peer) {
        OptionalLong least = peer.skew().leastAheadMillis();
        return least.isPresent() ? least.getAsLong() / MILLIS : Double.NaN;
    }

    private static void recordStages(AppliedRecord record, Timer toPublished, Timer toConsumed) {
        if (record.publishedMillis() >= 0) {
            record(toPublished, record.committedMillis(), record.publishedMillis());
            record(toConsumed, record.publishedMillis(), record.consumedMillis());
        }
    }

    private static double pending(Replicator replicator) {
        OptionalLong pending = replicator.pending();
        return pending.isPresent() ? pending.getAsLong() : Double.NaN;
    }

    private double secondsBehind(Replicator replicator) {
        long through = replicator.appliedThrough().millis();
        return through == 0 ? Double.NaN : Math.max(0, clock.millis() - through) / MILLIS;
    }

    private Timer latency(Tags pair, String stage) {
        return Timer.builder("meridian.ReplicationLatency")
                .description("Time from commit there to applied here, by the two wall clocks, and its stages")
                .tags(pair.and(Tag.of("stage", stage)))
                .serviceLevelObjectives(DURATIONS)
                .register(registry);
    }

    /** Clocks of two regions: what seems to take less than nothing takes nothing. */
    private static void record(Timer timer, long fromMillis, long toMillis) {
        timer.record(Math.max(0, toMillis - fromMillis), TimeUnit.MILLISECONDS);
    }

    /** Keeps what it asks, which a gauge of an object and a function does not. */
    private static Gauge.Builder<?> gauge(String name, String description, LongSupplier value) {
        return Gauge.builder(name, value::getAsLong).description(description);
    }

    /** How another region's Kafka, or the own one, is called; under Resilience4j's names. */
    public void observe(CallPolicy policy) {
        new TaggedCircuitBreakerMetricsPublisher(registry).publishMetrics(policy.breaker());
        policy.retries().forEach(new TaggedRetryMetricsPublisher(registry)::publishMetrics);
        new TaggedRateLimiterMetricsPublisher(registry).publishMetrics(policy.limiter());
    }

    /** @param lane whose changes wait to be published */
    public void observeBacklog(String lane, LongSupplier backlog) {
        gauge("meridian.publisher.backlog", "Changes committed and not yet published", backlog)
                .tag("lane", lane.toLowerCase(Locale.ROOT))
                .register(registry);
    }

    /** @param waiting requests that wait for another region's writes */
    public void observeWaiting(LongSupplier waiting) {
        gauge("meridian.causal.waiting", "Requests that wait for what x-meridian-after asks for", waiting)
                .register(registry);
    }
}
