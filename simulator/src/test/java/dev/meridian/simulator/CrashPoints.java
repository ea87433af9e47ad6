package dev.meridian.simulator;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.node.store.ForwardingStore;
import dev.meridian.node.store.Position;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.simulator.world.ForwardingBus;
import dev.meridian.simulator.world.ForwardingChangeLog;
import dev.meridian.simulator.world.ForwardingView;
import dev.meridian.simulator.world.ForwardingWriter;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.Cause;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Ends regions inside their duties, before or behind a step that makes something durable. From then on nothing that the
 * region does has any effect, and nobody there hears of what has been done; the duty's turn ends with a {@link Crash}, or
 * has been broken off by it. Whoever turns the region then has to begin it anew.
 */
final class CrashPoints implements Ports {
    private static final String COMMIT = "commit of ";
    private static final String MARK = "mark of rows";

    /** All that make something durable, as far as they go through a port. */
    static final List<String> STEPS = List.of(
            COMMIT + "a write",
            COMMIT + "a batch",
            COMMIT + "a document",
            MARK,
            "open of replication",
            "open of stream",
            "open of control",
            "open of heartbeat",
            "open of conflicts",
            "open of copy",
            "settle of stream",
            "settle of conflicts",
            "append of replication",
            "append of stream",
            "append of control",
            "append of heartbeat",
            "append of conflicts",
            "append of copy",
            "making of a topic",
            "deletion of a topic");

    private static final int TIMES_MOST = 3;

    private final Map<RegionId, Life> lives = new TreeMap<>();
    private final Map<RegionId, Armed> armed = new TreeMap<>();
    private final Consumer<Point> hit;

    /** Where a region ends. */
    record Point(String step, boolean isBefore) implements Comparable<Point> {
        @Override
        public int compareTo(Point other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return (isBefore ? "before " : "after ") + step;
        }
    }

    /** The process is no more. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(RegionId region) {
            super(region + " is to be begun anew", null, false, false);
        }
    }

    private static final class Life {
        boolean isOver;
    }

    private static final class Armed {
        final Point point;
        int times;

        Armed(Point point, int times) {
            this.point = point;
            this.times = times;
        }
    }

    /** @param hit told of each point at which a region has ended */
    CrashPoints(Consumer<Point> hit) {
        this.hit = hit;
    }

    /** The region is to end at some point, once it comes there. */
    void arm(RegionId region, RandomGenerator random) {
        Point point = new Point(STEPS.get(random.nextInt(STEPS.size())), random.nextBoolean());
        armed.put(region, new Armed(point, random.nextInt(TIMES_MOST) + 1));
    }

    void disarm(RegionId region) {
        armed.remove(region);
    }

    /** The region ends in good order: what it commits at last it does commit. */
    void beforeEnd(RegionId region) {
        Armed point = armed.get(region);
        if (point != null && point.point.step.startsWith(COMMIT)) {
            armed.remove(region);
        }
    }

    @Override
    public void beforeOpen(RegionId region, Path folder) {
        lives.put(region, new Life());
    }

    @Override
    public void turned(RegionId region) {
        if (life(region).isOver) {
            throw new Crash(region);
        }
    }

    private Life life(RegionId region) {
        return Objects.requireNonNull(lives.get(region));
    }

    /** Whether the region ends here. */
    private boolean ends(RegionId region, Life life, String step, boolean isBefore) {
        Armed next = armed.get(region);
        Point here = new Point(step, isBefore);
        if (life.isOver || next == null || !next.point.equals(here) || --next.times > 0) {
            return false;
        }
        armed.remove(region);
        life.isOver = true;
        hit.accept(here);
        return true;
    }

    private <T> CompletionStage<T> step(RegionId region, Life life, String step, Supplier<CompletionStage<T>> action) {
        return life.isOver || ends(region, life, step, true)
                ? new CompletableFuture<>()
                : behind(region, life, () -> step, action.get());
    }

