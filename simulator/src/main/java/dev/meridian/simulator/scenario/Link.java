package dev.meridian.simulator.scenario;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * What lies between two regions, either way. It is shared by the simulator and by the proxies of drills, so that both
 * mean the same.
 *
 * @param oneWay half of the round trip
 * @param jitter added to each message: anything from nothing to this, equally likely
 * @param bytesPerSecond how fast it takes bytes; 0 for no limit
 * @param loss the share of messages, 0 to below 1, that are lost and sent again by TCP: they, and what follows, stall
 */
public record Link(Duration oneWay, Duration jitter, long bytesPerSecond, double loss) {
    /** TCP's retransmission timeout is the round trip and some more, and with Linux no less than this. */
    private static final long RETRANSMIT_MICROS_MIN = 200_000;

    public Link {
        if (oneWay.isNegative() || jitter.isNegative() || bytesPerSecond < 0 || !(loss >= 0 && loss < 1)) {
            throw new IllegalArgumentException(
                    "no link: " + oneWay + ", " + jitter + ", " + bytesPerSecond + ", " + loss);
        }
    }

    public Link slowedBy(Duration extra) {
        return new Link(oneWay.plus(extra), jitter, bytesPerSecond, loss);
    }

    public Link withLoss(double share) {
        return new Link(oneWay, jitter, bytesPerSecond, share);
    }

    /** How long a message is under way once it has been sent: latency, jitter and stalls. */
    public long delayMicros(RandomGenerator random) {
        long delay = oneWay.toNanos() / 1000;
        long jitterMicros = jitter.toNanos() / 1000;
        if (jitterMicros > 0) {
            delay += random.nextLong(jitterMicros + 1);
        }
        long timeout = Math.max(RETRANSMIT_MICROS_MIN, 3 * oneWay.toNanos() / 1000);
        // Each try doubles the wait, up to a minute.
        for (int tries = 0; loss > 0 && tries < 8 && random.nextDouble() < loss; tries++) {
            delay += timeout << tries;
        }
        return delay;
    }

    /** How long it takes to send this many bytes. */
    public long sendMicros(long bytes) {
        return bytesPerSecond == 0 ? 0 : bytes * 1_000_000 / bytesPerSecond;
    }
}
