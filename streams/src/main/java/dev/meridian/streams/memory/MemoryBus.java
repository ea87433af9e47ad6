package dev.meridian.streams.memory;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicRefusedException;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.WriterFencedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One region's bus in memory. Appends are durable at once; while the bus is {@link #down} they wait, as they do with
 * Kafka. What is appended is never half there, so that both isolations see the same.
 */
public final class MemoryBus implements OrderedBus {
    private final Map<TopicPartition, Log> logs = new TreeMap<>();
    private final Map<String, Integer> topics = new TreeMap<>();
    private final Map<String, Long> retentions = new TreeMap<>();
    private final Map<String, Map<TopicPartition, Long>> groups = new HashMap<>();
    private final Map<String, Writer> current = new HashMap<>();
    private final List<Writer> writers = new ArrayList<>();
    private final List<Runnable> doorbells = new CopyOnWriteArrayList<>();
    private boolean down;

    private static final class Log {
        long start;
        final List<BusRecord> records = new ArrayList<>();

        /** What lay before them, for checkers. */
        final List<BusRecord> expired = new ArrayList<>();

        long end() {
            return start + records.size();
        }
    }

    /** Nothing can be reached until {@link #up}. */
    public synchronized void down() {
        down = true;
    }

    public void up() {
        List<Runnable> finished = new ArrayList<>();
        synchronized (this) {
            down = false;
            writers.forEach(writer -> finished.addAll(writer.drain()));
        }
        finished.forEach(Runnable::run);
        doorbells.forEach(Runnable::run);
    }

    /** Forgets the records before {@code offset}, as retention does. */
    public synchronized void trim(TopicPartition partition, long offset) {
        Log log = logs.get(partition);
        while (log != null && log.start < offset && !log.records.isEmpty()) {
            log.expired.add(log.records.remove(0));
            log.start++;
        }
    }

    /** Everything a partition keeps, for checkers. */
    public synchronized List<BusRecord> records(TopicPartition partition) {
        Log log = logs.get(partition);
        return log == null ? List.of() : List.copyOf(log.records);
    }

    /** How long a topic is to keep its records, milliseconds; nothing here forgets any by itself. */
    public synchronized Optional<Long> retentionMillis(String topic) {
        return Optional.ofNullable(retentions.get(topic));
    }

    /** What a partition keeps, or has kept, from one offset on, up to another, for checkers. */
    public synchronized List<BusRecord> records(TopicPartition partition, long from, long to) {
        Log log = logs.get(partition);
        if (log == null) {
            return List.of();
        }
        List<BusRecord> found = new ArrayList<>(part(log.expired, from, to));
        found.addAll(part(log.records, from - log.start, to - log.start));
        return found;
    }

    private static List<BusRecord> part(List<BusRecord> records, long from, long to) {
        int begin = (int) Math.min(Math.max(0, from), records.size());
        int end = (int) Math.min(Math.max(begin, to), records.size());
        return records.subList(begin, end);
    }

    public synchronized Set<String> topics() {
        return new TreeSet<>(topics.keySet());
    }

    private <T> CompletionStage<T> ifUp(java.util.function.Supplier<T> action) {
        synchronized (this) {
            if (down) {
                return CompletableFuture.failedFuture(unavailable());
            }
            try {
                return CompletableFuture.completedFuture(action.get());
            } catch (TopicRefusedException refused) {
                return CompletableFuture.failedFuture(refused);
            }
        }
    }

    private static BusUnavailableException unavailable() {
        return new BusUnavailableException("the bus is down", new IllegalStateException("down"));
    }

