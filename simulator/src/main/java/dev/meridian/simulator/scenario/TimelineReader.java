package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.TimelineEvent.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Makes steps of one entry of a timeline. */
final class TimelineReader {
    private static final String ROLLING_RESTART = "rolling-restart";
    private static final String KAFKA_LOST = "kafka-lost";
    private static final String STORE_RESTORED = "store-restored";
    private static final String FOLDER_RESTORED = "folder-restored";

    private final List<RegionId> regions;
    private final List<TableSpec> tables;
    private final Duration duration;
    private final Map<String, Parser> parsers = new TreeMap<>();

    /** The faults that an entry stands for, all at its time. */
    private interface Parser {
        List<Fault> faults(Fields fields);
    }

    TimelineReader(List<RegionId> regions, List<TableSpec> tables, Duration duration) {
        this.regions = regions;
        this.tables = tables;
        this.duration = duration;
        parsers.put("nothing", fields -> List.of(new Fault.Nothing()));
        parsers.put("region-kill", fields -> forRegions(fields, Fault.RegionKill::new));
        parsers.put("region-stop", fields -> forRegions(fields, Fault.RegionStop::new));
        parsers.put("region-restart", fields -> forRegions(fields, Fault.RegionStart::new));
        parsers.put("link-cut", fields -> forLinks(fields, Fault.LinkCut::new));
        parsers.put("link-mend", fields -> forLinks(fields, Fault.LinkMend::new));
        parsers.put("link-slow", fields -> {
            Duration extra = fields.requiredSpan("extra");
            return forLinks(fields, link -> new Fault.LinkSlow(link, extra));
        });
        parsers.put("link-lossy", this::lossy);
        parsers.put("kafka-stop", fields -> forRegions(fields, Fault.KafkaStop::new));
        parsers.put("kafka-start", fields -> forRegions(fields, Fault.KafkaStart::new));
        parsers.put("disk-full", fields -> forRegions(fields, Fault.DiskFull::new));
        parsers.put("disk-freed", fields -> forRegions(fields, Fault.DiskFreed::new));
        parsers.put("disk-slow", fields -> {
            Duration extra = fields.requiredSpan("extra");
            return forRegions(fields, region -> new Fault.SlowDisk(region, extra));
        });
        parsers.put("clock-skew", fields -> {
            Duration offset = signed(fields, "offset");
            return forRegions(fields, region -> new Fault.ClockOffset(region, offset));
        });
        parsers.put("clock-jump", fields -> {
            Duration by = signed(fields, "by");
            return forRegions(fields, region -> new Fault.ClockJump(region, by));
        });
        parsers.put("replication-pause", fields -> forLinks(fields, Fault.ReplicationPause::new));
        parsers.put("replication-resume", fields -> forLinks(fields, Fault.ReplicationResume::new));
        parsers.put("log-expiry", fields -> forRegions(fields, Fault.LogExpiry::new));
        parsers.put("replica-add", fields -> {
            String table = table(fields);
            return forRegions(fields, region -> new Fault.ReplicaAdd(table, region));
        });
        parsers.put("replica-remove", fields -> {
            String table = table(fields);
            return forRegions(fields, region -> new Fault.ReplicaRemove(table, region));
        });
    }

    TimelineEvent read(Fields fields) {
        Duration at = fields.requiredSpan("at");
        requireWithin(fields, "at", at);
        String name = fields.required("fault");
        switch (name) {
            case ROLLING_RESTART:
                return rollingRestart(fields, at);
            case KAFKA_LOST:
            case STORE_RESTORED:
            case FOLDER_RESTORED:
                return replaced(fields, at, name);
            default:
        }
        Parser parser = parsers.get(name);
        if (parser == null) {
            Set<String> known = new TreeSet<>(parsers.keySet());
            known.addAll(List.of(ROLLING_RESTART, KAFKA_LOST, STORE_RESTORED, FOLDER_RESTORED));
            throw fields.wrong("fault", "'" + name + "' is none of " + String.join(", ", known));
        }
        List<Fault> faults = parser.faults(fields);
        Duration lasts = fields.span("for");
        fields.refuseOthers();
        List<Step> steps = new ArrayList<>();
        faults.forEach(fault -> steps.add(new Step(at, fault)));
        if (lasts != null) {
            requireWithin(fields, "for", at.plus(lasts));
            for (Fault fault : faults) {
                Fault undo = fault.undo();
                if (undo == null) {
                    throw fields.wrong("for", name + " happens once and does not last");
                }
                steps.add(new Step(at.plus(lasts), undo));
            }
        }
        return new TimelineEvent(at, title(name, faults, lasts), steps);
    }

    private static String title(String name, List<Fault> faults, @Nullable Duration lasts) {
        List<String> each = faults.stream().map(Fault::describe).toList();
        String what = name.equals("nothing") ? name : name + ": " + String.join(", ", each);
        return lasts == null ? what : what + ", for " + Text.of(lasts);
    }

