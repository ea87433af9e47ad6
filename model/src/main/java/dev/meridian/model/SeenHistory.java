package dev.meridian.model;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one region has seen of another's store: its lives in the order in which they were seen, each with the latest clock
 * that something it wrote had. The other region compares it with its {@link StoreHistory}.
 *
 * @param lives the oldest first
 */
public record SeenHistory(List<Seen> lives) {
    public static final SeenHistory NONE = new SeenHistory(List.of());

    /** More than a region goes through between two messages; older ones are forgotten. */
    public static final int LIVES_MAX = 16;

    private static final byte FORMAT = 1;

    /** @param through the latest clock of a heartbeat or a record of that life */
    public record Seen(Life life, HybridTimestamp through) {}

    public SeenHistory {
        lives = List.copyOf(lives.subList(Math.max(0, lives.size() - LIVES_MAX), lives.size()));
    }

    /** The life that was seen last; empty if none was. */
    public Optional<Life> latestLife() {
        return lives.isEmpty()
                ? Optional.empty()
                : Optional.of(lives.get(lives.size() - 1).life());
    }

    /** With something that a life wrote at a clock. */
    public SeenHistory with(Life life, HybridTimestamp clock) {
        for (int i = lives.size() - 1; i >= 0; i--) {
            Seen seen = lives.get(i);
            if (seen.life().equals(life)) {
                if (clock.compareTo(seen.through()) <= 0) {
                    return this;
                }
                List<Seen> raised = new ArrayList<>(lives);
                raised.set(i, new Seen(life, clock));
                return new SeenHistory(raised);
            }
        }
        List<Seen> more = new ArrayList<>(lives);
        more.add(new Seen(life, clock));
        return new SeenHistory(more);
    }

    /** The latest clock that was seen of the region. */
    public HybridTimestamp latest() {
        HybridTimestamp latest = HybridTimestamp.ZERO;
        for (Seen seen : lives) {
            latest = seen.through().isAfter(latest) ? seen.through() : latest;
        }
        return latest;
    }

    public byte[] encode() {
        ByteSink out = new ByteSink(64);
        out.put(FORMAT).putVarint(lives.size());
        lives.forEach(
                seen -> out.putLong(seen.life().bits()).putLong(seen.through().bits()));
        return out.toArray();
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    public static SeenHistory decode(ByteBuffer bytes) {
        return ByteSink.whole("a seen history", bytes.duplicate(), SeenHistory::decodeFields);
    }

    private static SeenHistory decodeFields(ByteBuffer in) {
        byte format = in.get();
        if (format != FORMAT) {
            throw new IllegalArgumentException("a seen history of format " + format);
        }
        List<Seen> lives = new ArrayList<>();
        for (long rest = ByteSink.getVarint(in); rest > 0; rest--) {
            lives.add(new Seen(new Life(in.getLong()), new HybridTimestamp(in.getLong())));
        }
        return new SeenHistory(lives);
    }
}
