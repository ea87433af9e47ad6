package dev.meridian.node.cli.streams;

import dev.meridian.model.AttributeValue;
import dev.meridian.streams.Cause;
import dev.meridian.streams.consumer.ChangeRecord;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A change as one line for a person. */
final class ChangeLine {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

    /** A longer value is cut: the line is to be read. */
    private static final int VALUE_CHARS_MAX = 60;

    private static final String RED = "31";
    private static final String GREEN = "32";
    private static final String YELLOW = "33";
    private static final String DIM = "2";

    private final boolean coloured;

    ChangeLine(boolean coloured) {
        this.coloured = coloured;
    }

    /** From the write, where it was made, to its commit in the region that is read. */
    static long lagMillis(ChangeRecord change) {
        return Math.max(0, change.committedMillis() - change.version().time().millis());
    }

    String of(ChangeRecord change) {
        String colour =
                switch (change.event()) {
                    case INSERT -> GREEN;
                    case MODIFY -> YELLOW;
                    case REMOVE -> RED;
                };
        return in(DIM, TIME.format(Instant.ofEpochMilli(change.committedMillis())))
                + "  " + in(colour, change.event().name())
                + "  " + whence(change)
                + "  " + key(change)
                + "  " + difference(change);
    }

    private static String whence(ChangeRecord change) {
        String origin = change.origin().value();
        String lag = change.cause() == Cause.REPLICATION ? " +" + lagMillis(change) + " ms" : "";
        String why = change.cause() == Cause.TTL ? " ttl" : "";
        return origin + lag + why + (change.transactionId() == null ? "" : " tx");
    }

    private static String key(ChangeRecord change) {
        return change.keys().attributes().entrySet().stream()
                .map(attribute -> attribute.getKey() + "=" + AttributeText.text(attribute.getValue()))
                .collect(Collectors.joining(" "));
    }

    private String difference(ChangeRecord change) {
        return AttributeText.changed(change).entrySet().stream()
                .map(each -> attribute(each.getKey(), each.getValue()))
                .collect(Collectors.joining(", "))
                .stripTrailing();
    }

    private String attribute(String name, AttributeText.Pair pair) {
        if (pair.before() == null) {
            return in(GREEN, "+" + name + ": " + cut(pair.after()));
        }
        return pair.after() == null
                ? in(RED, "-" + name + ": " + cut(pair.before()))
                : name + ": " + in(RED, cut(pair.before())) + " → " + in(GREEN, cut(pair.after()));
    }

    private static String cut(@Nullable AttributeValue value) {
        String text = value == null ? "" : AttributeText.text(value);
        return text.length() <= VALUE_CHARS_MAX ? text : text.substring(0, VALUE_CHARS_MAX) + "…";
    }

    private String in(String colour, String text) {
        return coloured ? "\u001b[" + colour + "m" + text + "\u001b[0m" : text;
    }
}
