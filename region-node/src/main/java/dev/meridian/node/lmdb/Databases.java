package dev.meridian.node.lmdb;

import java.nio.ByteBuffer;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;

/** The named databases of an environment. Keys begin with a table number wherever they belong to a table. */
final class Databases {
    static final int COUNT = 14;

    /** {@link ItemLayout} key to {@link Bucket}. */
    final Dbi<ByteBuffer> items;
    /** As items, without images. */
    final Dbi<ByteBuffer> tombstones;
    /** {@link ItemLayout} key, with an index number, to {@link Bucket} of pointers: {@link IndexEdits}. */
    final Dbi<ByteBuffer> indexes;
    /** Index number to the key of the last item that its backfill has looked at. */
    final Dbi<ByteBuffer> backfills;
    /** Table number, partition (2 bytes), sequence number to an encoded change. */
    final Dbi<ByteBuffer> changes;
    /** Table name to descriptor. */
    final Dbi<ByteBuffer> tables;
    /** Number to descriptor of a table that was dropped and is not yet swept. */
    final Dbi<ByteBuffer> dropped;
    /**
     * Table number, partition, lane to the sequence number up to which all is published; with 0 for a lane, to the one up
     * to which all is too old for streams.
     */
    final Dbi<ByteBuffer> cursors;
    /** Table or index number to counts. */
    final Dbi<ByteBuffer> statistics;
    /** Origin, topic, partition to the next offset. */
    final Dbi<ByteBuffer> positions;
    /** Space and key to a document. */
    final Dbi<ByteBuffer> documents;
    /** Id to an encoded conflict. */
    final Dbi<ByteBuffer> conflicts;
    /** Table name and label to the descriptor of a stream of the DynamoDB Streams API. */
    final Dbi<ByteBuffer> streams;
    /** A few values of the store itself: {@link Meta}. */
    final Dbi<ByteBuffer> meta;

    Databases(Env<ByteBuffer> env) {
        items = env.openDbi("items", DbiFlags.MDB_CREATE);
        tombstones = env.openDbi("tombstones", DbiFlags.MDB_CREATE);
        indexes = env.openDbi("indexes", DbiFlags.MDB_CREATE);
        backfills = env.openDbi("backfills", DbiFlags.MDB_CREATE);
        changes = env.openDbi("changes", DbiFlags.MDB_CREATE);
        tables = env.openDbi("tables", DbiFlags.MDB_CREATE);
        dropped = env.openDbi("dropped", DbiFlags.MDB_CREATE);
        cursors = env.openDbi("cursors", DbiFlags.MDB_CREATE);
        statistics = env.openDbi("statistics", DbiFlags.MDB_CREATE);
        positions = env.openDbi("positions", DbiFlags.MDB_CREATE);
        documents = env.openDbi("documents", DbiFlags.MDB_CREATE);
        conflicts = env.openDbi("conflicts", DbiFlags.MDB_CREATE);
        streams = env.openDbi("streams", DbiFlags.MDB_CREATE);
        meta = env.openDbi("meta", DbiFlags.MDB_CREATE);
    }
}
