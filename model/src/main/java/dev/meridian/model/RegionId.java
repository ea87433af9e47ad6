package dev.meridian.model;

import java.util.regex.Pattern;

/** The name of a region, as clients send it in the credential scope: {@code eu-west-1}. */
public record RegionId(String value) implements Comparable<RegionId> {
    /** Also the part of Kafka topic names: no dot, so that a topic name can be taken apart. */
    private static final Pattern LEGAL = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?");

    public RegionId {
        if (!LEGAL.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "'" + value
                            + "' is not a region name: 1 to 32 lower-case letters, digits and hyphens, no hyphen at either end");
        }
    }

    @Override
    public int compareTo(RegionId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
