package dev.meridian.simulator.comparison;

import java.util.Locale;

/** What is measured, each for some seconds a round. */
enum Measure {
    CEILING_GET("bare HTTP, answer of 1 KB"),
    CEILING_PUT("bare HTTP, request of 1 KB"),
    CEILING_QUERY("bare HTTP, answer of a Query"),
    GET("Meridian GetItem"),
    PUT("Meridian PutItem"),
    QUERY("Meridian Query"),
    TRANSACT("Meridian TransactWriteItems, items"),
    REPLICATED_PUT("Meridian PutItem, 3 regions, stream"),
    LOCAL_GET("DynamoDB Local GetItem"),
    LOCAL_PUT("DynamoDB Local PutItem"),
    LOCAL_QUERY("DynamoDB Local Query"),
    RAW_PUT("LMDB put, as many a commit");

    private final String label;

    Measure(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** As an option of the command line. */
    String option() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
