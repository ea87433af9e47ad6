package dev.meridian.streams;

/** How a lane writes a change as a record. Pure. */
interface RecordFormat {
    BusRecord format(Change change, ChangePartition partition, TopicPartition to);
}
