package dev.meridian.streams.memory;

import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicId;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicRefusedException;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.WriterFencedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One region's bus in memory. Appends are durable at once; while the bus is {@link #down} they wait, as they do with
 * Kafka. What is appended is never half there, so that both isolations see the same.
 */
public final class MemoryBus implements OrderedBus {
    private final Map<TopicPartition, Log> logs = new TreeMap<>();
    private final Map<String, Topic> topics = new TreeMap<>();
    private final Map<String, Long> retentions = new TreeMap<>();
    private final Map<String, Map<TopicPartition, Long>> groups = new HashMap<>();
    private final Map<String, Writer> current = new HashMap<>();
    private final List<Writer> writers = new ArrayList<>();
    private final List<Runnable> doorbells = new CopyOnWriteArrayList<>();
    private boolean down;

    /** Topics that were ever made: no two have one identity, whatever is lost or restored. */
    private long made;

    /** A topic that is there. */
    private record Topic(TopicId id, int partitions) {}

    /** Everything that a bus held at one time. */
    public static final class Copy {
        private final Map<TopicPartition, Log> logs = new TreeMap<>();
        private final Map<String, Topic> topics;
        private final Map<String, Long> retentions;
        private final Map<String, Map<TopicPartition, Long>> groups = new HashMap<>();

        private Copy(MemoryBus of) {
            of.logs.forEach((at, log) -> logs.put(at, log.copy()));
            topics = Map.copyOf(of.topics);
            retentions = Map.copyOf(of.retentions);
            of.groups.forEach((group, offsets) -> groups.put(group, new TreeMap<>(offsets)));
        }
    }

    private static final class Log {
        long start;
        final List<BusRecord> records = new ArrayList<>();

        /** What lay before them, for checkers. */
        final List<BusRecord> expired = new ArrayList<>();

        long end() {
            return start + records.size();
        }

        Log copy() {
            Log copy = new Log();
            copy.start = start;
            copy.records.addAll(records);
            copy.expired.addAll(expired);
            return copy;
        }
    }

    /** Nothing can be reached until {@link #up}. */
    public synchronized void down() {
        down = true;
    }

