package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.simulator.scenario.RegionPair;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One region cut off from another's changes.
 *
 * @param what did it
 * @param mendedMicros when that was undone; null if it was not
 * @param holdsThrough the version up to which it then certifiably held all; null if it could not say
 * @param holdsThroughMillis that as a wall time of the machine
 * @param changes what the other said it had changed above that and before the cut; null if it did not answer
 */
record Cut(
        String what,
        RegionPair pair,
        boolean kill,
        long atMicros,
        @Nullable Long mendedMicros,
        @Nullable String holdsThrough,
        @Nullable Long holdsThroughMillis,
        @Nullable List<JsonNode> changes) {
    Cut mended(long micros) {
        return new Cut(what, pair, kill, atMicros, micros, holdsThrough, holdsThroughMillis, changes);
    }

    Cut holding(String version, long millis) {
        return new Cut(what, pair, kill, atMicros, mendedMicros, version, millis, changes);
    }

    Cut changed(List<JsonNode> said) {
        return new Cut(what, pair, kill, atMicros, mendedMicros, holdsThrough, holdsThroughMillis, said);
    }
}
