package dev.meridian.node.store;

import dev.meridian.streams.SequenceNumber;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether, and how, a table's events go to its stream topic: what Amazon calls a Kinesis streaming destination. Each
 * region's own.
 *
 * @param precision of the time in records; null if it was never asked for
 * @param pauses the changes that are not in the topic because it was disabled; those that ended first come first
 * @param pausedAfter while it is disabled, the last change before; else 0
 */
public record StreamDestination(State state, @Nullable Precision precision, List<Pause> pauses, long pausedAfter) {
    /** As every table begins. */
    public static final StreamDestination DEFAULT = new StreamDestination(State.BY_DEFAULT, null, List.of(), 0);

    /** Beyond it, the two oldest become one, with what was between them: they only tell an audit what not to expect. */
    private static final int PAUSES_MOST = 100;

    /** What was asked for. */
    public enum State {
        /** On, and nobody asked for it. */
        BY_DEFAULT,
        ENABLED,
        DISABLED
    }

    /** DynamoDB's names. */
    public enum Precision {
        MILLISECOND,
        MICROSECOND
    }

    /** Changes behind {@code after}, up to and including {@code last}. */
    public record Pause(long after, long last) {}

    public StreamDestination {
        pauses = List.copyOf(pauses);
    }

    public boolean publishes() {
        return state != State.DISABLED;
    }

    /** What DynamoDB takes where nothing was asked for. */
    public Precision effectivePrecision() {
        return precision == null ? Precision.MILLISECOND : precision;
    }

    /** @param last the store's last change */
    public StreamDestination enabled(@Nullable Precision asked, SequenceNumber last) {
        List<Pause> all = new ArrayList<>(pauses);
        if (!publishes() && last.value() > pausedAfter) {
            all.add(new Pause(pausedAfter, last.value()));
        }
        if (all.size() > PAUSES_MOST) {
            all.set(1, new Pause(all.get(0).after(), all.get(1).last()));
            all.remove(0);
        }
        return new StreamDestination(State.ENABLED, asked, all, 0);
    }

    /** @param last the store's last change */
    public StreamDestination disabled(SequenceNumber last) {
        return new StreamDestination(State.DISABLED, null, pauses, last.value());
    }

    public StreamDestination withPrecision(Precision asked) {
        return new StreamDestination(state, asked, pauses, pausedAfter);
    }

    /** All pauses, the one that goes on too. */
    public List<Pause> pausesTillNow() {
        if (publishes()) {
            return pauses;
        }
        List<Pause> all = new ArrayList<>(pauses);
        all.add(new Pause(pausedAfter, Long.MAX_VALUE));
        return all;
    }
}
