package dev.meridian.node.control;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What is left of a rejoin, for one table.
 *
 * @param common what this region wrote up to this clock is in the store
 * @param from the members that a copy is still to be loaded from
 */
record Rejoining(HybridTimestamp common, SortedSet<RegionId> from) {
    /** Documents by table id. */
    static final String SPACE = "rejoining";

    private static final byte FORMAT = 1;

    Rejoining {
        from = Collections.unmodifiableSortedSet(new TreeSet<>(from));
    }

    Rejoining without(RegionId loaded) {
        TreeSet<RegionId> rest = new TreeSet<>(from);
        rest.remove(loaded);
        return new Rejoining(common, rest);
    }

    Bytes encode() {
        ByteSink out = new ByteSink(64);
        out.put(FORMAT).putLong(common.bits()).putVarint(from.size());
        from.forEach(region -> out.putText(region.value()));
        return out.toBytes();
    }

    static Rejoining decode(Bytes bytes) {
        ByteBuffer in = bytes.asBuffer();
        byte format = in.get();
        if (format != FORMAT) {
            throw new IllegalArgumentException("a rejoin of format " + format);
        }
        HybridTimestamp common = new HybridTimestamp(in.getLong());
        TreeSet<RegionId> from = new TreeSet<>();
        for (long rest = ByteSink.getVarint(in); rest > 0; rest--) {
            from.add(new RegionId(ByteSink.getText(in)));
        }
        return new Rejoining(common, from);
    }
}
