package dev.meridian.streams;

import com.fasterxml.jackson.databind.JsonNode;

/** The time in a stream record, in the precision that the record says. */
public final class CreationTime {
    private static final long MICROS_PER_MILLI = 1_000;

    private CreationTime() {}

    /** @param change the record's member {@code dynamodb} */
    public static long millis(JsonNode change) {
        long at = change.path("ApproximateCreationDateTime").asLong();
        boolean micros =
                change.path("ApproximateCreationDateTimePrecision").asText().equals("MICROSECOND");
        return micros ? at / MICROS_PER_MILLI : at;
    }
}