    /** A step is taken; if the region ends behind it, it does not hear of that. */
    private <T> CompletionStage<T> behind(RegionId region, Life life, Supplier<String> step, CompletionStage<T> taken) {
        CompletableFuture<T> told = new CompletableFuture<>();
        taken.whenComplete((result, failure) -> {
            if (life.isOver || (failure == null && ends(region, life, step.get(), false))) {
                return;
            }
            if (failure == null) {
                told.complete(result);
            } else {
                told.completeExceptionally(failure);
            }
        });
        return told;
    }

    @Override
    public Store store(RegionId region, Store store) {
        Life life = life(region);
        return new ForwardingStore(store) {
            @Override
            public <T> CompletionStage<T> write(Function<WriteView, T> work) {
                EditedView[] edited = new EditedView[1];
                return life.isOver
                        ? new CompletableFuture<>()
                        : behind(
                                region,
                                life,
                                () -> edited[0] == null || edited[0].what == null ? "" : COMMIT + edited[0].what,
                                store.write(view -> {
                                    edited[0] = new EditedView(view);
                                    T result = work.apply(edited[0]);
                                    if (edited[0].what != null && ends(region, life, COMMIT + edited[0].what, true)) {
                                        throw new Crash(region);
                                    }
                                    return result;
                                }));
            }
        };
    }

    /** Notes what a commit is of. */
    private static final class EditedView extends ForwardingView {
        private @Nullable String what;

        EditedView(WriteView view) {
            super(view);
        }

        @Override
        public Version put(TableDescriptor table, ItemKey key, Bytes image, Cause cause) {
            what = "a write";
            return super.put(table, key, image, cause);
        }

        @Override
        public @Nullable Version delete(TableDescriptor table, ItemKey key, Cause cause) {
            what = "a write";
            return super.delete(table, key, cause);
        }

        @Override
        public @Nullable Version reissue(TableDescriptor table, ItemKey key) {
            what = "a write";
            return super.reissue(table, key);
        }

        @Override
        public void position(Position position) {
            what = "a batch";
            super.position(position);
        }

        @Override
        public void document(String space, String key, @Nullable Bytes value) {
            what = what == null ? "a document" : what;
            super.document(space, key, value);
        }
    }

    @Override
    public OrderedBus bus(RegionId region, OrderedBus bus) {
        return new ForwardingBus(bus) {
            @Override
            public CompletionStage<Void> ensureTopic(TopicSpec topic) {
                return step(region, life(region), "making of a topic", () -> super.ensureTopic(topic));
            }

            @Override
            public CompletionStage<Void> deleteTopic(String topic) {
                return step(region, life(region), "deletion of a topic", () -> super.deleteTopic(topic));
            }

            @Override
            public BusWriter writer(String name, Fencing fencing) {
                return new Writer(region, life(region), name, super.writer(name, fencing));
            }
        };
    }

    private final class Writer extends ForwardingWriter {
        private final RegionId region;
        private final Life life;
        private final String name;

        /** @param name what it is of stands behind the region */
        Writer(RegionId region, Life life, String name, BusWriter writer) {
            super(writer);
            this.region = region;
            this.life = life;
            this.name = name.split("\\.", -1)[1];
        }

        @Override
        public CompletionStage<Void> open() {
            return step(region, life, "open of " + name, super::open);
        }

        @Override
        public CompletionStage<Void> settle(TopicPartition partition) {
            return step(region, life, "settle of " + name, () -> super.settle(partition));
        }

        @Override
        public CompletionStage<List<Long>> append(List<BusRecord> records) {
            return step(region, life, "append of " + name, () -> super.append(records));
        }
    }

    @Override
    public ChangeLog changes(RegionId region, ChangeLog changes) {
        Life life = life(region);
        return new ForwardingChangeLog(changes) {
            @Override
            public CompletionStage<Void> mark(Lane lane, Map<ChangePartition, Published> published) {
                return step(region, life, MARK, () -> super.mark(lane, published));
            }
        };
    }
}
