package dev.meridian.simulator.virtual;

import java.util.PriorityQueue;

/** Virtual time, in microseconds, and what happens in it; of two things at one time, the first that was asked for. */
final class EventQueue {
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowMicros;
    private long asked;
    private long done;

    private record Event(long atMicros, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atMicros, other.atMicros);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    long nowMicros() {
        return nowMicros;
    }

    /** How many events have happened. */
    long done() {
        return done;
    }

    /** @param micros since the beginning; the past is now */
    void at(long micros, Runnable action) {
        events.add(new Event(Math.max(nowMicros, micros), asked++, action));
    }

    void after(long micros, Runnable action) {
        at(nowMicros + micros, action);
    }

    /** Lets the next thing happen. @return false if it lies behind {@code untilMicros}: then that time has come */
    boolean next(long untilMicros) {
        Event event = events.peek();
        if (event == null || event.atMicros > untilMicros) {
            nowMicros = Math.max(nowMicros, untilMicros);
            return false;
        }
        events.remove();
        nowMicros = event.atMicros;
        done++;
        event.action.run();
        return true;
    }
}
