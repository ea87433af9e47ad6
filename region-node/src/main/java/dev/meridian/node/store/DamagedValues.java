package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The values of a store whose checksum does not match, as reads, writes and the scrubber meet them. Each is logged once
 * and shown until it is overwritten, deleted or loaded from another region. Thread-safe.
 */
public final class DamagedValues {
    private static final Logger LOG = LoggerFactory.getLogger(DamagedValues.class);

    /** So many are remembered one by one: a disk that has lost more than these must be replaced as a whole. */
    private static final int KEPT_MAX = 1_000;

    /**
     * Documents by table id: a table with damaged items is to be loaded anew, from a region that has seen all up to this
     * vector.
     */
    public static final String MENDING = WriteView.OF_TABLES + "mending";

    private final Map<Place, String> known = new ConcurrentSkipListMap<>();

    /** What a value holds. */
    public enum Kind {
        ITEM("item"),
        TOMBSTONE("tombstone"),
        INDEX_ENTRY("index entry"),
        CHANGE_ROW("change row"),
        CONFLICT("conflict"),
        DOCUMENT("document"),
        TABLE("table descriptor"),
        DROPPED_TABLE("descriptor of a dropped table"),
        STREAM("stream descriptor");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        /** Whether another region that has the table has it too. */
        public boolean isReplicated() {
            return this == ITEM || this == TOMBSTONE;
        }
    }

    /**
     * Where a value lies.
     *
     * @param number of its table or index; 0 if it belongs to none
     * @param lmdbKey in the database of its kind
     */
    public record Place(Kind kind, int number, Bytes lmdbKey) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byKind = kind.compareTo(other.kind);
            return byKind != 0 ? byKind : lmdbKey.compareTo(other.lmdbKey);
        }
    }

    /** @param text what is damaged, and whose: a clause without a full stop */
    public void found(Place place, String text) {
        if (known.size() < KEPT_MAX && known.putIfAbsent(place, text) == null) {
            LOG.error("{}", text);
        }
    }

    /** The value is gone, or has been written anew. */
    public void mended(Place place) {
        String text = known.remove(place);
        if (text != null) {
            LOG.info("no longer so: {}", text);
        }
    }

    /** Those known at present; {@value #KEPT_MAX} at most. */
    public List<Place> places() {
        return List.copyOf(known.keySet());
    }

    /** One sentence for each. */
    public List<String> texts() {
        return new ArrayList<>(known.values());
    }

    public int size() {
        return known.size();
    }

    /** Whether an item or tombstone of a table is damaged. @param table its number */
    public boolean hasReplicatedOf(int table) {
        return !known.isEmpty()
                && known.keySet().stream().anyMatch(place -> place.kind().isReplicated() && place.number() == table);
    }
}
