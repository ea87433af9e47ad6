package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Round trips between AWS regions; the file {@code aws-round-trips.csv} says where they are from. */
public final class LatencyTable {
    private static final LatencyTable AWS = read("aws-round-trips.csv");

    private final SortedMap<RegionPair, Duration> roundTrips;

    private LatencyTable(SortedMap<RegionPair, Duration> roundTrips) {
        this.roundTrips = roundTrips;
    }

    public static LatencyTable aws() {
        return AWS;
    }

    public Optional<Duration> roundTrip(RegionPair pair) {
        return Optional.ofNullable(roundTrips.get(pair));
    }

    public SortedSet<RegionId> regions() {
        SortedSet<RegionId> regions = new TreeSet<>();
        roundTrips.keySet().forEach(pair -> regions.add(pair.from()));
        return Collections.unmodifiableSortedSet(regions);
    }

    private static LatencyTable read(String resource) {
        InputStream found = Objects.requireNonNull(LatencyTable.class.getResourceAsStream(resource), resource);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(found, StandardCharsets.UTF_8))) {
            return parse(lines.lines().filter(line -> !line.startsWith("#")).toList());
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static LatencyTable parse(List<String> lines) {
        List<RegionId> columns = new ArrayList<>();
        for (String name : cells(lines.get(0))) {
            columns.add(new RegionId(name));
        }
        SortedMap<RegionPair, Duration> roundTrips = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            RegionId from = new RegionId(line.substring(0, line.indexOf(',')));
            List<String> cells = cells(line);
            for (int i = 0; i < cells.size(); i++) {
                if (!columns.get(i).equals(from)) {
                    roundTrips.put(
                            new RegionPair(from, columns.get(i)), Duration.ofMillis(Long.parseLong(cells.get(i))));
                }
            }
        }
        return new LatencyTable(Collections.unmodifiableSortedMap(roundTrips));
    }

    /** Without the first, which names the row. */
    private static List<String> cells(String line) {
        List<String> cells = List.of(line.split(",", -1));
        return cells.subList(1, cells.size());
    }
}
