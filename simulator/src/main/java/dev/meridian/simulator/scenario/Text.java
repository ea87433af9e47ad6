package dev.meridian.simulator.scenario;

import java.time.Duration;
import java.util.Locale;

/** How durations and shares are written, in scenarios and for people. */
public final class Text {
    private Text() {}

    /** In the largest unit that needs no fraction: {@code 1500ms}, {@code 2m}. */
    public static String of(Duration duration) {
        long nanos = duration.toNanos();
        String[] units = {"h", "m", "s", "ms", "us"};
        long[] sizes = {3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L};
        for (int i = 0; i < units.length; i++) {
            if (nanos != 0 && nanos % sizes[i] == 0) {
                return nanos / sizes[i] + units[i];
            }
        }
        return nanos == 0 ? "0s" : nanos + "ns";
    }

    public static String percent(double share) {
        double percent = share * 100;
        return percent == Math.rint(percent) && Math.abs(percent) < 1e9
                ? (long) percent + "%"
                : String.format(Locale.ROOT, "%.3g%%", percent);
    }
}
