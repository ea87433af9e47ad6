package dev.meridian.node.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The most frequent of what is counted, in bounded memory, by the space-saving algorithm: what is not among those kept
 * takes the place, and one more than the count, of the least frequent. A count is so never too low, and too high by at
 * most the least count kept. Not thread-safe.
 *
 * @see <a href="https://doi.org/10.1007/978-3-540-30570-5_27">Metwally, Agrawal, El Abbadi: Efficient computation of
 *     frequent and top-k elements in data streams</a>
 */
final class HeavyHitters<K> {
    private final int capacity;
    private final Map<K, Long> counts = new HashMap<>();
    private final TreeMap<Long, LinkedHashSet<K>> byCount = new TreeMap<>();

    HeavyHitters(int capacity) {
        this.capacity = capacity;
    }

    /** One that is kept, and how often it was counted. */
    record Hit<K>(K key, long count) {}

    void add(K key) {
        Long old = counts.get(key);
        long count = 1;
        if (old != null) {
            remove(key, old);
            count = old + 1;
        } else if (counts.size() == capacity) {
            long least = byCount.firstKey();
            remove(byCount.firstEntry().getValue().iterator().next(), least);
            count = least + 1;
        }
        counts.put(key, count);
        byCount.computeIfAbsent(count, unused -> new LinkedHashSet<>()).add(key);
    }

    private void remove(K key, long count) {
        counts.remove(key);
        LinkedHashSet<K> same = byCount.get(count);
        if (same != null) {
            same.remove(key);
            if (same.isEmpty()) {
                byCount.remove(count);
            }
        }
    }

    /** The most frequent first. */
    List<Hit<K>> top(int most) {
        List<Hit<K>> hits = new ArrayList<>();
        for (Map.Entry<Long, LinkedHashSet<K>> same : byCount.descendingMap().entrySet()) {
            for (K key : same.getValue()) {
                if (hits.size() == most) {
                    return hits;
                }
                hits.add(new Hit<>(key, same.getKey()));
            }
        }
        return hits;
    }
}
