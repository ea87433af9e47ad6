package dev.meridian.simulator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.RegionId;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.StoreIdentity;
import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.simulator.world.ForwardingReader;
import dev.meridian.simulator.world.ForwardingView;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Headers;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Mistakes that a product might make whose regions lose their Kafka or are put back. Each must be found. */
enum PlantedRestoreBug {
    /** Offsets are followed whichever topic they are of, records whatever they follow, heartbeats whoever sends them. */
    IDENTITY_NOT_COMPARED {
        @Override
        Ports ports() {
            return peers(reader -> new Credulous(reader));
        }
    },

    /** A region that rejoins goes on from the clock that its store has. */
    CLOCK_NOT_RAISED_ON_REJOIN {
        @Override
        Ports ports() {
            return new Ports() {
                @Override
                public Store store(RegionId region, Store store) {
                    return new ForwardingStore(store) {
                        @Override
                        public <T> CompletionStage<T> write(Function<WriteView, T> work) {
                            return super.write(view -> work.apply(new ForwardingView(view) {
                                @Override
                                public void rejoin(Incarnation next, HybridTimestamp above, SequenceNumber behind) {
                                    super.rejoin(next, HybridTimestamp.ZERO, behind);
                                }
                            }));
                        }
                    };
                }
            };
        }
    },

    /** A region that does not know yet what it misses says all the same that it has published everything. */
    MARK_SENT_TOO_EARLY {
        @Override
        Ports ports() {
            return peers(reader -> new ForwardingReader(reader) {
                @Override
                public List<BusRecord> poll(int maxRecords) {
                    return heartbeats(super.poll(maxRecords), said -> {
                        StoreIdentity store = said.store();
                        return store == null || !said.mark().equals(HybridTimestamp.ZERO)
                                ? said
                                : new Heartbeat(
                                        store.clock(),
                                        said.ends(),
                                        said.controlEnd(),
                                        said.applied(),
                                        said.aheadMillis(),
                                        said.aheadLives(),
                                        store,
                                        said.http());
                    });
                }
            });
        }
    };

    abstract Ports ports();

    private static Ports peers(UnaryOperator<BusReader> readers) {
        return new Ports() {
            @Override
            public OrderedBus peer(RegionId region, RegionId of, OrderedBus bus) {
                return new ForwardingBus(bus) {
                    @Override
                    public BusReader reader(Isolation isolation) {
                        return readers.apply(super.reader(isolation));
                    }
                };
            }
        };
    }

    private static List<BusRecord> heartbeats(List<BusRecord> records, UnaryOperator<Heartbeat> changed) {
        return records.stream()
                .map(record ->
                        !record.at().topic().endsWith(".heartbeat") ? record : ChangedHeartbeat.of(record, changed))
                .toList();
    }

    private static final class Credulous extends ForwardingReader {
        private final Map<TopicPartition, Long> places = new TreeMap<>();

        Credulous(BusReader reader) {
            super(reader);
        }

        @Override
        public void follow(TopicPartition at, long from, long reaches, @Nullable TopicId of) {
            places.put(at, from);
            super.follow(at, from, from, null);
        }

        @Override
        public @Nullable TopicId topicId(TopicPartition at) {
            return null;
        }

        @Override
        public Map<TopicPartition, Lost> lost() {
            Map<TopicPartition, Lost> lost = new TreeMap<>(super.lost());
            lost.forEach((at, why) -> {
                if (why.reason() != Reason.EXPIRED) {
                    // It goes on at the offset that it had come to.
                    super.follow(at, places.getOrDefault(at, 0L), null);
                }
            });
            lost.values().removeIf(why -> why.reason() != Reason.EXPIRED);
            return lost;
        }

        @Override
        public List<BusRecord> poll(int maxRecords) {
            List<BusRecord> records = super.poll(maxRecords).stream()
                    .map(record -> {
                        places.put(record.at(), record.offset() + 1);
                        SortedMap<String, String> headers = new TreeMap<>(record.headers());
                        headers.remove(Headers.LIFE);
                        headers.remove(Headers.AFTER);
                        return new BusRecord(
                                record.at(),
                                record.offset(),
                                record.timestampMillis(),
                                record.key(),
                                record.value(),
                                headers);
                    })
                    .toList();
            return heartbeats(
                    records,
                    said -> new Heartbeat(
                            said.mark(),
                            said.ends(),
                            said.controlEnd(),
                            said.applied(),
                            said.aheadMillis(),
                            said.aheadLives(),
                            null,
                            said.http()));
        }
    }
}
