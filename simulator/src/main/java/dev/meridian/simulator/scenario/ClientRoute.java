package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the clients of one region send their requests: home, or elsewhere after it failed. Times are microseconds on any
 * clock that does not go back. Not thread-safe.
 */
public final class ClientRoute {
    private static final long NEVER = Long.MIN_VALUE;

    private final ClientPolicy policy;
    private final RegionId home;
    private RegionId current;
    private int errorsInARow;
    private long firstErrorMicros = NEVER;
    private long lastProbeMicros = NEVER;

    public ClientRoute(ClientPolicy policy, RegionId home) {
        this.policy = policy;
        this.home = home;
        this.current = home;
    }

    public RegionId current() {
        return current;
    }

    public boolean isAway() {
        return !current.equals(home);
    }

    /** A request was answered; an error that is the request's own fault is an answer too. */
    public void succeeded(RegionId region) {
        if (region.equals(current)) {
            errorsInARow = 0;
            firstErrorMicros = NEVER;
        }
    }

    /** A request was refused, not answered in time, or answered with a server's error. @return where to go, if anywhere */
    public Optional<RegionId> failed(RegionId region, long nowMicros) {
        if (!region.equals(current)) {
            return Optional.empty();
        }
        errorsInARow++;
        if (firstErrorMicros == NEVER) {
            firstErrorMicros = nowMicros;
        }
        RegionId next = policy.to().get(current);
        if (!policy.failsOver() || next == null || !isEnough(nowMicros)) {
            return Optional.empty();
        }
        go(next);
        lastProbeMicros = nowMicros;
        return Optional.of(next);
    }

    private boolean isEnough(long nowMicros) {
        boolean tooMany = policy.afterErrors() > 0 && errorsInARow >= policy.afterErrors();
        boolean tooLong = !policy.after().isZero()
                && nowMicros - firstErrorMicros >= policy.after().toNanos() / 1000;
        return tooMany || tooLong;
    }

    /** Home, if it is to be asked now whether it answers again; {@link #homeAnswered} tells that it did. */
    public @Nullable RegionId probe(long nowMicros) {
        if (!isAway()
                || !policy.failsBack()
                || nowMicros - lastProbeMicros < policy.probe().toNanos() / 1000) {
            return null;
        }
        lastProbeMicros = nowMicros;
        return home;
    }

    public void homeAnswered() {
        if (policy.failsBack()) {
            go(home);
        }
    }

    private void go(RegionId region) {
        current = region;
        errorsInARow = 0;
        firstErrorMicros = NEVER;
    }
}
