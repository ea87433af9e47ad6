package dev.meridian.node.clock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** The process's monotonic clock, and Linux's {@code /proc/uptime}, which goes on while the machine sleeps. */
public final class SystemElapsedTime implements ElapsedTime {
    private static final Path UPTIME = Path.of("/proc/uptime");
    private static final double MILLIS_PER_SECOND = 1_000;

    @Override
    public long monotonicMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public OptionalLong uptimeMillis() {
        try {
            String seconds = Files.readString(UPTIME).split(" ", 2)[0];
            return OptionalLong.of((long) (Double.parseDouble(seconds) * MILLIS_PER_SECOND));
        } catch (IOException | NumberFormatException elsewhere) {
            return OptionalLong.empty();
        }
    }
}
