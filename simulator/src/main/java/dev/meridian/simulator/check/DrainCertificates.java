package dev.meridian.simulator.check;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where it is said that a region holds all that another committed up to some clock, it does, or something later. */
public final class DrainCertificates {
    private static final String LAW = "drain certificates are sound";

    private final Ledger ledger;

    /** What is held once is held for good: each write is looked at once for each region. */
    private final Map<RegionId, Map<RegionId, Integer>> checked = new TreeMap<>();

    /** What a region holds. */
    public interface Lookup {
        /** Whether the region has the table, and all that it loads of it. */
        boolean has(TableId table);

        /** Of an item or tombstone; null if there is neither. */
        @Nullable
        Version held(WrittenItem write);
    }

    public DrainCertificates(Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Something says that {@code to} holds what {@code from} committed.
     *
     * @param who says it, for the message
     * @param isLenient whether only the last write of each item counts, because some were given up with their region
     */
    public void claimed(
            String who, RegionId from, RegionId to, HybridTimestamp through, boolean isLenient, Lookup lookup) {
        Map<RegionId, Integer> done = checked.computeIfAbsent(to, unused -> new TreeMap<>());
        List<WrittenItem> writes = ledger.of(from);
        int next = done.getOrDefault(from, 0);
        while (next < writes.size() && writes.get(next).version().time().compareTo(through) <= 0) {
            WrittenItem write = writes.get(next++);
            if (!lookup.has(write.table())) {
                continue;
            }
            Version held = lookup.held(write);
            boolean counts = !isLenient
                    || ledger.highest(write.table(), write.key())
                            .filter(write::equals)
                            .isPresent();
            LawBroken.unless(
                    !counts || ledger.isHeldOrOvertaken(write, held),
                    LAW,
                    () -> who + " says that " + to + " holds all of " + from + " up to " + through + "; it lacks "
                            + write + " and has " + held);
        }
        done.put(from, next);
    }

    /** Folders were replaced: all that is left is looked at. */
    public void forgetAll() {
        checked.clear();
    }

    /** A region has a table that it had not before: what it passed over is looked at. */
    public void forget(RegionId region) {
        checked.remove(region);
    }
}
