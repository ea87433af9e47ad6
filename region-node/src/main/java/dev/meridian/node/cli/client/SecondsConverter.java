package dev.meridian.node.cli.client;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An option that is a number of seconds to wait: 0 is not at all. */
public final class SecondsConverter implements ITypeConverter<Duration> {
    /** A day. Who means longer asks again. */
    private static final int SECONDS_MAX = 86_400;

    @Override
    public Duration convert(String text) {
        if (text.matches("[0-9]{1,9}") && Integer.parseInt(text) <= SECONDS_MAX) {
            return Duration.ofSeconds(Integer.parseInt(text));
        }
        throw new TypeConversionException(
                "'" + text + "' is no number of seconds: a whole number from 0 to " + SECONDS_MAX);
    }
}
