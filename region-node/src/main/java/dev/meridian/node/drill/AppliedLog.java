package dev.meridian.node.drill;

import dev.meridian.model.RegionId;
import dev.meridian.replicator.AppliedRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The last changes that were applied, numbered in order, for somebody who asks often enough to miss none. */
final class AppliedLog {
    /** A minute of 4,000 changes a second: about 20 MB. */
    private static final int KEPT = 250_000;

    private final Deque<Entry> entries = new ArrayDeque<>();
    private long last;

    /** One change of another region. @param number from 1 on, without gaps */
    record Entry(long number, RegionId from, AppliedRecord record) {}

    synchronized void add(RegionId from, AppliedRecord record) {
        last++;
        entries.addLast(new Entry(last, from, record));
        if (entries.size() > KEPT) {
            entries.removeFirst();
        }
    }

    /** The oldest of those behind a number; what is no longer kept is missing in front. */
    synchronized List<Entry> behind(long number, int most) {
        List<Entry> found = new ArrayList<>();
        if (number >= last) {
            return found;
        }
        for (Entry entry : entries) {
            if (found.size() == most) {
                break;
            }
            if (entry.number() > number) {
                found.add(entry);
            }
        }
        return found;
    }
}
