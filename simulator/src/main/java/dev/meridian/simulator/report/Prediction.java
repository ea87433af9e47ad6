package dev.meridian.simulator.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a simulation of the same scenario came to.
 *
 * @param source how it was made, for example the command
 * @param rpoMillis age of the oldest change that no other region had when its region was killed; null without such a fault
 * @param rpoItems how many changes no other region had then
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Prediction(
        String source,
        List<PairPrediction> lag,
        @Nullable Double rpoMillis,
        @Nullable Long rpoItems) {
    public Prediction {
        lag = List.copyOf(lag);
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    public record PairPrediction(String from, String to, double p50Millis, double p95Millis, double p99Millis) {}
}
