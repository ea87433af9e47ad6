package dev.meridian.node.lmdb;

import dev.meridian.model.Bytes;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.DamagedValues.Kind;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

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

    private final CheckedValues values;
    private final Set<Dbi<ByteBuffer>> checked = Collections.newSetFromMap(new IdentityHashMap<>());

    /** @param values of the databases that have checksums: all but those of numbers */
    Databases(Env<ByteBuffer> env, CheckedValues values) {
        this.values = values;
        items = open(env, "items");
        tombstones = open(env, "tombstones");
        indexes = open(env, "indexes");
        backfills = open(env, "backfills");
        changes = open(env, "changes");
        tables = open(env, "tables");
        dropped = open(env, "dropped");
        cursors = open(env, "cursors");
        statistics = open(env, "statistics");
        positions = open(env, "positions");
        documents = open(env, "documents");
        conflicts = open(env, "conflicts");
        streams = open(env, "streams");
        meta = open(env, "meta");
        for (Kind kind : Kind.values()) {
            checked.add(of(kind));
        }
    }

    private static Dbi<ByteBuffer> open(Env<ByteBuffer> env, String name) {
        return env.isReadOnly() ? env.openDbi(name) : env.openDbi(name, DbiFlags.MDB_CREATE);
    }

    /** Whether the values of a database have checksums: whether there is a {@link Kind} for them. */
    boolean hasChecksums(Dbi<ByteBuffer> database) {
        return checked.contains(database);
    }

    /** The database whose values are of a kind. */
    Dbi<ByteBuffer> of(Kind kind) {
        return switch (kind) {
            case ITEM -> items;
            case TOMBSTONE -> tombstones;
            case INDEX_ENTRY -> indexes;
            case CHANGE_ROW -> changes;
            case CONFLICT -> conflicts;
            case DOCUMENT -> documents;
            case TABLE -> tables;
            case DROPPED_TABLE -> dropped;
            case STREAM -> streams;
        };
    }

    CheckedValues values() {
        return values;
    }

    /**
     * The body of a value of a database with checksums, as a view; null if there is none.
     *
     * @throws dev.meridian.node.store.DamagedValueException if its checksum does not match
     */
    @Nullable
    ByteBuffer get(Txn<ByteBuffer> txn, Kind kind, ByteBuffer lmdbKey) {
        ByteBuffer value = of(kind).get(txn, lmdbKey);
        return value == null ? null : values.body(kind, lmdbKey, value);
    }

    /** Of the value that a cursor is at. @throws dev.meridian.node.store.DamagedValueException as above */
    ByteBuffer body(Kind kind, Cursor<ByteBuffer> at) {
        return values.body(kind, at.key(), at.val());
    }

    /** One of the store's own numbers. @throws DamagedValueException if it is none */
    long number(Txn<ByteBuffer> txn, Meta of, long absent) {
        ByteBuffer key = Keys.text(of.storedName());
        ByteBuffer value = meta.get(txn, key);
        return value == null ? absent : Keys.number("store's own value", key, value);
    }

    /**
     * Notes that the key which a cursor is at is damaged.
     *
     * @param number of the table or index in whose range it was met; 0 if that is not known
     */
    DamagedValueException damagedKey(Txn<ByteBuffer> txn, Kind kind, int number, Cursor<ByteBuffer> at) {
        return values.damagedKey(kind, number, isFound(txn, kind, at.key()), at.key(), at.val());
    }

    /** Whether an entry is found by its key: if not, the key is not in its place. */
    boolean isFound(Txn<ByteBuffer> txn, Kind kind, ByteBuffer lmdbKey) {
        int bytes = lmdbKey.remaining();
        return bytes > 0
                && bytes <= ItemLayout.MAX_KEY_BYTES
                && of(kind).get(txn, Keys.direct(Bytes.copyOf(lmdbKey).toArray())) != null;
    }

    /**
     * Whether a cursor that walks over the entries under a prefix is at one of them.
     *
     * @throws DamagedValueException if a damaged key lies between them
     */
    boolean isUnder(Txn<ByteBuffer> txn, Kind kind, Cursor<ByteBuffer> at, ByteBuffer prefix, SeekOp next) {
        if (Keys.startsWith(at.key(), prefix)) {
            return true;
        }
        if (Keys.isEnd(at, prefix, next)) {
            return false;
        }
        throw damagedKey(txn, kind, 0, at);
    }

    /**
     * Moves a cursor to the first key from {@code from} on.
     *
     * @return whether there is one
     * @throws DamagedValueException if a damaged key may have misled the search
     */
    boolean seek(Txn<ByteBuffer> txn, Kind kind, Cursor<ByteBuffer> cursor, ByteBuffer from) {
        if (!Keys.isFoundInOrder(cursor, from)) {
            throw damagedKey(txn, kind, 0, cursor);
        }
        return cursor.get(from, GetOp.MDB_SET_RANGE);
    }
}
