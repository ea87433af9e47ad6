package dev.meridian.model;

import java.nio.ByteBuffer;

/**
 * The version of an item or tombstone with its causal context: for regions other than the version's own, the highest
 * version of theirs that this write's history includes. A region's own earlier writes of the item are included by order
 * alone.
 */
public record Stamp(Version version, VersionVector context) {
    public Stamp {
        context = context.without(version.region());
    }

    /** Whether the history of this write includes {@code other}, a version of the same item. */
    public boolean includes(Version other) {
        return other.region().equals(version.region())
                ? version.time().compareTo(other.time()) >= 0
                : context.includes(other);
    }

    /** The stamp of a new local write, {@code version}, that replaces what carries this stamp. */
    public Stamp overwrittenBy(Version version) {
        // The usual case, without three vectors in between: StoreBenchmark.commitBatch.
        boolean own = this.version.region().equals(version.region());
        return new Stamp(version, own ? context : context.with(this.version));
    }

    public void encode(ByteSink out) {
        version.encode(out);
        context.encode(out);
    }

    /** Moves behind what {@link #decode} would read. */
    public static void skip(ByteBuffer in) {
        Version.skip(in);
        VersionVector.skip(in);
    }

    public static Stamp decode(ByteBuffer in) {
        Version version = Version.decode(in);
        return new Stamp(version, VersionVector.decode(in));
    }
}
