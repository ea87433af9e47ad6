package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.replicator.AppliedExcept;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Replicator;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one region holds of another: everything that {@code from} committed up to {@link #holdsThrough}, or something later
 * in its place. Exact, also while writes go on: an entry of the applied vector of {@code to}, its own when it is asked
 * itself, else as its last heartbeat said; what was applied then still is.
 *
 * @param holdsThrough zero if nothing can be said
 * @param saidThrough up to where {@code from} has itself told how far it had published, as the region that answers heard:
 *     what is between the two is known to be missing
 * @param silentMillis since when nothing was heard of {@code from}; null if it is the region that answers
 * @param pending changes published by {@code from} and not yet applied; null if that is not known: {@code from} is not
 *     heard, or {@code to} does not answer itself
 * @param paused whether {@code to} answers itself and applies nothing of {@code from} because that is paused
 * @param others the same of all tables but those that stand still, if some do; null if {@code to} does not answer itself
 * @param standing by name, the tables that stand still here, and why
 */
public record DrainCertificate(
        RegionId from,
        RegionId to,
        HybridTimestamp holdsThrough,
        HybridTimestamp saidThrough,
        @Nullable Long silentMillis,
        @Nullable Long pending,
        boolean paused,
        @Nullable HybridTimestamp others,
        SortedMap<String, String> standing) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @throws IllegalArgumentException if a region is not known */
    public static DrainCertificate of(ControlPlane asked, RegionId from, RegionId to) {
        if (from.equals(to)) {
            throw new IllegalArgumentException("from and to are the same region");
        }
        Replicator origin = from.equals(asked.region()) ? null : asked.peer(from);
        Heartbeat said = origin == null ? null : origin.lastHeartbeat();
        Long silent = origin == null ? null : origin.silentMillis();
        HybridTimestamp saidThrough = said == null ? HybridTimestamp.ZERO : said.mark();
        if (to.equals(asked.region())) {
            Replicator here = asked.peer(from);
            AppliedExcept except = here.appliedExcept();
            return new DrainCertificate(
                    from,
                    to,
                    here.appliedThrough(),
                    saidThrough,
                    silent,
                    asked.pending(here),
                    here.isPaused(),
                    except.through(),
                    asked.standing(except));
        }
        Heartbeat claim = asked.peer(to).lastHeartbeat();
        HybridTimestamp through =
                claim == null ? HybridTimestamp.ZERO : claim.applied().get(from);
        return new DrainCertificate(from, to, through, saidThrough, silent, null, false, null, new TreeMap<>());
    }

    public String json() {
        ObjectNode json = JSON.createObjectNode();
        json.put("from", from.value()).put("to", to.value());
        put(json, "holdsThrough", holdsThrough);
        put(json, "saidThrough", saidThrough);
        if (saidThrough.isAfter(holdsThrough) && !holdsThrough.equals(HybridTimestamp.ZERO)) {
            json.put("knownMissingMillis", saidThrough.millis() - holdsThrough.millis());
        }
        if (silentMillis != null) {
            json.put("silentMillis", silentMillis);
        }
        json.put("pending", pending);
        if (paused) {
            json.put("paused", true);
        }
        if (!standing.isEmpty() && others != null) {
            put(json, "othersHoldThrough", others);
            standing.forEach(json.putObject("standing")::put);
        }
        json.put("statement", statement());
        return json.toPrettyString();
    }

    /** A clock as its version, in hexadecimal digits, and as a time. */
    static void put(ObjectNode json, String field, HybridTimestamp clock) {
        if (clock.equals(HybridTimestamp.ZERO)) {
            json.putNull(field);
        } else {
            json.putObject(field)
                    .put("version", Long.toHexString(clock.bits()))
                    .put("time", Instant.ofEpochMilli(clock.millis()).toString());
        }
    }

    private String statement() {
        if (!standing.isEmpty() && others != null && others.isAfter(holdsThrough)) {
            StringBuilder text = new StringBuilder(to + " holds everything " + from + " committed in all tables but "
                    + String.join(", ", standing.keySet()) + " up to version " + Long.toHexString(others.bits()) + " ("
                    + Instant.ofEpochMilli(others.millis()) + ")");
            standing.forEach((table, why) ->
                    text.append("; ").append(table).append(" stands still: ").append(why));
            return text.toString();
        }
        return holdsThrough.equals(HybridTimestamp.ZERO)
                ? "nothing can be said of what " + to + " holds of " + from
                : to + " holds everything " + from + " committed up to version " + Long.toHexString(holdsThrough.bits())
                        + " (" + Instant.ofEpochMilli(holdsThrough.millis()) + ")";
    }
}
