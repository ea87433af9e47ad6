package dev.meridian.simulator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.cli.client.TextTable;
import dev.meridian.simulator.virtual.Plan;
import dev.meridian.simulator.virtual.SimulationResult;
import dev.meridian.simulator.virtual.Verdict;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What a run came to, for people and for programs. */
final class SimulationReport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double MICROS_PER_MILLI = 1_000;

    private final Plan plan;
    private final SimulationResult result;
    private final long tookNanos;
    private final List<Verdict> verdicts;

    SimulationReport(Plan plan, SimulationResult result, long tookNanos) {
        this.plan = plan;
        this.result = result;
        this.tookNanos = Math.max(1, tookNanos);
        this.verdicts = result.broken() == null ? Verdict.of(plan.whole().objectives(), result) : List.of();
    }

    Plan plan() {
        return plan;
    }

    SimulationResult result() {
        return result;
    }

    boolean passed() {
        return result.broken() == null && verdicts.stream().allMatch(Verdict::passed);
    }

    private double requestsPerSecond() {
        return result.requests() * 1e9 / tookNanos;
    }

    private double speed() {
        return (double) result.virtualTime().toNanos() / tookNanos;
    }

    /** One line. */
    String line() {
        SimulationResult.BrokenLaw broken = result.broken();
        StringBuilder line = new StringBuilder("seed " + result.seed() + ": ");
        if (broken != null) {
            line.append("BROKEN at ")
                    .append(millis(broken.atMicros()))
                    .append(" ms: ")
                    .append(broken.what());
        } else {
            line.append(passed() ? "passed" : "missed");
            verdicts.stream()
                    .filter(verdict -> !verdict.passed())
                    .forEach(verdict -> line.append(", ")
                            .append(verdict.name())
                            .append(' ')
                            .append(verdict.measured())
                            .append(" is not ")
                            .append(verdict.asked()));
        }
        return line.append("; trace ").append(result.traceHash()).toString();
    }

    private static String millis(double micros) {
        return String.format(Locale.ROOT, "%.1f", micros / MICROS_PER_MILLI);
    }

    void print(PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "%s, seed %d: trace %s%n%d requests, %d failed, %d conflicts, %d reads behind tokens; %d events%n"
                        + "%.1f s of virtual time in %.1f s: %.0f times real time, %.0f requests a second%n%n",
                result.scenario(),
                result.seed(),
                result.traceHash(),
                result.requests(),
                result.failedRequests(),
                result.conflicts(),
                result.probes(),
                result.events(),
                result.virtualTime().toMillis() / 1e3,
                tookNanos / 1e9,
                speed(),
                requestsPerSecond());
        printLag(out);
        printLosses(out);
        SimulationResult.BrokenLaw broken = result.broken();
        if (broken != null) {
            out.printf(Locale.ROOT, "BROKEN at %s ms: %s%n", millis(broken.atMicros()), broken.what());
        } else {
            out.println("All laws hold.");
        }
        if (!verdicts.isEmpty()) {
            out.println();
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("OBJECTIVE", "ASKED", "PREDICTED", ""));
            verdicts.forEach(verdict -> rows.add(List.of(
                    verdict.name(), verdict.asked(), verdict.measured(), verdict.passed() ? "passed" : "MISSED")));
            TextTable.print(rows, out);
        }
        out.flush();
    }

    private void printLag(PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("CHANGES OF", "APPLIED IN", "COUNT", "LAG P50", "P95", "P99", "MAX (MS)"));
        result.lagMicros().forEach((pair, lag) -> {
            if (lag.getTotalCount() > 0) {
                rows.add(List.of(
                        pair.from().value(),
                        pair.to().value(),
                        Long.toString(lag.getTotalCount()),
                        millis(lag.getValueAtPercentile(50)),
                        millis(lag.getValueAtPercentile(95)),
                        millis(lag.getValueAtPercentile(99)),
                        millis(lag.getMaxValue())));
            }
        });
        if (rows.size() > 1) {
            TextTable.print(rows, out);
            out.println();
        }
    }

    private void printLosses(PrintWriter out) {
        for (SimulationResult.Loss loss : result.losses()) {
            out.printf(
                    Locale.ROOT,
                    "When %s ended, %d changes were nowhere else, the oldest of them %.1f ms old; lacking in %s%n",
                    loss.region(),
                    loss.changes(),
                    loss.oldest().toNanos() / 1e6,
                    loss.missingIn());
        }
        for (SimulationResult.Failure failure : result.failures()) {
            out.printf(
                    "Clients of %s: %s failed; first error after %s, decision to leave %s, first success %s%n",
                    failure.clients(),
                    failure.region(),
                    shown(failure.detected()),
                    shown(failure.decided()),
                    shown(failure.firstSuccess()));
        }
        if (!result.losses().isEmpty()) {
            out.println();
        }
    }

    private static String shown(@Nullable Duration time) {
        return time == null ? "never" : String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
    }

    /** One line of JSON; {@code prediction} is what a drill's report sets beside its measurements. */
    String json() {
        ObjectNode json = JSON.createObjectNode();
        json.put("scenario", result.scenario())
                .put("seed", result.seed())
                .put("passed", passed())
                .put("traceHash", result.traceHash())
                .put("requests", result.requests())
                .put("failedRequests", result.failedRequests())
                .put("conflicts", result.conflicts())
                .put("tokenReads", result.probes())
                .put("events", result.events())
                .put("virtualSeconds", result.virtualTime().toMillis() / 1e3)
                .put("realSeconds", tookNanos / 1e9)
                .put("requestsPerSecond", requestsPerSecond());
        SimulationResult.BrokenLaw broken = result.broken();
        if (broken != null) {
            json.putObject("broken")
                    .put("law", broken.law())
                    .put("what", broken.what())
                    .put("atSeconds", broken.atMicros() / 1e6);
        }
        ArrayNode objectives = json.putArray("objectives");
        verdicts.forEach(verdict -> objectives
                .addObject()
                .put("name", verdict.name())
                .put("asked", verdict.asked())
                .put("measured", verdict.measured())
                .put("passed", verdict.passed()));
        Duration convergence = result.convergence();
        if (convergence != null) {
            json.put("convergenceMillis", convergence.toNanos() / 1e6);
        }
        putFailures(json.putArray("failovers"));
        putPrediction(json.putObject("prediction"));
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private void putFailures(ArrayNode failovers) {
        for (SimulationResult.Failure failure : result.failures()) {
            ObjectNode one =
                    failovers.addObject().put("clientsOf", failure.clients()).put("region", failure.region());
            putSeconds(one, "detectedSeconds", failure.detected());
            putSeconds(one, "decidedSeconds", failure.decided());
            putSeconds(one, "firstSuccessSeconds", failure.firstSuccess());
        }
    }

    private static void putSeconds(ObjectNode json, String field, @Nullable Duration time) {
        if (time == null) {
            json.putNull(field);
        } else {
            json.put(field, time.toNanos() / 1e9);
        }
    }

    private void putPrediction(ObjectNode prediction) {
        prediction.put("source", plan.command().replace(" --trace", ""));
        ArrayNode pairs = prediction.putArray("lag");
        result.lagMicros().forEach((pair, lag) -> {
            if (lag.getTotalCount() > 0) {
                ObjectNode one = pairs.addObject();
                one.put("from", pair.from().value()).put("to", pair.to().value());
                one.put("count", lag.getTotalCount());
                put(one, "p50Millis", lag, 50);
                put(one, "p95Millis", lag, 95);
                put(one, "p99Millis", lag, 99);
                put(one, "p999Millis", lag, 99.9);
                one.put("maxMillis", lag.getMaxValue() / MICROS_PER_MILLI);
            }
        });
        SimulationResult.Loss worst = result.losses().stream()
                .max(java.util.Comparator.comparing(SimulationResult.Loss::oldest))
                .orElse(null);
        if (worst == null) {
            prediction.putNull("rpoMillis").putNull("rpoItems");
        } else {
            prediction.put("rpoMillis", worst.oldest().toNanos() / 1e6).put("rpoItems", worst.changes());
        }
    }

    private static void put(ObjectNode json, String field, Histogram micros, double percentile) {
        json.put(field, micros.getValueAtPercentile(percentile) / MICROS_PER_MILLI);
    }
}