    public synchronized boolean isDown() {
        return down;
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

    /** Everything is gone, as when a broker begins with an empty disk. What waits to be appended waits for its topic. */
    public void lose() {
        synchronized (this) {
            clear();
        }
        doorbells.forEach(Runnable::run);
    }

    /** Fenced writers are not known any more: they must be opened anew. */
    private void clear() {
        logs.clear();
        topics.clear();
        retentions.clear();
        groups.clear();
        current.clear();
        writers.forEach(writer -> writer.isForgotten = true);
    }

    /** As when the broker's disk is copied. */
    public synchronized Copy copy() {
        return new Copy(this);
    }

    /** The broker begins with an earlier copy of its disk. Topics have the identities that they had. */
    public void restore(Copy copy) {
        synchronized (this) {
            clear();
            copy.logs.forEach((at, log) -> logs.put(at, log.copy()));
            topics.putAll(copy.topics);
            retentions.putAll(copy.retentions);
            copy.groups.forEach((group, offsets) -> groups.put(group, new TreeMap<>(offsets)));
        }
        doorbells.forEach(Runnable::run);
    }

    /** The records from {@code end} on are gone, as when a broker's machine lost power before it had forced them. */
    public void cut(TopicPartition partition, long end) {
        synchronized (this) {
            writers.forEach(writer -> writer.isForgotten = true);
            Log log = logs.get(partition);
            while (log != null && log.end() > end && !log.records.isEmpty()) {
                log.records.remove(log.records.size() - 1);
            }
        }
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
            } catch (TopicRefusedException | BusUnavailableException refused) {
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
        List<Runnable> finished = new ArrayList<>();
        CompletionStage<Void> ensured = ifUp(() -> {
            if (topic.replicationFactor() > 1) {
                throw new TopicRefusedException(
                        "topic " + topic.name() + " is to be in " + topic.replicationFactor() + " places",
                        new IllegalArgumentException("there is one"));
            }
            refuseCollision(topic.name());
            if (!topics.containsKey(topic.name())) {
                topics.put(topic.name(), new Topic(nextId(topic.name()), topic.partitions()));
                retentions.put(topic.name(), topic.retentionMillis());
                TopicPartition.allOf(topic.name(), topic.partitions()).forEach(at -> logs.put(at, new Log()));
                writers.forEach(writer -> finished.addAll(writer.drain()));
            }
            return null;
        });
        if (!finished.isEmpty()) {
            finished.forEach(Runnable::run);
            doorbells.forEach(Runnable::run);
        }
        return ensured;
    }

    /** The same in every run: one seed, one trace. */
    private TopicId nextId(String topic) {
        String name = topic + "/" + ++made;
        return new TopicId(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public CompletionStage<Map<String, TopicId>> topicIds(Collection<String> asked) {
        return ifUp(() -> {
            Map<String, TopicId> ids = new TreeMap<>();
            for (String topic : asked) {
                Topic there = topics.get(topic);
                if (there != null) {
                    ids.put(topic, there.id);
                }
            }
            return ids;
        });
    }

    /** As Kafka does, in whose metrics' names a dot is an underscore. */
    private void refuseCollision(String topic) {
        for (String other : topics.keySet()) {
            if (!other.equals(topic) && TopicNames.unified(other).equals(TopicNames.unified(topic))) {
                throw new TopicRefusedException(
                        "topic " + topic + " is refused", new IllegalArgumentException("it collides with " + other));
            }
        }
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
        return ifUp(() -> topics.containsKey(topic) ? topics.get(topic).partitions : 0);
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
    public CompletionStage<Tail> tail(TopicPartition partition, Predicate<BusRecord> counts) {
        return ifUp(() -> {
            Log log = logs.get(partition);
            Topic topic = topics.get(partition.topic());
            if (log == null || topic == null) {
                throw new BusUnavailableException("no topic for " + partition, new IllegalStateException("no topic"));
            }
            int behind = log.records.size();
            while (behind > 0 && !counts.test(log.records.get(behind - 1))) {
                behind--;
            }
            Optional<BusRecord> last = behind == 0 ? Optional.empty() : Optional.of(log.records.get(behind - 1));
            return new Tail(topic.id, log.start, log.end(), last);
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

        /** A broker that lacks what it has acknowledged takes no more of this producer: its sequence has a gap. */
        private boolean isForgotten;

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
            List<Pending> all = List.copyOf(pending);
            pending.clear();
            for (int i = 0; i < all.size(); i++) {
                Pending next = all.get(i);
                if (closed || isForgotten) {
                    finished.add(() -> next.stage.completeExceptionally(unavailable()));
                } else if (fencing == Fencing.FENCED && !current.containsKey(name)) {
                    BusUnavailableException unknown = new BusUnavailableException(
                            name + " is not known any more", new IllegalStateException(name));
                    finished.add(() -> next.stage.completeExceptionally(unknown));
                } else if (fencing == Fencing.FENCED && current.get(name) != this) {
                    WriterFencedException fenced =
                            new WriterFencedException(name + " has a successor", new IllegalStateException(name));
                    finished.add(() -> next.stage.completeExceptionally(fenced));
                } else if (next.records.stream().anyMatch(record -> !logs.containsKey(record.at()))) {
                    // As Kafka's producer does, which asks for the topic again and again.
                    pending.addAll(all.subList(i, all.size()));
                    break;
                } else {
                    List<Long> offsets = next.records.stream().map(this::put).toList();
                    finished.add(() -> next.stage.complete(offsets));
                }
            }
            return finished;
        }

        private long put(BusRecord record) {
            Log log = Objects.requireNonNull(logs.get(record.at()));
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

    /** Where a reader is. */
    private static final class Place {
        final @Nullable TopicId asked;

        @Nullable
        TopicId known;

        long next;
        final long reaches;
        BusReader.@Nullable Lost lost;

        Place(long from, long reaches, @Nullable TopicId of) {
            this.next = from;
            this.reaches = reaches;
            this.asked = of;
        }
    }

    private final class Reader implements BusReader {
        private final Map<TopicPartition, Place> places = new TreeMap<>();
        private final List<Runnable> mine = new ArrayList<>();
        private boolean suspended;

        @Override
        public void follow(TopicPartition at, long from, long reaches, @Nullable TopicId of) {
            synchronized (MemoryBus.this) {
                places.put(at, new Place(from, reaches, of));
            }
        }

        @Override
        public void unfollow(Set<TopicPartition> partitions) {
            synchronized (MemoryBus.this) {
                places.keySet().removeAll(partitions);
            }
        }

        @Override
        public Set<TopicPartition> followed() {
            synchronized (MemoryBus.this) {
                return new TreeSet<>(places.keySet());
            }
        }

        @Override
        public List<BusRecord> poll(int maxRecords) {
            List<BusRecord> polled = new ArrayList<>();
            synchronized (MemoryBus.this) {
                if (down || suspended) {
                    return polled;
                }
                look();
                places.forEach((at, place) -> {
                    Log log = logs.get(at);
                    while (log != null && place.lost == null && polled.size() < maxRecords && place.next < log.end()) {
                        polled.add(log.records.get((int) (place.next - log.start)));
                        place.next++;
                    }
                });
            }
            return polled;
        }

        /** Compares each place with what is there. What is lost stays so until it is followed anew. */
        private void look() {
            places.forEach((at, place) -> {
                Topic topic = topics.get(at.topic());
                Log log = logs.get(at);
                if (down || suspended || topic == null || place.lost != null) {
                    return;
                }
                TopicId expected = place.known == null ? place.asked : place.known;
                if (expected != null && !expected.equals(topic.id)) {
                    // It may have fewer partitions.
                    place.lost = log == null
                            ? new Lost(Reason.REPLACED, 0, 0, topic.id)
                            : new Lost(Reason.REPLACED, log.start, log.end(), topic.id);
                    return;
                }
                if (log == null) {
                    return;
                }
                place.known = topic.id;
                if (place.next < log.start) {
                    place.lost = new Lost(Reason.EXPIRED, log.start, log.end(), topic.id);
                } else if (Math.max(place.next, place.reaches) > log.end()) {
                    place.lost = new Lost(Reason.CUT_SHORT, log.start, log.end(), topic.id);
                }
            });
        }

        @Override
        public @Nullable TopicId topicId(TopicPartition at) {
            synchronized (MemoryBus.this) {
                look();
                Place place = places.get(at);
                return place == null ? null : place.known;
            }
        }

        @Override
        public Map<TopicPartition, Lost> lost() {
            Map<TopicPartition, Lost> lost = new TreeMap<>();
            synchronized (MemoryBus.this) {
                look();
                places.forEach((at, place) -> {
                    if (place.lost != null) {
                        lost.put(at, place.lost);
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
