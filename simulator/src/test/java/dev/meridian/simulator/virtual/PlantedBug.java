package dev.meridian.simulator.virtual;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.Causality;
import dev.meridian.node.lmdb.StoredClock;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.simulator.ChangedHeartbeat;
import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.simulator.world.ForwardingChangeLog;
import dev.meridian.simulator.world.ForwardingReader;
import dev.meridian.simulator.world.ForwardingView;
import dev.meridian.simulator.world.ForwardingWriter;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Cause;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicPartition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Mistakes that the product might have, made where its parts meet. Each must be found. */
enum PlantedBug {
    /** After a restart the clock begins with the wall clock, whatever it had been before. */
    CLOCK_NOT_PERSISTED("versions grow") {
        @Override
        Ports ports() {
            return new Ports() {
                @Override
                public void beforeOpen(RegionId region, Path folder) throws IOException {
                    StoredClock.forget(folder);
                }
            };
        }
    },

    /** A deleted item leaves no trace as soon as the delete is committed. */
    TOMBSTONE_COLLECTED_TOO_EARLY("no resurrection", "regions converge", "acknowledged", "conflicts", "versions") {
        @Override
        Ports ports() {
            return view(region -> view -> new ForwardingView(view) {
                @Override
                public @Nullable Version delete(TableDescriptor table, ItemKey key, Cause cause) {
                    Version version = super.delete(table, key, cause);
                    if (version != null && table.replicated()) {
                        super.collect(table, key);
                    }
                    return version;
                }
            });
        }
    },

    /** The publisher begins with the first row that the log has, not behind the last that is in the topic. */
    PUBLISHER_SKIPS_ITS_TAIL_CHECK("streams") {
        @Override
        Ports ports() {
            return new Ports() {
                @Override
                public OrderedBus bus(RegionId region, OrderedBus bus) {
                    return new ForwardingBus(bus) {
                        @Override
                        public CompletionStage<Tail> tail(
                                TopicPartition partition, java.util.function.Predicate<BusRecord> counts) {
                            return super.tail(partition, counts)
                                    .thenApply(tail -> new Tail(tail.topic(), 0, tail.end(), Optional.empty()));
                        }
                    };
                }
            };
        }
    },

    /** How far a region has read is committed before what it has read. */
    POSITION_OUTSIDE_THE_TRANSACTION("regions converge", "drain", "acknowledged", "conflicts", "causal") {
        @Override
        Ports ports() {
            return new Ports() {
                @Override
                public Store store(RegionId region, Store store) {
                    return new PositionsFirst(store);
                }
            };
        }
    },

    /** Whatever arrives last is kept. */
    LAST_ARRIVAL_WINS("versions grow", "regions converge", "conflicts", "drain", "causal") {
        @Override
        Ports ports() {
            return view(region -> view -> new ForwardingView(view) {
                @Override
                public @Nullable Stamp stamp(TableDescriptor table, ItemKey key) {
                    return null;
                }
            });
        }
    },

