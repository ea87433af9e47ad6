package dev.meridian.model;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a store knows of its own past: its incarnation, and its latest lives with the clock at which each began. Another
 * region that has seen something of this region compares it with this: what the store does not know of has been lost, for
 * the folder was replaced by an older copy.
 *
 * @param settled what was seen of this region up to this clock has been dealt with: the store has rejoined since
 * @param lives the oldest first; never empty
 */
public record StoreHistory(Incarnation incarnation, HybridTimestamp settled, List<Opening> lives) {
    /** A store that is opened more often forgets its oldest lives; a peer that has seen no later one is away for long. */
    public static final int LIVES_MAX = 64;

    private static final byte FORMAT = 1;

    /** A life that began when the store's clock was {@code since}: all that it wrote is above. */
    public record Opening(Life life, HybridTimestamp since) {}

    public StoreHistory {
        lives = List.copyOf(lives.subList(Math.max(0, lives.size() - LIVES_MAX), lives.size()));
        if (lives.isEmpty()) {
            throw new IllegalArgumentException("a store that was never opened");
        }
    }

    /** Of a store without a past. */
    public static StoreHistory begin(Incarnation incarnation, Life life, HybridTimestamp clock) {
        return new StoreHistory(incarnation, HybridTimestamp.ZERO, List.of(new Opening(life, clock)));
    }

    /** The store is opened once more. */
    public StoreHistory opened(Life life, HybridTimestamp clock) {
        List<Opening> more = new ArrayList<>(lives);
        more.add(new Opening(life, clock));
        return new StoreHistory(incarnation, settled, more);
    }

    /** The store begins another history, above all that was seen of it. */
    public StoreHistory rejoined(Incarnation next, HybridTimestamp above) {
        return new StoreHistory(next, above.isAfter(settled) ? above : settled, lives);
    }

    /** The present life. */
    public Life life() {
        return lives.get(lives.size() - 1).life();
    }

    public HybridTimestamp openedAt() {
        return lives.get(lives.size() - 1).since();
    }

    /**
     * Where this history and what another region has seen of it part.
     *
     * @param now this store's clock
     * @return all that was written up to here is in this store; empty if it has everything that was seen
     */
    public Optional<HybridTimestamp> partsFrom(SeenHistory seen, HybridTimestamp now) {
        HybridTimestamp common = null;
        // Behind the last life that both know: there the copy ended that this store was put back from, or later.
        HybridTimestamp behindKnown = HybridTimestamp.ZERO;
        for (SeenHistory.Seen entry : seen.lives()) {
            int index = indexOf(entry.life());
            HybridTimestamp end = index < 0 ? behindKnown : endOf(index, now);
            boolean isMissing =
                    index < 0 ? !isForgotten(entry) : entry.through().isAfter(end);
            if (isMissing && entry.through().isAfter(settled)) {
                common = common == null || common.isAfter(end) ? end : common;
            }
            if (index >= 0) {
                behindKnown = endOf(index, openedAt());
            }
        }
        return Optional.ofNullable(common);
    }

    /** Whether the life may be one of those that were too many to be remembered. */
    private boolean isForgotten(SeenHistory.Seen entry) {
        return lives.size() == LIVES_MAX
                && entry.through().compareTo(lives.get(0).since()) <= 0;
    }

    private int indexOf(Life life) {
        for (int i = lives.size() - 1; i >= 0; i--) {
            if (lives.get(i).life().equals(life)) {
                return i;
            }
        }
        return -1;
    }

    /** Where the next life begins; {@code ofLast} for the last one. */
    private HybridTimestamp endOf(int index, HybridTimestamp ofLast) {
        return index + 1 < lives.size() ? lives.get(index + 1).since() : ofLast;
    }

    public byte[] encode() {
        ByteSink out = new ByteSink(64);
        out.put(FORMAT);
        incarnation.encode(out);
        out.putLong(settled.bits()).putVarint(lives.size());
        lives.forEach(opening ->
                out.putLong(opening.life().bits()).putLong(opening.since().bits()));
        return out.toArray();
    }

    /** @throws IllegalArgumentException if it is none of a format that this release reads */
    public static StoreHistory decode(ByteBuffer bytes) {
        return ByteSink.whole("a store's history", bytes.duplicate(), StoreHistory::decodeFields);
    }

    private static StoreHistory decodeFields(ByteBuffer in) {
        byte format = in.get();
        if (format != FORMAT) {
            throw new IllegalArgumentException("a store's history of format " + format);
        }
        Incarnation incarnation = Incarnation.decode(in);
        HybridTimestamp settled = new HybridTimestamp(in.getLong());
        List<Opening> lives = new ArrayList<>();
        for (long rest = ByteSink.getVarint(in); rest > 0; rest--) {
            lives.add(new Opening(new Life(in.getLong()), new HybridTimestamp(in.getLong())));
        }
        return new StoreHistory(incarnation, settled, lives);
    }
}
