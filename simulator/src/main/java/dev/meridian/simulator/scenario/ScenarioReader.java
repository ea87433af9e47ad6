package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes a scenario of its YAML. */
final class ScenarioReader {
    private static final int REGIONS_MAX = 16;
    private static final int PARTITIONS_DEFAULT = 4;
    private static final Duration DURATION_MAX = Duration.ofDays(365);
    private static final Duration EVICT_AFTER_MIN = Duration.ofSeconds(10);
    private static final ByteRange ITEM_BYTES_DEFAULT = new ByteRange(400, 400);
    private static final Duration JITTER_DEFAULT = Duration.ofMillis(2);

    private final Fields file;
    private final List<RegionId> regions;
    private final Duration duration;

    private ScenarioReader(Fields file) {
        this.file = file;
        this.regions = regions();
        this.duration = file.requiredSpan("duration");
        if (duration.isZero() || duration.compareTo(DURATION_MAX) > 0) {
            throw file.wrong("duration", "must be more than nothing and at most " + Text.of(DURATION_MAX));
        }
    }

    /** @throws ScenarioException naming line and field */
    static Scenario read(String name, String text) {
        return new ScenarioReader(Fields.of(Yaml.parse(text), "")).scenario(name);
    }

    private Scenario scenario(String name) {
        String description = file.required("description");
        SortedMap<RegionPair, Link> links = new LinkReader(regions).read(file.mapping("links"));
        List<TableSpec> tables = tables();
        List<WorkloadSpec> workloads = workloads(tables);
        List<TimelineEvent> timeline = timeline(tables);
        ClientPolicy clients = clients(links);
        Objectives objectives = objectives();
        Fields settings = file.mapping("settings");
        Duration evictAfter = settings.span("evictAfter", Duration.ZERO);
        if (!evictAfter.isZero() && evictAfter.compareTo(EVICT_AFTER_MIN) < 0) {
            throw settings.wrong("evictAfter", "must be at least " + Text.of(EVICT_AFTER_MIN) + ", or 0 for never");
        }
        int partitions = settings.whole("partitions", 1, 256, PARTITIONS_DEFAULT);
        settings.refuseOthers();
        file.refuseOthers();
        return new Scenario(
                name,
                description,
                duration,
                regions,
                links,
                tables,
                workloads,
                timeline,
                clients,
                objectives,
                evictAfter,
                partitions);
    }

    private List<RegionId> regions() {
        Set<RegionId> found = new LinkedHashSet<>();
        for (String text : file.texts("regions")) {
            if (!found.add(file.parsed("regions", text, RegionId::new))) {
                throw file.wrong("regions", text + " is named twice");
            }
        }
        if (found.isEmpty() || found.size() > REGIONS_MAX) {
            throw file.wrong("regions", "one to " + REGIONS_MAX + " regions are expected, not " + found.size());
        }
        return List.copyOf(found);
    }

    private List<TableSpec> tables() {
        List<TableSpec> tables = new ArrayList<>();
        for (Fields each : file.list("tables")) {
            String name = tableName(each, "name", each.required("name"));
            if (tables.stream().anyMatch(table -> table.name().equals(name))) {
                throw each.wrong("name", name + " is there twice");
            }
            Set<RegionId> replicas = new LinkedHashSet<>();
            each.texts("replicas")
                    .forEach(text -> replicas.add(each.parsed("replicas", text, one -> Fields.oneOf(one, regions))));
            each.refuseOthers();
            tables.add(new TableSpec(name, replicas.isEmpty() ? regions : List.copyOf(replicas)));
        }
        return tables;
    }

    private static String tableName(Fields fields, String field, String name) {
        if (!name.matches("[A-Za-z0-9_.-]{3,255}")) {
            throw fields.wrong(field, "'" + name + "' is no table name: 3 to 255 of a-z, A-Z, 0-9, '_', '-', '.'");
        }
        return name;
    }

    /** A table that is not among the tables has a replica in each region. */
    private List<WorkloadSpec> workloads(List<TableSpec> tables) {
        List<WorkloadSpec> workloads = new ArrayList<>();
        for (Fields each : file.list("workloads")) {
            WorkloadSpec workload = workload(each);
            if (workloads.stream().anyMatch(other -> other.name().equals(workload.name()))) {
                throw each.wrong("name", workload.name() + " is there twice");
            }
            for (WorkloadSpec other : workloads) {
                if (other.table().equals(workload.table())) {
                    throw each.wrong("table", workload.table() + " is the table of " + other.name() + " already");
                }
            }
            if (tables.stream().noneMatch(table -> table.name().equals(workload.table()))) {
                tables.add(new TableSpec(workload.table(), regions));
            }
            workloads.add(workload);
        }
        if (workloads.isEmpty()) {
            throw file.wrong("workloads", "at least one workload is expected");
        }
        for (TableSpec table : tables) {
            if (workloads.stream().noneMatch(workload -> workload.table().equals(table.name()))) {
                throw file.wrong("tables", "no workload uses " + table.name());
            }
        }
        return workloads;
    }

