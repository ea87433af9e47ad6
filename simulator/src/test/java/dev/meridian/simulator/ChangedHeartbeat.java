package dev.meridian.simulator;

import dev.meridian.model.Bytes;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.RecordKind;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A heartbeat that says something else than its region has said, and is believed. */
public final class ChangedHeartbeat {
    private ChangedHeartbeat() {}

    public static BusRecord of(BusRecord record, UnaryOperator<Heartbeat> change) {
        Heartbeat said = Heartbeat.decode(Objects.requireNonNull(record.value()));
        Bytes value = change.apply(said).encode();
        TreeMap<String, String> headers = new TreeMap<>(record.headers());
        Recognition.mark(RecordKind.HEARTBEAT, record.key(), value, headers);
        return new BusRecord(record.at(), record.offset(), record.timestampMillis(), record.key(), value, headers);
    }
}
