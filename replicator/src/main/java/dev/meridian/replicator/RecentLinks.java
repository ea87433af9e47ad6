package dev.meridian.replicator;

import dev.meridian.streams.RecordLink;
import java.util.Arrays;

/**
 * The last links of a partition, as a ring of primitives that grows to its limit: 12 bytes a link, where a queue of
 * objects takes 28.
 */
final class RecentLinks {
    private static final int ROOM_FIRST = 16;

    private final int max;
    private long[] sequences;
    private int[] hashes;
    private int size;

    /** Where the next one goes; the oldest is there once the ring is full. */
    private int next;

    /** @param max how many are kept */
    RecentLinks(int max) {
        this.max = max;
        this.sequences = new long[Math.min(ROOM_FIRST, max)];
        this.hashes = new int[sequences.length];
    }

    /** Adds a link; the oldest goes if there are too many. */
    void add(RecordLink link) {
        if (next == sequences.length) {
            if (next < max) {
                int room = Math.min(max, 2 * next);
                sequences = Arrays.copyOf(sequences, room);
                hashes = Arrays.copyOf(hashes, room);
            } else {
                next = 0;
            }
        }
        sequences[next] = link.sequence();
        hashes[next] = link.hash();
        next++;
        size = Math.max(size, next);
    }

    boolean contains(RecordLink link) {
        for (int i = 0; i < size; i++) {
            if (sequences[i] == link.sequence() && hashes[i] == link.hash()) {
                return true;
            }
        }
        return false;
    }
}
