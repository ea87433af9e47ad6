package dev.meridian.simulator.virtual;

import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.simulator.world.ForwardingWriter;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.memory.MemoryBus;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A region's own Kafka, as one process of the region knows it: appends take their time, and end with the process. */
final class LocalBus extends ForwardingBus {
    private final EventQueue queue;
    private final Costs costs;
    private boolean ended;

    LocalBus(MemoryBus kafka, EventQueue queue, Costs costs) {
        super(kafka);
        this.queue = queue;
        this.costs = costs;
    }

    /** The process is killed: what has not reached Kafka never does. */
    void end() {
        ended = true;
    }

    @Override
    public BusWriter writer(String name, Fencing fencing) {
        return new Writer(bus.writer(name, fencing));
    }

    private final class Writer extends ForwardingWriter {
        private long lastMicros;

        Writer(BusWriter kafka) {
            super(kafka);
        }

        @Override
        public CompletionStage<List<Long>> append(List<BusRecord> records) {
            CompletableFuture<List<Long>> stage = new CompletableFuture<>();
            lastMicros = Math.max(lastMicros, queue.nowMicros() + costs.produce());
            queue.at(lastMicros, () -> {
                if (!ended) {
                    writer.append(records).whenComplete((offsets, failure) -> {
                        if (failure == null) {
                            stage.complete(offsets);
                        } else {
                            stage.completeExceptionally(failure);
                        }
                    });
                }
            });
            return stage;
        }
    }
}
