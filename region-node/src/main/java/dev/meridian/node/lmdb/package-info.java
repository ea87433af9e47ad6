/**
 * The store upon LMDB: key layout, group commit, change rows. The only place that knows lmdbjava.
 *
 * <p>A commit that fails while its pages are written leaves nothing behind, and its operations are tried again, each by
 * itself. One whose sync fails is in doubt: its operations fail, none is run again, and the environment is closed and
 * opened anew ({@link dev.meridian.node.lmdb.Outage}). Nothing is shown then that is not known to be durable: the last
 * commit that went well, or the one in doubt once a further commit has been synced behind it. The clock does not go back
 * with that, so that no version is given twice; only the heal of a clock lowers it, above all that anybody has seen.
 * Sequence numbers of a lost commit are given again, for no reader has seen its rows.
 */
@NullMarked
package dev.meridian.node.lmdb;

import org.jspecify.annotations.NullMarked;
