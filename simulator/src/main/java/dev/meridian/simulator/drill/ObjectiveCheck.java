package dev.meridian.simulator.drill;

import dev.meridian.simulator.report.DrillReport.Clients;
import dev.meridian.simulator.report.DrillReport.Failover;
import dev.meridian.simulator.report.DrillReport.Objective;
import dev.meridian.simulator.report.DrillReport.PairLag;
import dev.meridian.simulator.report.DrillReport.StreamAudit;
import dev.meridian.simulator.report.Percentiles;
import dev.meridian.simulator.scenario.Objectives;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Holds what was measured against what a scenario asks, and against what must hold in every drill. */
final class ObjectiveCheck {
    private static final int NAMED = 10;

    private final List<Objective> found = new ArrayList<>();

    private ObjectiveCheck() {}

    static List<Objective> check(
            DrillRecord record,
            List<Failover> failovers,
            @Nullable List<LossAnalysis.AtKill> kills,
            List<PairLag> lag,
            List<Clients> clients,
            List<StreamAudit> streams) {
        ObjectiveCheck check = new ObjectiveCheck();
        Objectives asked = record.scenario().objectives();
        check.rto(asked.rto(), failovers);
        check.rpo(asked, kills);
        check.lag(asked.lagP99(), lag);
        check.errors(asked.errorRate(), clients);
        check.convergence(asked.convergence(), record);
        check.always(record, streams);
        return check.found;
    }

    private void add(String name, String asked, String measured, @Nullable Boolean passed) {
        found.add(new Objective(name, asked, measured, passed));
    }

    private static String text(double millis) {
        return millis < 10_000
                ? String.format(Locale.ROOT, "%.0f ms", millis)
                : String.format(Locale.ROOT, "%.1f s", millis / 1_000);
    }

    private static String text(Duration time) {
        return text(time.toNanos() / 1e6);
    }

    private void rto(@Nullable Duration most, List<Failover> failovers) {
        if (most == null) {
            return;
        }
        String asked = "at most " + text(most);
        List<Failover> felt = failovers.stream()
                .filter(failover -> failover.detectedSeconds() != null)
                .toList();
        if (felt.isEmpty()) {
            add("RTO", asked, "no client met a failure", true);
            return;
        }
        if (felt.stream().anyMatch(failover -> failover.firstSuccessSeconds() == null)) {
            add("RTO", asked, "some clients were not served again", false);
            return;
        }
        double worst = felt.stream()
                .mapToDouble(failover -> Objects.requireNonNull(failover.firstSuccessSeconds()))
                .max()
                .orElse(0);
        add("RTO", asked, text(worst * 1_000), worst <= most.toNanos() / 1e9);
    }

    private void rpo(Objectives objectives, @Nullable List<LossAnalysis.AtKill> kills) {
        Duration most = objectives.rpo();
        Integer mostItems = objectives.rpoItems();
        if (most != null) {
            add(
                    "RPO",
                    "at most " + text(most),
                    kills == null ? "not measured: not all changes arrived" : text(oldest(kills)),
                    kills == null ? null : (Boolean) (oldest(kills) <= most.toNanos() / 1e6));
        }
        if (mostItems != null) {
            long worst = kills == null
                    ? 0
                    : kills.stream()
                            .mapToLong(LossAnalysis.AtKill::records)
                            .max()
                            .orElse(0);
            add(
                    "RPO in changes",
                    "at most " + mostItems,
                    kills == null ? "not measured: not all changes arrived" : String.valueOf(worst),
                    kills == null ? null : (Boolean) (worst <= mostItems));
        }
    }

    private static double oldest(List<LossAnalysis.AtKill> kills) {
        return kills.stream().mapToLong(LossAnalysis.AtKill::oldestMillis).max().orElse(0);
    }

    private void lag(@Nullable Duration most, List<PairLag> lag) {
        if (most == null) {
            return;
        }
        PairLag worst = lag.stream()
                .filter(pair -> pair.total() != null)
                .max(Comparator.comparingDouble(ObjectiveCheck::p99))
                .orElse(null);
        String asked = "at most " + text(most) + ", worst pair";
        if (worst == null) {
            add("lag p99", asked, "not measured: nothing was replicated", null);
        } else {
            add(
                    "lag p99",
                    asked,
                    text(p99(worst)) + ", " + worst.from() + " → " + worst.to(),
                    p99(worst) <= most.toNanos() / 1e6);
        }
    }

    private static double p99(PairLag pair) {
        Percentiles total = pair.total();
        return total == null ? 0 : total.p99();
    }

    private void errors(@Nullable Double most, List<Clients> clients) {
        if (most == null) {
            return;
        }
        long requests = clients.stream().mapToLong(Clients::requests).sum();
        long errors = clients.stream().mapToLong(Clients::errors).sum();
        double rate = requests == 0 ? 0 : errors / (double) requests;
        add(
                "error rate",
                String.format(Locale.ROOT, "at most %.2f %%", most * 100),
                requests == 0
                        ? "not measured: nothing was sent"
                        : String.format(Locale.ROOT, "%.2f %% (%d of %d)", rate * 100, errors, requests),
                requests == 0 ? null : (Boolean) (rate <= most));
    }

    private void convergence(@Nullable Duration most, DrillRecord record) {
        if (most == null) {
            return;
        }
        Long at = record.convergence().atMicros();
        double millis = at == null ? 0 : (at - record.calmMicros()) / 1e3;
        add(
                "convergence",
                "within " + text(most),
                at == null ? "not all was applied everywhere" : text(millis),
                at != null && millis <= most.toNanos() / 1e6);
    }

    private void lostWrites(@Nullable LostWrites writes) {
        if (writes != null) {
            List<String> unnamed = writes.unnamed();
            add(
                    "lost writes",
                    "always: named by the conflict feed",
                    unnamed.isEmpty()
                            ? String.format(Locale.ROOT, "%d of %d, all named", writes.lost(), writes.looked())
                            : String.format(
                                    Locale.ROOT,
                                    "%d of %d, and %d not named: %s",
                                    writes.lost(),
                                    writes.looked(),
                                    unnamed.size(),
                                    String.join(
                                            ", ", unnamed.stream().limit(NAMED).toList())),
                    unnamed.isEmpty());
        }
    }

    /** Nobody needs to ask for these. */
    private void always(DrillRecord record, List<StreamAudit> streams) {
        add(
                "all regions hold the same",
                "always: equal digests at one cut",
                record.convergence().proved() ? "proved" : "not proved",
                record.convergence().proved());
        Boolean audited = streams.stream().anyMatch(audit -> Boolean.FALSE.equals(audit.passed()))
                ? Boolean.FALSE
                : !streams.isEmpty() && streams.stream().allMatch(audit -> audit.passed() != null)
                        ? Boolean.TRUE
                        : null;
        add(
                "streams",
                "always: each acknowledged write, nothing twice, in order",
                audited == null ? "not all could be read" : audited ? "as asked" : "not as asked",
                audited);
        lostWrites(LostWrites.of(record));
        boolean same =
                record.drift().stream().allMatch(drift -> drift.differences().isEmpty());
        add("settings", "always: the same in all replicas", same ? "the same" : "they differ", same);
        List<Injected> failed = record.timeline().stream()
                .filter(injected -> injected.trouble() != null)
                .toList();
        if (!failed.isEmpty()) {
            add(
                    "timeline",
                    "always: played as written",
                    String.join(
                                    "; ",
                                    failed.stream()
                                            .map(one -> one.fault().describe())
                                            .toList()) + " failed",
                    false);
        }
    }
}