    /** A conflict is resolved, and nobody hears of it. */
    CONFLICT_NOT_RECORDED("conflicts") {
        @Override
        Ports ports() {
            return view(region -> view -> new ForwardingView(view) {
                @Override
                public void conflict(TableDescriptor table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {
                    // Kept to itself.
                }
            });
        }
    },

    /** A batch from another region loses a record now and then. */
    RECORD_SKIPPED("regions converge", "drain", "acknowledged", "conflicts", "causal", "versions") {
        @Override
        Ports ports() {
            return new Ports() {
                @Override
                public OrderedBus peer(RegionId region, RegionId of, OrderedBus bus) {
                    return new ForwardingBus(bus) {
                        @Override
                        public BusReader reader(Isolation isolation) {
                            return new Skipping(super.reader(isolation));
                        }
                    };
                }
            };
        }
    },

    /** A region says that it has published more than it has. */
    HEARTBEAT_AHEAD_OF_ITSELF("drain", "causal") {
        @Override
        Ports ports() {
            return new Ports() {
                @Override
                public OrderedBus bus(RegionId region, OrderedBus bus) {
                    return new ForwardingBus(bus) {
                        @Override
                        public BusWriter writer(String name, Fencing fencing) {
                            BusWriter writer = super.writer(name, fencing);
                            return name.endsWith(".heartbeat") ? new Boasting(writer) : writer;
                        }
                    };
                }
            };
        }
    },

    /** A read behind a position does not wait for it. */
    TOKEN_IGNORED("causal") {
        @Override
        Ports ports() {
            return new Ports() {
                @Override
                public Causality causality(RegionId region, Causality causality) {
                    return new Causality() {
                        @Override
                        public VersionVector position() {
                            return causality.position();
                        }

                        @Override
                        public CompletionStage<Void> reached(
                                VersionVector asked, java.util.Set<String> tables, long waitMillis) {
                            return CompletableFuture.allOf();
                        }
                    };
                }
            };
        }
    },

    /** A row is published, and then the one before it. */
    STREAM_OUT_OF_ORDER("streams") {
        @Override
        Ports ports() {
            return changes(rows -> {
                for (int i = 0; i + 1 < rows.size(); i += 2) {
                    Collections.swap(rows, i, i + 1);
                }
            });
        }
    },

    /** Of several rows that are published at once, the first is left out. */
    STREAM_WITH_GAPS("streams") {
        @Override
        Ports ports() {
            return changes(rows -> {
                if (rows.size() > 1) {
                    rows.remove(0);
                }
            });
        }
    },

    /** A client hears that its write is done before it is durable. */
    ACKNOWLEDGED_BEFORE_DURABLE("acknowledged", "versions grow", "regions converge", "streams", "drain", "conflicts") {
        @Override
        Ports ports() {
            return new LyingDisk();
        }
    };

    private final List<String> laws;

    /** @param laws any of which may object first, by the beginnings of their names */
    PlantedBug(String... laws) {
        this.laws = List.of(laws);
    }

    abstract Ports ports();

    boolean isBlamed(String law) {
        return laws.stream().anyMatch(law::startsWith);
    }

    private static Ports view(Function<RegionId, Function<WriteView, WriteView>> standIn) {
        return new Ports() {
            @Override
            public Store store(RegionId region, Store store) {
                return new ForwardingStore(store) {
                    @Override
                    public <T> CompletionStage<T> write(Function<WriteView, T> work) {
                        return super.write(
                                view -> work.apply(standIn.apply(region).apply(view)));
                    }
                };
            }
        };
    }

    private interface Spoiler {
        void spoil(List<Change> rows);
    }

    private static Ports changes(Spoiler spoiler) {
        return new Ports() {
            @Override
            public ChangeLog changes(RegionId region, ChangeLog changes) {
                return new Spoilt(changes, spoiler);
            }
        };
    }

    /** Commits positions by themselves, and what they stand for in a transaction of its own. */
    private static final class PositionsFirst extends ForwardingStore {
        PositionsFirst(Store store) {
            super(store);
        }

        @Override
        public <T> CompletionStage<T> write(Function<WriteView, T> work) {
            List<Consumer<WriteView>> deferred = new ArrayList<>();
            return super.write(view -> {
                        deferred.clear();
                        return work.apply(new Deferring(view, deferred));
                    })
                    .thenCompose(result -> deferred.isEmpty()
                            ? CompletableFuture.completedFuture(result)
                            : super.write(view -> {
                                deferred.forEach(edit -> edit.accept(view));
                                return result;
                            }));
        }
    }

    /** Puts off what comes from other regions. */
    private static final class Deferring extends ForwardingView {
        private final List<Consumer<WriteView>> deferred;

        Deferring(WriteView view, List<Consumer<WriteView>> deferred) {
            super(view);
            this.deferred = deferred;
        }

        @Override
        public void apply(TableDescriptor table, ItemKey key, @Nullable Bytes image, Stamp stamp) {
            deferred.add(later -> later.apply(table, key, image, stamp));
        }

        @Override
        public void restamp(TableDescriptor table, ItemKey key, Stamp stamp) {
            deferred.add(later -> later.restamp(table, key, stamp));
        }

        @Override
        public void conflict(TableDescriptor table, ItemKey key, Conflict.Write winner, Conflict.Write loser) {
            deferred.add(later -> later.conflict(table, key, winner, loser));
        }
    }

    private static final class Spoilt extends ForwardingChangeLog {
        private final Spoiler spoiler;

        Spoilt(ChangeLog log, Spoiler spoiler) {
            super(log);
            this.spoiler = spoiler;
        }

        @Override
        public List<Change> read(
                Lane lane, ChangePartition partition, SequenceNumber after, int maxRows, int maxBytes) {
            List<Change> rows = new ArrayList<>(super.read(lane, partition, after, maxRows, maxBytes));
            if (lane == Lane.STREAM) {
                spoiler.spoil(rows);
            }
            return rows;
        }
    }

    private static final class Skipping extends ForwardingReader {
        private static final int ONE_IN = 20;

        private int seen;

        Skipping(BusReader reader) {
            super(reader);
        }

        @Override
        public List<BusRecord> poll(int maxRecords) {
            List<BusRecord> records = new ArrayList<>(super.poll(maxRecords));
            records.removeIf(record -> record.at().topic().endsWith(".replication") && ++seen % ONE_IN == 0);
            return records;
        }
    }

    private static final class Boasting extends ForwardingWriter {
        private static final long AHEAD_MILLIS = 300;

        Boasting(BusWriter writer) {
            super(writer);
        }

        @Override
        public CompletionStage<List<Long>> append(List<BusRecord> records) {
            return writer.append(records.stream().map(Boasting::boast).toList());
        }

        private static BusRecord boast(BusRecord record) {
            return ChangedHeartbeat.of(
                    record,
                    honest -> new Heartbeat(
                            HybridTimestamp.ofMillis(honest.mark().millis() + AHEAD_MILLIS),
                            honest.ends(),
                            honest.controlEnd(),
                            honest.applied(),
                            honest.aheadMillis(),
                            honest.aheadLives(),
                            honest.store(),
                            honest.http()));
        }
    }

    /** The disk tells that a commit is there when the one before it is. */
    private static final class LyingDisk implements Ports {
        private final Map<RegionId, Path> folders = new HashMap<>();

        @Override
        public void beforeOpen(RegionId region, Path folder) throws IOException {
            Path before = folders.put(region, folder);
            Path kept = before == null ? null : kept(before, "last but one");
            if (kept != null && Files.exists(kept)) {
                Files.copy(kept, folder.resolve("data.mdb"), StandardCopyOption.REPLACE_EXISTING);
            }
        }

        private static Path kept(Path folder, String which) {
            return folder.resolveSibling(folder.getFileName() + " " + which);
        }

        @Override
        public Store store(RegionId region, Store store) {
            Path folder = folders.get(region);
            return new ForwardingStore(store) {
                @Override
                public <T> CompletionStage<T> write(Function<WriteView, T> work) {
                    return super.write(work).whenComplete((result, failure) -> keep());
                }

                private void keep() {
                    try {
                        Path last = kept(folder, "last");
                        if (Files.exists(last)) {
                            Files.move(last, kept(folder, "last but one"), StandardCopyOption.REPLACE_EXISTING);
                        }
                        if (Files.exists(folder.resolve("data.mdb"))) {
                            Files.copy(folder.resolve("data.mdb"), last);
                        }
                    } catch (IOException broken) {
                        throw new UncheckedIOException(broken);
                    }
                }
            };
        }
    }
}