    private WorkloadSpec workload(Fields each) {
        String label = each.required("kind");
        Optional<WorkloadKind> kind = WorkloadKind.of(label);
        if (kind.isEmpty()) {
            List<String> labels = new ArrayList<>();
            for (WorkloadKind known : WorkloadKind.values()) {
                labels.add(known.label());
            }
            throw each.wrong("kind", "'" + label + "' is none of " + String.join(", ", labels));
        }
        String name = each.text("name", label);
        if (!name.matches("[A-Za-z0-9-]{1,40}")) {
            throw each.wrong("name", "'" + name + "' is not 1 to 40 letters, digits and hyphens");
        }
        Duration start = each.span("start", Duration.ZERO);
        Duration stop = each.span("stop", duration);
        if (stop.compareTo(duration) > 0 || start.compareTo(stop) >= 0) {
            throw each.wrong(
                    each.has("stop") ? "stop" : "start",
                    "a workload starts, and then stops, within the scenario's " + Text.of(duration));
        }
        String table = each.text("table", name);
        WorkloadSpec workload = new WorkloadSpec(
                name,
                kind.get(),
                tableName(each, each.has("table") ? "table" : "name", table),
                each.whole("records", 2, WorkloadSpec.RECORDS_MAX, WorkloadSpec.RECORDS_DEFAULT),
                keys(each),
                itemBytes(each),
                rates(each),
                start,
                stop);
        each.refuseOthers();
        return workload;
    }

    private static ByteRange itemBytes(Fields each) {
        ByteRange bytes = each.bytes("itemBytes", ITEM_BYTES_DEFAULT);
        if (bytes.max() > 390_000) {
            throw each.wrong("itemBytes", "an item has at most 400 KB; 390000 leaves room for its names");
        }
        return bytes;
    }

    /** {@code uniform}, {@code zipfian}, {@code zipfian 0.8}, {@code hot 90% of 5}. */
    private static KeyDistribution keys(Fields each) {
        String text = each.text("keys", "zipfian");
        String[] words = text.split(" +");
        return each.parsed("keys", text, unused -> {
            if (text.equals("uniform")) {
                return new KeyDistribution.Uniform();
            }
            if (words[0].equals("zipfian") && words.length <= 2) {
                return new KeyDistribution.Zipfian(
                        words.length == 1 ? KeyDistribution.Zipfian.EXPONENT_DEFAULT : Fields.parseShare(words[1]));
            }
            if (words[0].equals("hot") && words.length == 4 && words[2].equals("of") && words[3].matches("\\d{1,7}")) {
                return new KeyDistribution.Hot(Fields.parseShare(words[1]), Integer.parseInt(words[3]));
            }
            throw new IllegalArgumentException(
                    "'" + text + "' is none of: uniform; zipfian; zipfian 0.8; hot 90% of 5");
        });
    }

    private SortedMap<RegionId, Double> rates(Fields each) {
        SortedMap<RegionId, Double> rates = new TreeMap<>();
        if (each.has("rates")) {
            if (each.has("rate")) {
                throw each.wrong("rate", "rate is for all regions, rates for some: not both");
            }
            Fields byRegion = each.mapping("rates");
            for (String name : byRegion.names()) {
                RegionId region = byRegion.parsed(name, name, text -> Fields.oneOf(text, regions));
                rates.put(region, positive(byRegion, name));
            }
        } else {
            double rate = positive(each, "rate");
            regions.forEach(region -> rates.put(region, rate));
        }
        if (rates.isEmpty()) {
            throw each.wrong("rates", "at least one region is expected");
        }
        return rates;
    }

    private static double positive(Fields fields, String field) {
        fields.required(field);
        Double rate = fields.rate(field);
        if (rate == null || rate <= 0 || rate > 100_000) {
            throw fields.wrong(field, "must be more than 0 and at most 100000 a second");
        }
        return rate;
    }

    private List<TimelineEvent> timeline(List<TableSpec> tables) {
        TimelineReader reader = new TimelineReader(regions, tables, duration);
        List<TimelineEvent> timeline = new ArrayList<>();
        file.list("timeline").forEach(each -> timeline.add(reader.read(each)));
        return timeline;
    }

    private ClientPolicy clients(SortedMap<RegionPair, Link> links) {
        Fields fields = file.mapping("clients");
        String policy = fields.text("policy", "stay");
        if (!policy.equals("stay") && !policy.equals("fail-over")) {
            throw fields.wrong("policy", "'" + policy + "' is neither stay nor fail-over");
        }
        Duration timeout = fields.span("timeout", ClientPolicy.TIMEOUT_DEFAULT);
        if (timeout.isZero()) {
            throw fields.wrong("timeout", "must be more than nothing");
        }
        boolean failsOver = policy.equals("fail-over");
        int afterErrors = 0;
        Duration after = Duration.ZERO;
        boolean failsBack = false;
        Duration probe = ClientPolicy.PROBE_DEFAULT;
        SortedMap<RegionId, RegionId> to = new TreeMap<>();
        if (failsOver) {
            afterErrors = fields.whole("afterErrors", 1, 1_000_000, 0);
            after = fields.span("after", Duration.ZERO);
            if (afterErrors == 0 && after.isZero()) {
                throw fields.wrong("policy", "fail-over needs afterErrors, or after, or both");
            }
            failsBack = fields.flag("failBack", true);
            probe = fields.span("probe", ClientPolicy.PROBE_DEFAULT);
            to = destinations(fields, links);
        }
        fields.refuseOthers();
        return new ClientPolicy(failsOver, afterErrors, after, timeout, to, failsBack, probe);
    }

