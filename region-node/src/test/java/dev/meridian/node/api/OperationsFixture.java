package dev.meridian.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.DutyRunner;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;

/** All operations over a real store of one region, without a server and without neighbours. */
public final class OperationsFixture implements AutoCloseable {
    public static final RegionId HERE = new RegionId("here");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What comes of DeleteTable is the test's to say. */
    public volatile CompletionStage<Void> deletion = CompletableFuture.completedFuture(null);

    public volatile Error thrownByDeletion;

    private final LmdbStore store;
    private final DutyRunner writer;
    private final Operations operations;
    private final Operations streams;
    private final ContributorInsights insights;

    public OperationsFixture(Path folder) throws IOException {
        this(folder, InstantSource.system());
    }

    public OperationsFixture(Path folder, InstantSource clock) throws IOException {
        this(folder, clock, 1);
    }

    /** @param partitions of each new table's topics */
    OperationsFixture(Path folder, InstantSource clock, int partitions) throws IOException {
        store = LmdbStore.open(new LmdbStore.Config(
                folder, HERE, clock, false, 1L << 30, Duration.ofSeconds(60), RandomGenerator.getDefault()));
        writer = new DutyRunner("writer", store.writer(), Duration.ofMillis(5), bug -> {});
        store.onQueued(writer::ring);
        writer.start();
        ApiContext context = new ApiContext(
                HERE,
                store,
                new LocalTables(),
                clock,
                () -> new TableId(UUID.randomUUID()),
                partitions,
                () -> CompletableFuture.completedFuture(1),
                false);
        insights = context.insights();
        operations = new Operations(context);
        streams = Operations.ofStreams(context);
    }

    public Operations operations() {
        return operations;
    }

    public Operations streams() {
        return streams;
    }

    ContributorInsights insights() {
        return insights;
    }

    public LmdbStore store() {
        return store;
    }

    /** Lets the store's sweeper do all that it has to do now. */
    public void sweep() {
        do {
            store.write(view -> true).toCompletableFuture().join();
        } while (store.sweeper().turn() > 0);
    }

    /**
     * What came of a request.
     *
     * @param error the error's type without its namespace; empty if it was done
     */
    record Answer(String error, String message, JsonNode body) {
        boolean isDone() {
            return error.isEmpty();
        }
    }

    Answer ask(String operation, String request) {
        Operations service = streams.contains(operation) ? streams : operations;
        try {
            Reply reply = service.execute(operation, request.getBytes(StandardCharsets.UTF_8))
                    .toCompletableFuture()
                    .join();
            return new Answer("", "", JSON.readTree(reply.json()));
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof ApiException refused) {
                return refusal(refused);
            }
            throw failed;
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
    }

    private static Answer refusal(ApiException refused) {
        StringWriter text = new StringWriter();
        try (var out = Reply.JSON.createGenerator(text)) {
            out.writeStartObject();
            refused.writeTo(out);
            out.writeEndObject();
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        try {
            String type = refused.code().wireType();
            return new Answer(type.substring(type.indexOf('#') + 1), refused.getMessage(), (ObjectNode)
                    JSON.readTree(text.toString()));
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
    }

    @Override
    public void close() {
        store.close();
        writer.close();
    }

    /** Tables of this region only. */
    private final class LocalTables implements GlobalTables {
        @Override
        public CompletionStage<Void> update(TableDescriptor table, List<ReplicaUpdate> updates) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> change(
                TableDescriptor table, BiFunction<WriteView, TableDescriptor, TableDescriptor> edit) {
            return store.write(view -> {
                        TableDescriptor held =
                                Objects.requireNonNull(view.catalog().table(table.id()));
                        view.putTable(edit.apply(view, held));
                        return true;
                    })
                    .thenAccept(done -> {});
        }

        @Override
        public List<ReplicaDescription> replicas(TableDescriptor table) {
            return List.of();
        }

        @Override
        public List<ReplicaDescription> members(TableDescriptor table) {
            return List.of();
        }

        @Override
        public SortedMap<String, String> autoScaling(TableDescriptor table) {
            return new TreeMap<>();
        }

        @Override
        public CompletionStage<Void> scale(TableDescriptor table, SortedMap<String, String> asked) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> delete(TableDescriptor table) {
            if (thrownByDeletion != null) {
                throw thrownByDeletion;
            }
            return deletion;
        }
    }
}
