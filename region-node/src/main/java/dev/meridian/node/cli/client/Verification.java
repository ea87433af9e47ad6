package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.cli.CommandFailedException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares a table in all its regions. Why the answer is exact, though writes go on:
 *
 * <ol>
 *   <li>The cut has, for each region, a version above all that it had committed; it is used only when every other region
 *       says that it has applied that region up to there. So each region then holds, of each key, the highest version that
 *       the cut includes, or one behind the cut.
 *   <li>Shares with equal digests of what the cut includes hold the same, but for what is behind the cut.
 *   <li>In a share whose digests differ each key is looked at. It is decided only if no region holds a version behind the
 *       cut; the others wait for a later cut.
 *   <li>A difference counts only if all regions are seen to hold the same two different things twice, one time after the
 *       other: in between, each was seen after all others. A deletion that was on its way, and forgotten, cannot look like
 *       one: its tombstone goes only after it has been applied everywhere.
 * </ol>
 */
public final class Verification {
    private static final int SEGMENTS = 256;
    private static final int ROUNDS = 20;
    private static final String NOTHING = "nothing";

    private final NodeClient client;
    private final String table;
    private final Duration patience;

    /**
     * What was found.
     *
     * @param cut by region, a version
     * @param items by region, how many it holds
     * @param differing by key, what each region holds
     * @param undecided keys that were written to all the time
     */
    public record Result(
            SortedMap<String, String> cut,
            SortedMap<String, Long> items,
            SortedMap<String, SortedMap<String, String>> differing,
            int undecided) {}

    /** What a region holds under a key. */
    private record Held(String key, String what, boolean behindCut) {}

    public Verification(NodeClient client, String table, Duration patience) {
        this.client = client;
        this.table = table;
        this.patience = patience;
    }

    /** @throws CommandFailedException if it cannot be told now, or there is no such table */
    public Result run() {
        Set<String> regions = members();
        SortedMap<String, String> cut = cut(regions);
        SortedMap<String, Long> items = new TreeMap<>();
        SortedSet<Integer> open = different(regions, cut, items);
        SortedMap<String, SortedMap<String, String>> differing = new TreeMap<>();
        Set<String> undecided = new HashSet<>();
        for (int round = 0; round < ROUNDS && !open.isEmpty(); round++) {
            SortedMap<String, String> later = cut(regions);
            undecided.clear();
            SortedSet<Integer> still = new TreeSet<>();
            for (int segment : open) {
                if (!decide(regions, later, segment, differing, undecided)) {
                    still.add(segment);
                }
            }
            open = still;
        }
        undecided.removeAll(differing.keySet());
        return new Result(cut, items, differing, undecided.size());
    }

    private Set<String> members() {
        Set<String> reachable = client.regions().keySet();
        for (String region : reachable) {
            JsonNode members =
                    client.get(region, "replication", Map.of()).path("tables").path(table);
            if (!members.isMissingNode()) {
                Set<String> active = new TreeSet<>();
                members.fields().forEachRemaining(member -> {
                    String state = member.getValue().asText();
                    if (state.equals("ACTIVE")) {
                        active.add(member.getKey());
                    } else if (!state.equals("REMOVED") && !state.equals("CREATION_FAILED")) {
                        throw new CommandFailedException(
                                "the replica in " + member.getKey() + " is " + state + "; verify when it is ACTIVE");
                    }
                });
                if (active.size() > 1) {
                    return active;
                }
            }
        }
        throw new CommandFailedException("there is no table " + table + " with replicas in more than one region");
    }

    /** Versions that all have applied. */
    private SortedMap<String, String> cut(Set<String> regions) {
        TreeMap<String, String> cut = new TreeMap<>();
        regions.forEach(region -> cut.put(
                region,
                client.get(region, "committed", Map.of())
                        .path("committed")
                        .path("version")
                        .asText()));
        Patience waiting = new Patience(patience);
        for (String region : regions) {
            while (true) {
                String behind = behind(region, cut);
                if (behind == null) {
                    break;
                }
                if (!waiting.again()) {
                    throw new CommandFailedException("not to be verified now: " + region + " has not applied what "
                            + behind + " committed " + patience.toSeconds() + " s ago");
                }
            }
        }
        return cut;
    }

