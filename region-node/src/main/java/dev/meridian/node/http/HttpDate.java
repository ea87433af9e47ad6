package dev.meridian.node.http;

import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The Date header: formatted once a second. */
final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final InstantSource clock;
    private volatile Formatted last = new Formatted(Long.MIN_VALUE, "");

    private record Formatted(long second, String text) {}

    HttpDate(InstantSource clock) {
        this.clock = clock;
    }

    String now() {
        long second = Math.floorDiv(clock.millis(), 1000L);
        Formatted known = last;
        if (known.second != second) {
            known = new Formatted(second, FORMAT.format(java.time.Instant.ofEpochSecond(second)));
            last = known;
        }
        return known.text;
    }
}
