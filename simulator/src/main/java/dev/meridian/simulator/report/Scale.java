package dev.meridian.simulator.report;

import java.util.ArrayList;
import java.util.List;

/** From values to shares of an axis, with round ticks. */
record Scale(double least, double most, boolean logarithmic, List<Double> ticks) {
    private static final int TICKS = 4;
    private static final double TEN = 10;

    /** From zero; to one if there is nothing above zero. */
    static Scale linear(double most) {
        double step = nice((most > 0 ? most : 1) / TICKS);
        double top = Math.max(step, Math.ceil(most / step - 1e-9) * step);
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i * step <= top + step / 1e6; i++) {
            ticks.add(i * step);
        }
        return new Scale(0, top, false, ticks);
    }

    /** From zero to just this, with round ticks at about as many places. */
    static Scale upTo(double most, int places) {
        double step = nice(most / places);
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i * step <= most + step / 1e6; i++) {
            ticks.add(i * step);
        }
        return new Scale(0, most, false, ticks);
    }

    /** Whole decades, one at the least. */
    static Scale logarithmic(double least, double most) {
        double low = Math.floor(Math.log10(Math.max(1, least)) + 1e-9);
        double high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, most)) - 1e-9));
        List<Double> ticks = new ArrayList<>();
        for (double decade = low; decade <= high; decade++) {
            ticks.add(Math.pow(TEN, decade));
        }
        return new Scale(Math.pow(TEN, low), Math.pow(TEN, high), true, ticks);
    }

    /** 1, 2 or 5 times a power of ten, no less than asked. */
    static double nice(double step) {
        double power = Math.pow(TEN, Math.floor(Math.log10(step)));
        for (double round : new double[] {1, 2, 5}) {
            if (round * power >= step * (1 - 1e-9)) {
                return round * power;
            }
        }
        return TEN * power;
    }

    double share(double value) {
        if (!logarithmic) {
            return Math.min(1, Math.max(0, value / most));
        }
        double logarithm = Math.log10(Math.max(value, least) / least) / Math.log10(most / least);
        return Math.min(1, Math.max(0, logarithm));
    }
}
