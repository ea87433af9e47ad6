package dev.meridian.node.drill;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that is wrong by as much as it is told. */
public final class OffsetClock implements InstantSource {
    private final InstantSource truth;
    private volatile long offsetMillis;

    OffsetClock(InstantSource truth, long offsetMillis) {
        this.truth = truth;
        this.offsetMillis = offsetMillis;
    }

    void setOffsetMillis(long offset) {
        offsetMillis = offset;
    }

    long offsetMillis() {
        return offsetMillis;
    }

    @Override
    public Instant instant() {
        return truth.instant().plusMillis(offsetMillis);
    }

    @Override
    public long millis() {
        return truth.millis() + offsetMillis;
    }
}
