package dev.meridian.model;

import java.nio.ByteBuffer;

/** When and where a write was made. Totally ordered: by clock, then by region name. No two writes share one. */
public record Version(HybridTimestamp time, RegionId region) implements Comparable<Version> {
    @Override
    public int compareTo(Version other) {
        int byTime = time.compareTo(other.time);
        return byTime != 0 ? byTime : region.compareTo(other.region);
    }

    public void encode(ByteSink out) {
        out.putLong(time.bits()).putText(region.value());
    }

    static void skip(ByteBuffer in) {
        in.getLong();
        ByteSink.skipSized(in);
    }

    public static Version decode(ByteBuffer in) {
        return new Version(new HybridTimestamp(in.getLong()), new RegionId(ByteSink.getText(in)));
    }

    @Override
    public String toString() {
        return time + "@" + region;
    }
}
