package dev.meridian.streams.triggers;

import java.util.Map;

/**
 * What a trigger does and has done.
 *
 * @param behindMillis how long ago the oldest change was committed that was read and is not done; 0 if there is none
 * @param counts since it was started, by name
 */
public record TriggerStatus(String name, State state, int partitions, long behindMillis, Map<String, Long> counts) {
    /** The names on the wire. */
    public enum State {
        /** The table's topic is not there, or Kafka does not answer. */
        WAITING,
        DELIVERING,
        /** The function fails, or is not there. */
        RETRYING,
        /** A partition has a record that cannot be read, and stands still. */
        ALARM,
        STOPPED
    }
}
