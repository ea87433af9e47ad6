package dev.meridian.streams;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import java.nio.ByteBuffer;

/** A conflict as bytes, in the store: the format number, then the fields in the order of {@link Conflict}. */
public final class ConflictCodec {
    private static final byte FORMAT = 1;

    private ConflictCodec() {}

    public static byte[] encode(Conflict conflict) {
        ByteSink out = new ByteSink(256);
        out.put(FORMAT).putLong(conflict.id()).putLong(conflict.detectedMillis());
        out.putText(conflict.region().value());
        conflict.tableId().encode(out);
        out.putText(conflict.table());
        put(conflict.schema().partition(), out);
        KeyAttribute sort = conflict.schema().sort();
        out.put((byte) (sort == null ? 0 : 1));
        if (sort != null) {
            put(sort, out);
        }
        conflict.key().encode(out);
        put(conflict.winner(), out);
        put(conflict.loser(), out);
        return out.toArray();
    }

    private static void put(KeyAttribute attribute, ByteSink out) {
        out.putText(attribute.name()).putText(attribute.type().name());
    }

    private static void put(Conflict.Write write, ByteSink out) {
        write.version().encode(out);
        Bytes image = write.image();
        out.put((byte) (image == null ? 0 : 1));
        if (image != null) {
            out.putSized(image);
        }
    }

    /** Of an encoded conflict, without the rest. */
    public static long detectedMillis(ByteBuffer bytes) {
        return bytes.getLong(bytes.position() + 1 + Long.BYTES);
    }

    /** @throws IllegalArgumentException if the bytes are no conflict of a format this release knows */
    public static Conflict decode(ByteBuffer bytes) {
        return ByteSink.whole("conflict", bytes.duplicate(), ConflictCodec::decodeFields);
    }

    private static Conflict decodeFields(ByteBuffer in) {
        byte format = in.get();
        if (format != FORMAT) {
            throw new IllegalArgumentException("conflict of format " + format + "; this release reads " + FORMAT);
        }
        long id = in.getLong();
        long detectedMillis = in.getLong();
        RegionId region = new RegionId(ByteSink.getText(in));
        TableId tableId = TableId.decode(in);
        String table = ByteSink.getText(in);
        KeyAttribute partition = attribute(in);
        KeyAttribute sort = in.get() == 0 ? null : attribute(in);
        ItemKey key = ItemKey.decode(in);
        Conflict.Write winner = write(in);
        return new Conflict(
                id, region, detectedMillis, tableId, table, new KeySchema(partition, sort), key, winner, write(in));
    }

    private static KeyAttribute attribute(ByteBuffer in) {
        String name = ByteSink.getText(in);
        return new KeyAttribute(name, ScalarType.valueOf(ByteSink.getText(in)));
    }

    private static Conflict.Write write(ByteBuffer in) {
        Version version = Version.decode(in);
        return new Conflict.Write(version, in.get() == 0 ? null : Bytes.wrap(ByteSink.getSizedArray(in)));
    }
}