    private void requireWithin(Fields fields, String field, Duration time) {
        if (time.compareTo(duration) > 0) {
            throw fields.wrong(field, Text.of(time) + " is behind the scenario's duration of " + Text.of(duration));
        }
    }

    /** One region after the other stops, is away for a while, and starts. */
    private TimelineEvent rollingRestart(Fields fields, Duration at) {
        Duration down = fields.requiredSpan("down");
        Duration pause = fields.requiredSpan("pause");
        List<RegionId> order = fields.has("regions") || fields.has("region") ? regionsOf(fields) : regions;
        fields.refuseOthers();
        List<Step> steps = new ArrayList<>();
        Duration next = at;
        for (RegionId region : order) {
            steps.add(new Step(next, new Fault.RegionStop(region)));
            next = next.plus(down);
            steps.add(new Step(next, new Fault.RegionStart(region)));
            requireWithin(fields, "at", next);
            next = next.plus(pause);
        }
        return new TimelineEvent(at, "rolling-restart: " + order + ", each down for " + Text.of(down), steps);
    }

    /** Regions end, get something else in the place of their folders or a part of them, and start after a while. */
    private TimelineEvent replaced(Fields fields, Duration at, String name) {
        List<RegionId> replaced = regionsOf(fields);
        Duration age = name.equals(KAFKA_LOST) ? Duration.ZERO : fields.requiredSpan("from");
        Duration lasts = fields.requiredSpan("for");
        fields.refuseOthers();
        requireWithin(fields, "for", at.plus(lasts));
        if (age.compareTo(at) > 0) {
            throw fields.wrong("from", Text.of(age) + " ago is before the load begins");
        }
        List<Step> steps = new ArrayList<>();
        List<String> titles = new ArrayList<>();
        for (RegionId region : replaced) {
            Fault fault = name.equals(KAFKA_LOST)
                    ? new Fault.KafkaLost(region)
                    : new Fault.FolderRestored(region, age, name.equals(FOLDER_RESTORED));
            titles.add(fault.describe());
            if (!name.equals(KAFKA_LOST)) {
                steps.add(new Step(at.minus(age), new Fault.FolderCopied(region)));
            }
            steps.add(new Step(at, new Fault.RegionKill(region)));
            steps.add(new Step(at, fault));
            steps.add(new Step(at.plus(lasts), new Fault.RegionStart(region)));
        }
        return new TimelineEvent(at, name + ": " + String.join(", ", titles) + ", down for " + Text.of(lasts), steps);
    }

    private interface OfRegion {
        Fault of(RegionId region);
    }

    private interface OfLink {
        Fault of(RegionPair link);
    }

    private List<Fault> forRegions(Fields fields, OfRegion fault) {
        return regionsOf(fields).stream().map(fault::of).toList();
    }

    private List<RegionId> regionsOf(Fields fields) {
        if (!fields.has("regions")) {
            return List.of(fields.region("region", regions));
        }
        if (fields.has("region")) {
            throw fields.wrong("region", "either region or regions");
        }
        return fields.texts("regions").stream()
                .map(text -> fields.parsed("regions", text, one -> Fields.oneOf(one, regions)))
                .toList();
    }

    /** {@code from} and {@code to}, of which one may be left out for all; or {@code between} two sides, both ways. */
    private List<Fault> forLinks(Fields fields, OfLink fault) {
        Set<RegionPair> links = new LinkedHashSet<>();
        boolean both = fields.flag("both", false);
        if (!fields.has("from") && !fields.has("to")) {
            throw fields.wrong("from", "missing: from, or to, or both of them");
        }
        List<RegionId> sources = side(fields, "from");
        List<RegionId> targets = side(fields, "to");
        for (RegionId from : sources) {
            for (RegionId to : targets) {
                if (from.equals(to)) {
                    continue;
                }
                links.add(new RegionPair(from, to));
                if (both) {
                    links.add(new RegionPair(to, from));
                }
            }
        }
        if (links.isEmpty()) {
            throw fields.wrong("to", "there is no link from a region to itself");
        }
        return links.stream().map(fault::of).toList();
    }

    private List<RegionId> side(Fields fields, String field) {
        if (!fields.has(field)) {
            return regions;
        }
        return fields.texts(field).stream()
                .map(text -> fields.parsed(field, text, one -> Fields.oneOf(one, regions)))
                .toList();
    }

    private List<Fault> lossy(Fields fields) {
        fields.required("loss");
        Double loss = fields.share("loss");
        if (loss == null || loss >= 1) {
            throw fields.wrong("loss", "a link that loses all is one that is cut");
        }
        return forLinks(fields, link -> new Fault.LinkLossy(link, loss));
    }

    private static Duration signed(Fields fields, String field) {
        fields.required(field);
        return fields.duration(field, Duration.ZERO);
    }

    private String table(Fields fields) {
        String name = fields.required("table");
        if (tables.stream().noneMatch(table -> table.name().equals(name))) {
            List<String> known = tables.stream().map(TableSpec::name).toList();
            throw fields.wrong("table", "'" + name + "' is none of the scenario's tables: " + known);
        }
        return name;
    }
}
