package dev.meridian.streams;

import dev.meridian.model.Life;

/** How a lane writes a change as a record. Pure. */
interface RecordFormat {
    /**
     * @param life of the store that publishes it
     * @param after the record before it
     */
    BusRecord format(Change change, ChangePartition partition, TopicPartition to, Life life, RecordLink after);
}
