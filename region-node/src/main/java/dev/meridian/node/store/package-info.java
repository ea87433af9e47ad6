/**
 * The store of one region as the rest of the node sees it: tables and items, read in snapshots from any thread, written
 * by one writer in order.
 *
 * <p>Invariants: a write is acknowledged only after its commit is durable; an item, its index entries, its change row and
 * all bookkeeping about it change in one transaction; a write that fails leaves nothing behind.
 *
 * <p>Ports and values only: LMDB is in {@code dev.meridian.node.lmdb}.
 */
@NullMarked
package dev.meridian.node.store;

import org.jspecify.annotations.NullMarked;
