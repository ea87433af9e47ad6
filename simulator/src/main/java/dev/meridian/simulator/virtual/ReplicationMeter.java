package dev.meridian.simulator.virtual;

import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.simulator.scenario.RegionPair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** How long changes are on their way, which are, and which only one region has when that is killed. */
final class ReplicationMeter {
    private static final long MICROS_MAX = 400L * 24 * 3600 * 1_000_000;
    private static final int DIGITS = 3;

    private final SortedMap<RegionPair, Histogram> lagMicros = new TreeMap<>();
    private final SortedMap<RegionPair, Map<Version, OnItsWay>> onTheirWay = new TreeMap<>();
    private final List<Loss> losses = new ArrayList<>();
    private final Set<Version> unreplicated = new HashSet<>();
    private final Set<TableId> unmeasured = new HashSet<>();
    private boolean measures;

    private record OnItsWay(TableId table, long committedMicros) {}

    /**
     * What one region alone had when it was killed.
     *
     * @param oldestMicros age of the oldest of these changes; 0 if there were none
     * @param records by the region that lacked them
     */
    record Loss(RegionId region, long atMicros, long oldestMicros, int changes, SortedMap<RegionId, Integer> records) {
        Loss {
            records = Collections.unmodifiableSortedMap(new TreeMap<>(records));
        }
    }

    ReplicationMeter(Iterable<RegionPair> pairs) {
        for (RegionPair pair : pairs) {
            lagMicros.put(pair, new Histogram(MICROS_MAX, DIGITS));
            onTheirWay.put(pair, new LinkedHashMap<>());
        }
    }

    /** From now on lag counts; what came before was to fill the tables. */
    void measure() {
        measures = true;
    }

    /** Changes of this table are on their way as others are; their lag does not count. */
    void leaveOut(TableId table) {
        unmeasured.add(table);
    }

    void committed(Version version, TableId table, Iterable<RegionId> goesTo, long nowMicros) {
        for (RegionId to : goesTo) {
            way(new RegionPair(version.region(), to)).put(version, new OnItsWay(table, nowMicros));
        }
    }

    void arrived(Version version, RegionId to, long nowMicros) {
        RegionPair pair = new RegionPair(version.region(), to);
        OnItsWay sent = way(pair).remove(version);
        if (sent != null && measures && !unmeasured.contains(sent.table)) {
            lag(pair).recordValue(Math.max(0, nowMicros - sent.committedMicros));
        }
    }

    /** A region has loaded a table: it has what there was of it. */
    void loaded(TableId table, RegionId to) {
        onTheirWay.forEach((pair, way) -> {
            if (pair.to().equals(to)) {
                way.values().removeIf(change -> change.table.equals(table));
            }
        });
    }

    /** A region's folder was replaced: what only it had does not come any more, and it is to have what it has lost. */
    void forget(RegionId region) {
        onTheirWay.forEach((pair, way) -> {
            if (pair.from().equals(region) || pair.to().equals(region)) {
                way.clear();
            }
        });
    }

    void killed(RegionId region, long nowMicros) {
        Map<Version, Long> alone = new HashMap<>();
        SortedMap<RegionId, Integer> records = new TreeMap<>();
        boolean first = true;
        for (Map.Entry<RegionPair, Map<Version, OnItsWay>> way : onTheirWay.entrySet()) {
            if (way.getKey().from().equals(region)) {
                records.put(way.getKey().to(), way.getValue().size());
                if (first) {
                    way.getValue().forEach((version, change) -> alone.put(version, change.committedMicros));
                    first = false;
                } else {
                    alone.keySet().retainAll(way.getValue().keySet());
                }
            }
        }
        long oldest = alone.values().stream().min(Long::compare).orElse(nowMicros);
        losses.add(new Loss(region, nowMicros, nowMicros - oldest, alone.size(), records));
        unreplicated.addAll(alone.keySet());
    }

    /** Of the writes that only a killed region had. */
    boolean wasUnreplicated(Version version) {
        return unreplicated.contains(version);
    }

    List<Loss> losses() {
        return Collections.unmodifiableList(losses);
    }

    /** How many changes have not arrived where they go. */
    int pending() {
        return onTheirWay.values().stream().mapToInt(Map::size).sum();
    }

    /** For people: what has not arrived. */
    String describePending() {
        StringBuilder text = new StringBuilder();
        onTheirWay.forEach((pair, way) -> {
            if (!way.isEmpty()) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(pair)
                        .append(": ")
                        .append(way.size());
            }
        });
        return text.toString();
    }

    SortedMap<RegionPair, Histogram> lagMicros() {
        return Collections.unmodifiableSortedMap(lagMicros);
    }

    private Map<Version, OnItsWay> way(RegionPair pair) {
        return java.util.Objects.requireNonNull(onTheirWay.get(pair));
    }

    private Histogram lag(RegionPair pair) {
        return java.util.Objects.requireNonNull(lagMicros.get(pair));
    }
}
