package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.report.DrillReport.CatchUp;
import dev.meridian.simulator.report.DrillReport.LagPoint;
import dev.meridian.simulator.report.DrillReport.PairLag;
import dev.meridian.simulator.report.DrillReport.Stage;
import dev.meridian.simulator.scenario.Fault;
import dev.meridian.simulator.scenario.RegionPair;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** From changes that were applied to lag, and to how backlogs were worked off. */
final class LagAnalysis {
    private static final long MICROS_PER_SECOND = 1_000_000;

    /** What is applied in less than this was one batch or two, and its rate says nothing. */
    private static final double BATCH_SECONDS = 0.05;

    private static final List<String> STAGES =
            List.of("commit to published", "published to consumed", "consumed to applied");

    private final DrillRecord record;
    private final SortedMap<RegionPair, List<Applied>> byPair = new TreeMap<>();

    LagAnalysis(DrillRecord record) {
        this.record = record;
        for (RegionId from : record.scenario().regions()) {
            for (RegionId to : record.scenario().regions()) {
                if (!from.equals(to)) {
                    byPair.put(new RegionPair(from, to), new ArrayList<>());
                }
            }
        }
        for (Applied applied : record.applied()) {
            List<Applied> of = byPair.get(applied.pair());
            if (of != null && record.micros(applied.committedMillis()) >= 0) {
                of.add(applied);
            }
        }
    }

    List<PairLag> lag() {
        List<PairLag> all = new ArrayList<>();
        byPair.forEach((pair, applied) -> all.add(lag(pair, applied)));
        return all;
    }

    private PairLag lag(RegionPair pair, List<Applied> applied) {
        Durations total = new Durations();
        List<Durations> stages = List.of(new Durations(), new Durations(), new Durations());
        SortedMap<Integer, Durations> seconds = new TreeMap<>();
        for (Applied change : applied) {
            total.addMillis(change.lagMillis());
            if (change.publishedMillis() >= 0) {
                stages.get(0).addMillis(change.publishedMillis() - change.committedMillis());
                stages.get(1).addMillis(change.consumedMillis() - change.publishedMillis());
            }
            stages.get(2).addMillis(change.appliedMillis() - change.consumedMillis());
            int second = (int) (record.micros(change.committedMillis()) / MICROS_PER_SECOND);
            seconds.computeIfAbsent(second, unused -> new Durations()).addMillis(change.lagMillis());
        }
        List<Stage> named = new ArrayList<>();
        for (int i = 0; i < STAGES.size(); i++) {
            named.add(new Stage(STAGES.get(i), stages.get(i).percentiles()));
        }
        List<LagPoint> curve = new ArrayList<>();
        seconds.forEach((second, lags) ->
                curve.add(new LagPoint(second, lags.count(), lags.millisAt(50), lags.millisAt(99), lags.maxMillis())));
        return new PairLag(pair.from().value(), pair.to().value(), total.percentiles(), named, curve);
    }

    /** For each direction that was mended. */
    List<CatchUp> catchUps() {
        List<CatchUp> all = new ArrayList<>();
        for (Injected injected : record.timeline()) {
            for (RegionPair pair : mended(injected.fault())) {
                catchUp(injected, pair, all);
            }
        }
        return all;
    }

    private List<RegionPair> mended(Fault fault) {
        if (fault instanceof Fault.RegionStart start) {
            return pairs(start.region());
        }
        if (fault instanceof Fault.KafkaStart start) {
            return pairs(start.region()).stream()
                    .filter(pair -> pair.from().equals(start.region()))
                    .toList();
        }
        if (fault instanceof Fault.LinkMend mend) {
            return List.of(mend.link());
        }
        return fault instanceof Fault.ReplicationResume resume ? List.of(resume.link()) : List.of();
    }

    private List<RegionPair> pairs(RegionId region) {
        return byPair.keySet().stream()
                .filter(pair -> pair.from().equals(region) || pair.to().equals(region))
                .toList();
    }

    private void catchUp(Injected mended, RegionPair pair, List<CatchUp> all) {
        long at = record.clock().wallMillis(mended.begunMicros());
        long backlog = 0;
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (Applied change : byPair.getOrDefault(pair, List.of())) {
            if (change.committedMillis() <= at && change.appliedMillis() > at) {
                backlog++;
                first = Math.min(first, change.appliedMillis());
                last = Math.max(last, change.appliedMillis());
            }
        }
        if (backlog > 0) {
            double working = (last - first) / 1_000.0;
            all.add(new CatchUp(
                    mended.fault().describe(),
                    seconds(mended.begunMicros()),
                    pair.from().value(),
                    pair.to().value(),
                    backlog,
                    (last - at) / 1_000.0,
                    working < BATCH_SECONDS ? null : (Double) (backlog / working)));
        }
    }

    private static double seconds(long micros) {
        return micros / (double) MICROS_PER_SECOND;
    }
}
