package dev.meridian.node.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.cli.CommandFailedException;
import java.time.Duration;
import java.util.HashSet;
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
 *   <li>In a share whose digests differ each key is looked at, by a cut of its own time. It is decided, for good, only if
 *       no region holds a version behind the cut; the others wait for a later cut.
 *   <li>A difference counts only if all regions are seen to hold the same two different things twice, one time after the
 *       other: in between, each was seen after all others. A deletion that was on its way, and forgotten, cannot look like
 *       one: its tombstone goes only after it has been applied everywhere.
 * </ol>
 */
public final class Verification {
    /** As many as a region answers: what a second of writes touches is then a small part of them. */
    private static final int SEGMENTS = 4_096;

    /** Shares that are looked at by one cut: the longer that takes, the more of their keys are written to meanwhile. */
    private static final int SEGMENTS_A_CUT = 64;

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
            int undecided) {
        public ObjectNode json(String table) {
            ObjectNode json = new ObjectMapper().createObjectNode();
            json.put("table", table).put("equal", differing.isEmpty()).put("undecided", undecided);
            ObjectNode versions = json.putObject("cut");
            cut.forEach(versions::put);
            ObjectNode counts = json.putObject("items");
            items.forEach(counts::put);
            differing.forEach((key, held) -> {
                ObjectNode one = json.withArrayProperty("differing").addObject().put("key", key);
                held.forEach(one.putObject("regions")::put);
            });
            return json;
        }
    }

    /** What a region holds under a key. */
    private record Held(String key, String what, boolean behindCut) {}

    /**
     * A region of which another has not applied all up to the cut.
     *
     * @param paused whether somebody stopped that
     * @param pending changes known to wait
     */
    private record Behind(String origin, boolean paused, long pending) {
        /** What is paused applies what waits only when somebody resumes it. */
        boolean isWaitingForResume() {
            return paused && pending > 0;
        }
    }

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
        SortedMap<Integer, Set<String>> open = new TreeMap<>();
        different(regions, cut, items).forEach(segment -> open.put(segment, Set.of()));
        SortedMap<String, SortedMap<String, String>> differing = new TreeMap<>();
        for (int round = 0; round < ROUNDS && !open.isEmpty(); round++) {
            SortedMap<String, String> later = cut;
            int looked = 0;
            for (Map.Entry<Integer, Set<String>> share : new TreeMap<>(open).entrySet()) {
                later = looked++ % SEGMENTS_A_CUT == 0 ? cut(regions) : later;
                Set<String> undecided = decide(regions, later, share.getKey(), share.getValue(), differing);
                if (undecided.isEmpty()) {
                    open.remove(share.getKey());
                } else {
                    open.put(share.getKey(), undecided);
                }
            }
        }
        int undecided = open.values().stream().mapToInt(Set::size).sum();
        return new Result(cut, items, differing, undecided);
    }

    private Set<String> members() {
        RegionAwayException notAsked = null;
        for (String region : client.regions()) {
            JsonNode members;
            try {
                members = client.get(region, "replication", Map.of())
                        .path("tables")
                        .path(table);
            } catch (RegionAwayException away) {
                notAsked = away;
                continue;
            }
            if (!members.isMissingNode()) {
                Set<String> active = new TreeSet<>();
                members.fields().forEachRemaining(member -> {
                    String state = member.getValue().asText();
                    if (state.equals("ACTIVE")) {
                        active.add(member.getKey());
                    } else if (state.equals("DISASSOCIATED")) {
                        throw new CommandFailedException("the replica in " + member.getKey()
                                + " is DISASSOCIATED: the table there is no longer replicated, and will not be by itself;"
                                + " delete it and create the replica again, then verify");
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
        if (notAsked != null) {
            throw notAsked;
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
                Behind behind = behind(region, cut);
                if (behind == null) {
                    break;
                }
                if (behind.isWaitingForResume() || !waiting.again()) {
                    throw new CommandFailedException("not to be verified now: "
                            + (behind.paused()
                                    ? PauseCommand.hint(behind.origin(), region)
                                    : region + " has not applied what " + behind.origin() + " committed "
                                            + patience.toSeconds() + " s ago"));
                }
            }
        }
        return cut;
    }

    /** A region that {@code region} has not applied up to the cut. */
    private @Nullable Behind behind(String region, SortedMap<String, String> cut) {
        JsonNode remote = client.get(region, "replication", Map.of()).path("remote");
        for (Map.Entry<String, String> entry : cut.entrySet()) {
            JsonNode origin = remote.path(entry.getKey());
            if (origin.path("standing").has(table)) {
                throw new CommandFailedException("not to be verified now: in " + region + " the table " + table
                        + " stands still behind " + entry.getKey() + ": "
                        + origin.path("standing").path(table).asText());
            }
            String applied = origin.path("othersAppliedThroughVersion")
                    .asText(origin.path("appliedThroughVersion").asText("0"));
            boolean there = Long.compareUnsigned(
                            Long.parseUnsignedLong(applied, 16), Long.parseUnsignedLong(entry.getValue(), 16))
                    >= 0;
            if (!entry.getKey().equals(region) && !there) {
                boolean paused = origin.path("state").asText().equals("PAUSED");
                return new Behind(entry.getKey(), paused, origin.path("pending").asLong());
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

    /** All regions at once: the less time lies between, the fewer keys are written to in between. */
    private SortedSet<Integer> different(
            Set<String> regions, SortedMap<String, String> cut, SortedMap<String, Long> items) {
        SortedMap<String, JsonNode> answers = new TreeMap<>(regions.parallelStream()
                .collect(Collectors.toMap(region -> region, region -> digest(region, cut, Map.of()))));
        SortedSet<Integer> different = new TreeSet<>();
        JsonNode first = null;
        for (Map.Entry<String, JsonNode> answer : answers.entrySet()) {
            items.put(answer.getKey(), answer.getValue().path("items").asLong());
            JsonNode digests = answer.getValue().path("digests");
            first = first == null ? digests : first;
            for (int segment = 0; segment < SEGMENTS; segment++) {
                if (!first.path(segment).equals(digests.path(segment))) {
                    different.add(segment);
                }
            }
        }
        return different;
    }

    /**
     * @param asked ids of the keys of the share that are not decided yet; empty for all
     * @return ids of the keys that are still not known to be equal or different
     */
    private Set<String> decide(
            Set<String> regions,
            SortedMap<String, String> cut,
            int segment,
            Set<String> asked,
            SortedMap<String, SortedMap<String, String>> differing) {
        Map<String, Map<String, Held>> once = look(regions, cut, segment);
        Map<String, String> names = new TreeMap<>();
        once.values().forEach(held -> held.forEach((id, entry) -> names.put(id, entry.key())));
        Set<String> open = asked.isEmpty() ? names.keySet() : asked;
        Set<String> undecided = new TreeSet<>();
        Set<String> unequal = new TreeSet<>();
        for (String id : open) {
            if (isMoving(once, id)) {
                undecided.add(id);
            } else if (!isEqual(once, id)) {
                unequal.add(id);
            }
        }
        if (!unequal.isEmpty()) {
            Map<String, Map<String, Held>> again = look(regions, cut, segment);
            for (String id : unequal) {
                if (isMoving(again, id)) {
                    undecided.add(id);
                } else if (held(once, id).equals(held(again, id))) {
                    differing.put(names.get(id), held(again, id));
                } else if (!isEqual(again, id)) {
                    undecided.add(id);
                }
            }
        }
        return undecided;
    }

    private static boolean isMoving(Map<String, Map<String, Held>> look, String id) {
        return look.values().stream()
                .anyMatch(held -> held.containsKey(id) && held.get(id).behindCut());
    }

    private static boolean isEqual(Map<String, Map<String, Held>> look, String id) {
        return new HashSet<>(held(look, id).values()).size() == 1;
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
