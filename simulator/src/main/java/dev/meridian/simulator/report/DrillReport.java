package dev.meridian.simulator.report;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * All that a drill found. Published as JSON: add, never rename. Times are seconds since the load began where they end in
 * {@code Seconds}, lengths of time are milliseconds where they end in {@code Millis}; null is what could not be measured.
 *
 * @param nowhereElse for each region that was killed, what no other had then; null if not all of it arrived in the end,
 *     so that it cannot be told
 * @param sendDelay how late requests were sent, which is this machine's doing: what is measured tells of the regions only
 *     if it is small
 * @param prediction of the simulator for the same scenario; null without one
 */
public record DrillReport(
        int format,
        About about,
        boolean passed,
        List<Objective> objectives,
        List<TimelineEntry> timeline,
        List<Observation> observations,
        List<Failover> failovers,
        List<Loss> losses,
        @Nullable List<NowhereElse> nowhereElse,
        List<PairLag> lag,
        List<Clients> clients,
        @Nullable Percentiles sendDelay,
        List<ConflictCount> conflicts,
        List<CatchUp> catchUps,
        Converged convergence,
        List<StreamAudit> streams,
        List<Drift> drift,
        @Nullable Prediction prediction) {
    public static final int FORMAT = 1;

    public DrillReport {
        objectives = List.copyOf(objectives);
        timeline = List.copyOf(timeline);
        observations = List.copyOf(observations);
        failovers = List.copyOf(failovers);
        losses = List.copyOf(losses);
        nowhereElse = nowhereElse == null ? null : List.copyOf(nowhereElse);
        lag = List.copyOf(lag);
        clients = List.copyOf(clients);
        conflicts = List.copyOf(conflicts);
        catchUps = List.copyOf(catchUps);
        streams = List.copyOf(streams);
        drift = List.copyOf(drift);
    }

    /**
     * What was run where.
     *
     * @param started ISO 8601
     * @param loadSeconds as the scenario says
     * @param machine one line
     * @param policy what clients do, one line
     * @param load what they send, one line each
     * @param links between each two regions, when nothing is wrong
     */
    public record About(
            String scenario,
            String description,
            long seed,
            String version,
            String started,
            double loadSeconds,
            String machine,
            List<String> regions,
            String policy,
            List<String> load,
            List<LinkLine> links) {}

    /** @param bytesPerSecond 0 for no limit */
    public record LinkLine(
            String from, String to, double oneWayMillis, double jitterMillis, long bytesPerSecond, double loss) {}

    /** @param passed null if it could not be measured, which does not pass either */
    public record Objective(
            String name,
            String asked,
            String measured,
            @Nullable Boolean passed) {}

    /**
     * Something that was done to the regions.
     *
     * @param title of what the scenario says
     * @param plannedSeconds when it was to begin
     * @param begunSeconds when it was
     * @param doneSeconds when it had been done: a region that is started serves then; null if it failed
     * @param healing whether it was not in the scenario's timeline, and mended what that had left broken
     */
    public record TimelineEntry(
            String title,
            double plannedSeconds,
            double begunSeconds,
            @Nullable Double doneSeconds,
            boolean healing,
            @Nullable String trouble) {}

    /** Something that regions or clients were seen to do. */
    public record Observation(double atSeconds, String who, String what) {}

    /**
     * How the clients of one region came through a failure of the region they used; seconds since the failure.
     *
     * @param to where they went; null if nowhere else
     * @param detectedSeconds the first request of theirs that failed
     * @param decidedSeconds their policy had had enough
     * @param routedSeconds the first request was sent elsewhere
     * @param firstSuccessSeconds the first request after the failure was detected that succeeded
     * @param restoredSeconds from when on they were served as asked, for two seconds at least
     * @param returnedSeconds when they went home again
     */
    public record Failover(
            String clientsOf,
            String failure,
            double failedAtSeconds,
            @Nullable String to,
            @Nullable Double detectedSeconds,
            @Nullable Double decidedSeconds,
            @Nullable Double routedSeconds,
            @Nullable Double firstSuccessSeconds,
            @Nullable Double restoredSeconds,
            @Nullable Double returnedSeconds) {}

    /**
     * What a region lacked of another when it was cut off from it: what would have been lost, had the other not come back.
     *
     * @param watermarkAgeMillis how far behind the cut that was up to which it certifiably held all
     * @param holdsThrough that, as a version
     * @param records committed there before the cut and not applied here at the cut
     * @param oldestMillis age of the oldest of these
     * @param recordsAfterReturn those of them that came only after the cut had been mended
     * @param items what the other region, back again, says it had changed above the watermark; null if it was not asked
     * @param itemsNamed some of them
     * @param superseded writes made there that lost against writes made here meanwhile
     * @param supersededNamed some of them, with both images
     */
    public record Loss(
            String cut,
            double atSeconds,
            String from,
            String to,
            @Nullable Double watermarkAgeMillis,
            @Nullable String holdsThrough,
            @Nullable Long records,
            @Nullable Double oldestMillis,
            @Nullable Long recordsAfterReturn,
            @Nullable Long items,
            List<String> itemsNamed,
            @Nullable Long superseded,
            List<Superseded> supersededNamed) {
        public Loss {
            itemsNamed = List.copyOf(itemsNamed);
            supersededNamed = List.copyOf(supersededNamed);
        }
    }

    /** @param oldestMillis age of the oldest of them; 0 without any */
    public record NowhereElse(String kill, long records, double oldestMillis) {}

    /** @param lostImage as JSON; "deleted" for a delete */
    public record Superseded(String table, String key, String wonIn, String lostImage, String wonImage) {}

    /**
     * How long changes took from commit in one region to commit in another.
     *
     * @param total null if there were none
     * @param stages by name, in the order in which they are passed
     * @param curve second by second, by when the change was committed
     */
    public record PairLag(
            String from, String to, @Nullable Percentiles total, List<Stage> stages, List<LagPoint> curve) {
        public PairLag {
            stages = List.copyOf(stages);
            curve = List.copyOf(curve);
        }
    }

    public record Stage(String name, @Nullable Percentiles millis) {}

    public record LagPoint(int second, long count, double p50Millis, double p99Millis, double maxMillis) {}

    /**
     * What the clients of one region met.
     *
     * @param outcomes by name; OK and REFUSED are answers, the others errors
     * @param latency of those that were answered, from when each was due
     * @param staleness of reads in this region of what others wrote
     */
    public record Clients(
            String region,
            long requests,
            long errors,
            SortedMap<String, Long> outcomes,
            @Nullable Percentiles latency,
            @Nullable Percentiles staleness,
            List<ClientPoint> curve) {
        public Clients {
            curve = List.copyOf(curve);
        }
    }

    /** @param p99Millis null without answers */
    public record ClientPoint(
            int second,
            long answered,
            long errors,
            @Nullable Double p50Millis,
            @Nullable Double p99Millis) {}

    /** @param between two regions, in the order of their names */
    public record ConflictCount(String table, String between, long count) {}

    /**
     * How one direction caught up after something was mended.
     *
     * @param backlog changes that were committed before and not applied then
     * @param seconds until the last of these was applied; null if that was not seen
     * @param perSecond while they were applied; null if it was too short a while to tell
     */
    public record CatchUp(
            String mended,
            double atSeconds,
            String from,
            String to,
            long backlog,
            @Nullable Double seconds,
            @Nullable Double perSecond) {}

    /**
     * @param fromSeconds load and faults had ended
     * @param tookMillis until every region certifiably had all that was committed; null if that was not within the time
     */
    public record Converged(
            double fromSeconds, @Nullable Double tookMillis, List<Certificate> certificates, List<Proof> proofs) {
        public Converged {
            certificates = List.copyOf(certificates);
            proofs = List.copyOf(proofs);
        }
    }

    public record Certificate(String from, String to, boolean drained, String statement) {}

    /** @param equal null if it could not be told */
    public record Proof(
            String table, @Nullable Boolean equal, SortedMap<String, Long> items, int differing, String said) {}

    /** @param passed null if not all could be read */
    public record StreamAudit(
            String region,
            long records,
            long disorders,
            int checked,
            int missing,
            List<String> missingNamed,
            @Nullable Boolean passed,
            String trouble) {}

    /** @param differing by setting, what each region has; empty if they agree */
    public record Drift(String table, SortedMap<String, SortedMap<String, String>> differing) {}
}
