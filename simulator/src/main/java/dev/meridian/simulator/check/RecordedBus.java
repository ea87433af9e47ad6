package dev.meridian.simulator.check;

import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.simulator.world.ForwardingWriter;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A region's own bus that tells what is handed to it, and where it has come to lie, before its writer hears of that. */
public final class RecordedBus extends ForwardingBus {
    private final Function<List<BusRecord>, Appended> listener;

    /** Told of the offsets of records. */
    @FunctionalInterface
    public interface Appended {
        void at(List<Long> offsets);
    }

    /** @param listener told of records that are to be appended */
    public RecordedBus(OrderedBus bus, Function<List<BusRecord>, Appended> listener) {
        super(bus);
        this.listener = listener;
    }

    @Override
    public BusWriter writer(String name, Fencing fencing) {
        return new Writer(bus.writer(name, fencing));
    }

    private final class Writer extends ForwardingWriter {
        Writer(BusWriter writer) {
            super(writer);
        }

        @Override
        public CompletionStage<List<Long>> append(List<BusRecord> records) {
            Appended appended = listener.apply(records);
            return super.append(records).whenComplete((offsets, failure) -> {
                if (failure == null) {
                    appended.at(offsets);
                }
            });
        }
    }
}
