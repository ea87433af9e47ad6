package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What clients do when their region does not answer.
 *
 * @param failsOver whether they go elsewhere at all
 * @param afterErrors fail over after as many errors in a row; 0 never for that
 * @param after fail over once no request has succeeded for this long since the first error; zero never for that
 * @param timeout after which a request without an answer counts as an error
 * @param to by home region, where its clients go
 * @param failsBack whether they return home
 * @param probe while away, how often home is asked whether it answers; the first answer brings them home
 */
public record ClientPolicy(
        boolean failsOver,
        int afterErrors,
        Duration after,
        Duration timeout,
        SortedMap<RegionId, RegionId> to,
        boolean failsBack,
        Duration probe) {
    public static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(2);
    public static final Duration PROBE_DEFAULT = Duration.ofSeconds(1);

    /** Clients that wait for their region. */
    public static final ClientPolicy STAY =
            new ClientPolicy(false, 0, Duration.ZERO, TIMEOUT_DEFAULT, new TreeMap<>(), false, PROBE_DEFAULT);

    public ClientPolicy {
        to = Collections.unmodifiableSortedMap(new TreeMap<>(to));
    }
}