    @Override
    @SuppressWarnings("NullAway") // a stage without a value
    public CompletionStage<Void> ensureTopic(TopicSpec topic) {
        return ifUp(() -> {
            if (topic.replicationFactor() > 1) {
                throw new TopicRefusedException(
                        "topic " + topic.name() + " is to be in " + topic.replicationFactor() + " places",
                        new IllegalArgumentException("there is one"));
            }
            if (topics.putIfAbsent(topic.name(), topic.partitions()) == null) {
                retentions.put(topic.name(), topic.retentionMillis());
                for (int partition = 0; partition < topic.partitions(); partition++) {
                    logs.put(new TopicPartition(topic.name(), partition), new Log());
                }
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Set<String>> retain(Map<String, Long> millis) {
        return ifUp(() -> {
            Set<String> there = new TreeSet<>();
            millis.forEach((topic, kept) -> {
                if (topics.containsKey(topic)) {
                    retentions.put(topic, kept);
                    there.add(topic);
                }
            });
            return there;
        });
    }

    @Override
    public CompletionStage<Integer> replicationFactorMost() {
        return ifUp(() -> 1);
    }

    @Override
    @SuppressWarnings("NullAway") // a stage without a value
    public CompletionStage<Void> deleteTopic(String topic) {
        return ifUp(() -> {
            topics.remove(topic);
            retentions.remove(topic);
            logs.keySet().removeIf(partition -> partition.topic().equals(topic));
            return null;
        });
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        return ifUp(() -> {
            Map<TopicPartition, Long> ends = new LinkedHashMap<>();
            for (TopicPartition partition : partitions) {
                Log log = logs.get(partition);
                if (log != null) {
                    ends.put(partition, log.end());
                }
            }
            return ends;
        });
    }

    @Override
    public CompletionStage<Integer> partitions(String topic) {
        return ifUp(() -> topics.getOrDefault(topic, 0));
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> since(Collection<TopicPartition> partitions, long fromMillis) {
        return ifUp(() -> {
            Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
            for (TopicPartition partition : partitions) {
                Log log = logs.get(partition);
                if (log != null) {
                    long earlier = log.records.stream()
                            .takeWhile(record -> record.timestampMillis() < fromMillis)
                            .count();
                    offsets.put(partition, log.start + earlier);
                }
            }
            return offsets;
        });
    }

    @Override
    public CompletionStage<Tail> tail(TopicPartition partition) {
        return ifUp(() -> {
            Log log = logs.getOrDefault(partition, new Log());
            Optional<BusRecord> last =
                    log.records.isEmpty() ? Optional.empty() : Optional.of(log.records.get(log.records.size() - 1));
            return new Tail(log.start, log.end(), last);
        });
    }

    @Override
    public CompletionStage<Map<TopicPartition, Long>> committed(String group, Collection<TopicPartition> partitions) {
        return ifUp(() -> {
            Map<TopicPartition, Long> committed = new TreeMap<>(groups.getOrDefault(group, Map.of()));
            committed.keySet().retainAll(partitions);
            return committed;
        });
    }

    @Override
    @SuppressWarnings("NullAway") // a stage without a value
    public CompletionStage<Void> commit(String group, Map<TopicPartition, Long> offsets) {
        return ifUp(() -> {
            groups.computeIfAbsent(group, unused -> new TreeMap<>()).putAll(offsets);
            return null;
        });
    }

    @Override
    public BusWriter writer(String name, Fencing fencing) {
        return new Writer(name, fencing);
    }

    @Override
    public BusReader reader(Isolation isolation) {
        return new Reader();
    }

    @Override
    public void close() {}

    private final class Writer implements BusWriter {
        private final String name;
        private final Fencing fencing;
        private final List<Pending> pending = new ArrayList<>();
        private boolean closed;

        private record Pending(List<BusRecord> records, CompletableFuture<List<Long>> stage) {}

        Writer(String name, Fencing fencing) {
            this.name = name;
            this.fencing = fencing;
        }

        @Override
        @SuppressWarnings("NullAway") // a stage without a value
        public CompletionStage<Void> open() {
            return ifUp(() -> {
                current.put(name, this);
                writers.add(this);
                return null;
            });
        }

        @Override
        public int maxInFlight() {
            return fencing == Fencing.FENCED ? 1 : 4;
        }

        /** Appends are whole or not there: nothing can be left unfinished. */
        @Override
        @SuppressWarnings("NullAway") // a stage without a value
        public CompletionStage<Void> settle(TopicPartition partition) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<List<Long>> append(List<BusRecord> records) {
            CompletableFuture<List<Long>> stage = new CompletableFuture<>();
            List<Runnable> finished;
            synchronized (MemoryBus.this) {
                pending.add(new Pending(List.copyOf(records), stage));
                finished = down ? List.of() : drain();
            }
            finished.forEach(Runnable::run);
            doorbells.forEach(Runnable::run);
            return stage;
        }

        List<Runnable> drain() {
            List<Runnable> finished = new ArrayList<>();
            for (Pending next : pending) {
                if (closed) {
                    finished.add(() -> next.stage.completeExceptionally(unavailable()));
                } else if (fencing == Fencing.FENCED && current.get(name) != this) {
                    WriterFencedException fenced =
                            new WriterFencedException(name + " has a successor", new IllegalStateException(name));
                    finished.add(() -> next.stage.completeExceptionally(fenced));
                } else {
                    List<Long> offsets = next.records.stream().map(this::put).toList();
                    finished.add(() -> next.stage.complete(offsets));
                }
            }
            pending.clear();
            return finished;
        }

        private long put(BusRecord record) {
            Log log = logs.get(record.at());
            if (log == null) {
                throw new IllegalArgumentException("no topic for " + record.at());
            }
            long offset = log.end();
            log.records.add(new BusRecord(
                    record.at(), offset, record.timestampMillis(), record.key(), record.value(), record.headers()));
            return offset;
        }

        @Override
        public void close() {
            synchronized (MemoryBus.this) {
                closed = true;
                writers.remove(this);
            }
        }
    }

    private final class Reader implements BusReader {
        private final Map<TopicPartition, Long> next = new TreeMap<>();
        private final List<Runnable> mine = new ArrayList<>();
        private boolean suspended;

        @Override
        public void follow(Map<TopicPartition, Long> fromOffsets) {
            synchronized (MemoryBus.this) {
                next.putAll(fromOffsets);
            }
        }

        @Override
        public void unfollow(Set<TopicPartition> partitions) {
            synchronized (MemoryBus.this) {
                next.keySet().removeAll(partitions);
            }
        }

        @Override
        public Set<TopicPartition> followed() {
            synchronized (MemoryBus.this) {
                return new TreeSet<>(next.keySet());
            }
        }

        @Override
        public List<BusRecord> poll(int maxRecords) {
            List<BusRecord> polled = new ArrayList<>();
            synchronized (MemoryBus.this) {
                if (down || suspended) {
                    return polled;
                }
                for (Map.Entry<TopicPartition, Long> place : next.entrySet()) {
                    Log log = logs.get(place.getKey());
                    while (log != null
                            && polled.size() < maxRecords
                            && place.getValue() >= log.start
                            && place.getValue() < log.end()) {
                        polled.add(log.records.get((int) (place.getValue() - log.start)));
                        place.setValue(place.getValue() + 1);
                    }
                }
            }
            return polled;
        }

        @Override
        public Map<TopicPartition, Long> lost() {
            Map<TopicPartition, Long> lost = new TreeMap<>();
            synchronized (MemoryBus.this) {
                next.forEach((partition, offset) -> {
                    Log log = logs.get(partition);
                    if (log != null && offset < log.start) {
                        lost.put(partition, log.start);
                    }
                });
            }
            return lost;
        }

        @Override
        public boolean isConnected() {
            synchronized (MemoryBus.this) {
                return !down && !suspended;
            }
        }

        @Override
        public void suspend() {
            synchronized (MemoryBus.this) {
                suspended = true;
            }
        }

        @Override
        public void resume() {
            synchronized (MemoryBus.this) {
                suspended = false;
            }
        }

        @Override
        public void onArrival(Runnable doorbell) {
            mine.add(doorbell);
            doorbells.add(doorbell);
        }

        @Override
        public void close() {
            doorbells.removeAll(mine);
        }
    }
}
