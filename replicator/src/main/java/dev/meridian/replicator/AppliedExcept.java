package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.TableId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Up to which clock everything that one region originated is applied here, but for some tables.
 *
 * @param through zero if that cannot be said
 * @param standing the tables that stand still, and why: of these nothing is said
 */
public record AppliedExcept(HybridTimestamp through, SortedMap<TableId, String> standing) {
    static final AppliedExcept NOTHING = new AppliedExcept(HybridTimestamp.ZERO, new TreeMap<>());

    public AppliedExcept {
        standing = Collections.unmodifiableSortedMap(new TreeMap<>(standing));
    }
}