    /** A region that {@code region} has not applied up to the cut. */
    private @Nullable String behind(String region, SortedMap<String, String> cut) {
        JsonNode remote = client.get(region, "replication", Map.of()).path("remote");
        for (Map.Entry<String, String> entry : cut.entrySet()) {
            String applied =
                    remote.path(entry.getKey()).path("appliedThroughVersion").asText("0");
            boolean there = Long.compareUnsigned(
                            Long.parseUnsignedLong(applied, 16), Long.parseUnsignedLong(entry.getValue(), 16))
                    >= 0;
            if (!entry.getKey().equals(region) && !there) {
                return entry.getKey();
            }
        }
        return null;
    }

    private JsonNode digest(String region, SortedMap<String, String> cut, Map<String, String> more) {
        Map<String, String> parameters = new TreeMap<>(more);
        parameters.put("table", table);
        parameters.put("segments", String.valueOf(SEGMENTS));
        parameters.put(
                "cut",
                cut.entrySet().stream()
                        .map(entry -> entry.getKey() + ":" + entry.getValue())
                        .collect(Collectors.joining(",")));
        return client.get(region, "digest", parameters);
    }

    private SortedSet<Integer> different(
            Set<String> regions, SortedMap<String, String> cut, SortedMap<String, Long> items) {
        SortedSet<Integer> different = new TreeSet<>();
        JsonNode first = null;
        for (String region : regions) {
            JsonNode answer = digest(region, cut, Map.of());
            items.put(region, answer.path("items").asLong());
            JsonNode digests = answer.path("digests");
            first = first == null ? digests : first;
            for (int segment = 0; segment < SEGMENTS; segment++) {
                if (!first.path(segment).equals(digests.path(segment))) {
                    different.add(segment);
                }
            }
        }
        return different;
    }

    /** @return whether each key of the share is known to be equal or different */
    private boolean decide(
            Set<String> regions,
            SortedMap<String, String> cut,
            int segment,
            SortedMap<String, SortedMap<String, String>> differing,
            Set<String> undecided) {
        List<Map<String, Map<String, Held>>> looks = List.of(look(regions, cut, segment), look(regions, cut, segment));
        Map<String, String> names = new TreeMap<>();
        looks.forEach(look -> look.values().forEach(held -> held.forEach((id, entry) -> names.put(id, entry.key()))));
        boolean decided = true;
        for (Map.Entry<String, String> name : names.entrySet()) {
            SortedMap<String, String> once = held(looks.get(0), name.getKey());
            SortedMap<String, String> again = held(looks.get(1), name.getKey());
            boolean moving = looks.stream()
                    .flatMap(look -> look.values().stream())
                    .anyMatch(held -> held.containsKey(name.getKey())
                            && held.get(name.getKey()).behindCut());
            if (!moving && new HashSet<>(again.values()).size() == 1) {
                differing.remove(name.getValue());
            } else if (!moving && once.equals(again)) {
                differing.put(name.getValue(), again);
            } else {
                undecided.add(name.getValue());
                decided = false;
            }
        }
        return decided;
    }

    private static SortedMap<String, String> held(Map<String, Map<String, Held>> look, String id) {
        TreeMap<String, String> held = new TreeMap<>();
        look.forEach((region, entries) -> {
            Held entry = entries.get(id);
            held.put(region, entry == null ? NOTHING : entry.what());
        });
        return held;
    }

    private Map<String, Map<String, Held>> look(Set<String> regions, SortedMap<String, String> cut, int segment) {
        Map<String, Map<String, Held>> look = new TreeMap<>();
        for (String region : regions) {
            Map<String, Held> held = new TreeMap<>();
            digest(region, cut, Map.of("segment", String.valueOf(segment)))
                    .path("entries")
                    .forEach(entry -> held.put(
                            entry.path("id").asText(),
                            new Held(
                                    entry.path("key").asText(),
                                    entry.has("hash")
                                            ? entry.path("version").asText() + " #"
                                                    + entry.path("hash").asText()
                                            : NOTHING,
                                    entry.path("behindCut").asBoolean())));
            look.put(region, held);
        }
        return look;
    }
}
