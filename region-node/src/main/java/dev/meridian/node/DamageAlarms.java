package dev.meridian.node;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.lmdb.Scrubber;
import java.time.Instant;
import java.util.List;

/** What a look at the node's health shows of damaged values and of the scrubber. */
final class DamageAlarms {
    /** So many are named; how many more there are is said. */
    private static final int NAMED_MAX = 20;

    private DamageAlarms() {}

    static void addTo(ObjectNode health, LmdbStore store) {
        List<String> damaged = store.damaged().texts();
        damaged.stream()
                .limit(NAMED_MAX)
                .forEach(text -> health.withArrayProperty("alarms").add(text));
        if (damaged.size() > NAMED_MAX) {
            health.withArrayProperty("alarms").add((damaged.size() - NAMED_MAX) + " more damaged values");
        }
        Scrubber.Progress progress = store.scrubber().progress();
        if (progress.startedMillis() > 0) {
            ObjectNode scrub = health.putObject("scrub")
                    .put(
                            "started",
                            Instant.ofEpochMilli(progress.startedMillis()).toString())
                    .put("bytes", progress.roundBytes());
            if (progress.completedMillis() > 0) {
                scrub.put(
                        "completed",
                        Instant.ofEpochMilli(progress.completedMillis()).toString());
            }
        }
    }
}