    /** What is not said goes to the nearest region. */
    private SortedMap<RegionId, RegionId> destinations(Fields fields, SortedMap<RegionPair, Link> links) {
        SortedMap<RegionId, RegionId> to = new TreeMap<>();
        Fields said = fields.mapping("to");
        for (String name : said.names()) {
            RegionId from = said.parsed(name, name, text -> Fields.oneOf(text, regions));
            RegionId destination = said.region(name, regions);
            if (destination.equals(from)) {
                throw said.wrong(name, "a region's clients cannot fail over to itself");
            }
            to.put(from, destination);
        }
        for (RegionId from : regions) {
            RegionId nearest = nearest(from, links);
            if (nearest != null) {
                to.putIfAbsent(from, nearest);
            }
        }
        if (to.isEmpty()) {
            throw fields.wrong("policy", "there is no other region to fail over to");
        }
        return to;
    }

    private @Nullable RegionId nearest(RegionId from, SortedMap<RegionPair, Link> links) {
        RegionId nearest = null;
        Duration least = Duration.ofNanos(Long.MAX_VALUE);
        for (RegionId other : regions) {
            Link link = other.equals(from) ? null : links.get(new RegionPair(from, other));
            if (link != null && link.oneWay().compareTo(least) < 0) {
                nearest = other;
                least = link.oneWay();
            }
        }
        return nearest;
    }

    private Objectives objectives() {
        Fields fields = file.mapping("objectives");
        Objectives objectives = new Objectives(
                fields.span("rto"),
                fields.span("rpo"),
                fields.whole("rpoItems", 0, Integer.MAX_VALUE),
                fields.span("lagP99"),
                fields.share("errorRate"),
                fields.span("convergence"));
        fields.refuseOthers();
        return objectives;
    }

    /** The links of a scenario: built-in latencies, or its own, the same for both directions unless said otherwise. */
    private static final class LinkReader {
        private final List<RegionId> regions;

        LinkReader(List<RegionId> regions) {
            this.regions = regions;
        }

        SortedMap<RegionPair, Link> read(Fields fields) {
            SortedMap<RegionPair, Duration> own = roundTrips(fields);
            Duration jitter = fields.span("jitter", JITTER_DEFAULT);
            Long bandwidth = fields.bandwidth("bandwidth");
            double loss = loss(fields);
            fields.refuseOthers();
            SortedMap<RegionPair, Link> links = new TreeMap<>();
            for (RegionId from : regions) {
                for (RegionId to : regions) {
                    if (!from.equals(to)) {
                        RegionPair pair = new RegionPair(from, to);
                        Duration oneWay = roundTrip(fields, own, pair).dividedBy(2);
                        links.put(pair, new Link(oneWay, jitter, bandwidth == null ? 0 : bandwidth, loss));
                    }
                }
            }
            return links;
        }

        static double loss(Fields fields) {
            Double loss = fields.share("loss");
            if (loss != null && loss >= 1) {
                throw fields.wrong("loss", "a link that loses all is one that is cut");
            }
            return loss == null ? 0 : loss;
        }

        private SortedMap<RegionPair, Duration> roundTrips(Fields fields) {
            SortedMap<RegionPair, Duration> own = new TreeMap<>();
            Fields rows = fields.mapping("roundTrips");
            for (String fromName : rows.names()) {
                RegionId from = rows.parsed(fromName, fromName, text -> Fields.oneOf(text, regions));
                Fields row = rows.mapping(fromName);
                for (String toName : row.names()) {
                    RegionId to = row.parsed(toName, toName, text -> Fields.oneOf(text, regions));
                    if (to.equals(from)) {
                        throw row.wrong(toName, "a region has no link to itself");
                    }
                    own.put(new RegionPair(from, to), row.requiredSpan(toName));
                }
            }
            return own;
        }

        private static Duration roundTrip(Fields fields, SortedMap<RegionPair, Duration> own, RegionPair pair) {
            Duration said = own.getOrDefault(pair, own.get(pair.reversed()));
            if (said != null) {
                return said;
            }
            return LatencyTable.aws()
                    .roundTrip(pair)
                    .orElseThrow(() -> fields.wrong(
                            "roundTrips",
                            "nothing is said of " + pair.from() + " and " + pair.to()
                                    + ", and the built-in table knows only "
                                    + LatencyTable.aws().regions()));
        }
    }
}
