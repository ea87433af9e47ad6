package dev.meridian.model;

/** The name of a region, as clients send it in the credential scope: {@code eu-west-1}. */
public record RegionId(String value) implements Comparable<RegionId> {
    /** Also the part of Kafka topic names: no dot, so that a topic name can be taken apart. */
    private static final int LENGTH_MAX = 32;

    public RegionId {
        if (!isLegal(value)) {
            throw new IllegalArgumentException(
                    "'" + value
                            + "' is not a region name: 1 to 32 lower-case letters, digits and hyphens, no hyphen at either end");
        }
    }

    /** Without a regular expression: each stamp that is read has one, or some: ItemCodecBenchmark.decodeStamp. */
    private static boolean isLegal(String value) {
        int length = value.length();
        if (length == 0 || length > LENGTH_MAX || value.charAt(0) == '-' || value.charAt(length - 1) == '-') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
                return false;
            }
        }
        return true;
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
