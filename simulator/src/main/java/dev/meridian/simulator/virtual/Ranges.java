package dev.meridian.simulator.virtual;

import java.util.ArrayList;
import java.util.List;

/** Some whole numbers from 0 on, as {@code 3,7..9} says: for people to read and to write. */
public record Ranges(List<Range> ranges) {
    /** All numbers. */
    public static final Ranges ALL = new Ranges(List.of(new Range(0, Integer.MAX_VALUE)));

    /** Both ends are included. */
    public record Range(int from, int to) {
        int size() {
            return to - from + 1;
        }

        @Override
        public String toString() {
            return from == to ? Integer.toString(from) : from + ".." + to;
        }
    }

    public Ranges {
        ranges = List.copyOf(ranges);
    }

    /** @throws IllegalArgumentException if it is of another form */
    public static Ranges parse(String text) {
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(",")) {
            String[] ends = part.strip().split("\\.\\.", -1);
            if (ends.length > 2 || !ends[0].matches("\\d{1,9}") || !ends[ends.length - 1].matches("\\d{1,9}")) {
                throw new IllegalArgumentException("'" + part + "' is no number or range such as 7..9");
            }
            Range range = new Range(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
            if (range.from > range.to) {
                throw new IllegalArgumentException("'" + part + "' ends before it begins");
            }
            ranges.add(range);
        }
        return new Ranges(ranges);
    }

    public boolean contains(int number) {
        return ranges.stream().anyMatch(range -> range.from <= number && number <= range.to);
    }

    public boolean isAll() {
        return equals(ALL);
    }

    @Override
    public String toString() {
        return String.join(",", ranges.stream().map(Range::toString).toList());
    }
}
