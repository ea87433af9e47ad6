package dev.meridian.node.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Arrays;

/** The last quarter of an hour of one number, by the second. Thread-safe. */
final class Series {
    /** One a second. */
    static final int POINTS = 900;

    private final double[] values = new double[POINTS];
    private int count;

    Series() {
        Arrays.fill(values, Double.NaN);
    }

    /** @param value NaN if there is none */
    synchronized void add(double value) {
        values[count++ % POINTS] = value;
        if (count == 2 * POINTS) {
            count = POINTS;
        }
    }

    /** The oldest first; null where there is none. */
    synchronized void writeTo(ArrayNode json) {
        int first = count < POINTS ? 0 : count - POINTS;
        for (int i = first; i < count; i++) {
            double value = values[i % POINTS];
            if (Double.isNaN(value)) {
                json.addNull();
            } else if (value == Math.rint(value)) {
                json.add((long) value);
            } else {
                json.add(value);
            }
        }
    }
}
