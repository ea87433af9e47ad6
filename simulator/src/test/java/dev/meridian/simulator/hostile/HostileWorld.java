package dev.meridian.simulator.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.Operations;
import dev.meridian.node.api.ReplicaDescription;
import dev.meridian.node.api.Reply;
import dev.meridian.node.api.shape.Shapes;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.simulator.world.HandTurnedRegion;
import dev.meridian.simulator.world.Ports;
import dev.meridian.streams.OrderedBus;
import dev.meridian.streams.memory.MemoryBus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;

/** Two regions that share tables, and what is asked of them. */
final class HostileWorld implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Shapes DYNAMODB = Shapes.load(Shapes.DYNAMODB);
    private static final Shapes STREAMS = Shapes.load(Shapes.STREAMS);
    private static final List<String> NAMES = List.of("a", "b");

    /** What is asked more often than the rest. */
    private static final List<String> OFTEN = List.of(
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "GetItem",
            "Query",
            "Scan",
            "BatchWriteItem",
            "BatchGetItem",
            "TransactWriteItems",
            "TransactGetItems",
            "ExecuteStatement",
            "BatchExecuteStatement",
            "ExecuteTransaction",
            "UpdateTable",
            "CreateTable");

    private static final int ROUND_MILLIS = 40;
    private static final int ROUNDS_UNTIL_ANSWERED = 1_000;
    private static final int ROUNDS_UNTIL_SETTLED = 400;
    private static final int TOLD_MOST = 12;

    private final RandomGenerator random;
    private final SortedMap<RegionId, HandTurnedRegion> regions = new TreeMap<>();
    private final SeenValues seen = new SeenValues();
    private final HostileRequests requests;
    private final List<String> operations = new ArrayList<>(operations());
    private final Deque<String> last = new ArrayDeque<>();
    private final List<Pending> pending = new ArrayList<>();
    private final Set<String> done = new TreeSet<>();
    private int refused;
    private long nowMillis = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private record Pending(String request, String operation, CompletableFuture<Reply> answer) {}

    HostileWorld(Path folder, RandomGenerator random) throws IOException {
        this.random = random;
        requests = new HostileRequests(random, seen, NAMES);
        SortedMap<RegionId, OrderedBus> buses = new TreeMap<>();
        NAMES.forEach(name -> buses.put(new RegionId(name), new MemoryBus()));
        for (RegionId id : buses.keySet()) {
            regions.put(
                    id,
                    new HandTurnedRegion(
                            id,
                            folder.resolve(id.value()),
                            buses,
                            () -> Instant.ofEpochMilli(nowMillis),
                            random,
                            new HandTurnedRegion.Settings(Duration.ZERO, 2, true),
                            Ports.NONE,
                            duty -> () -> {}));
        }
    }

    /** All that a region has. */
    static Set<String> operations() {
        Set<String> names = new TreeSet<>(DYNAMODB.operations().keySet());
        names.removeAll(Operations.absent().keySet());
        names.addAll(STREAMS.operations().keySet());
        return names;
    }

    /** Of which operations a request was done. */
    Set<String> done() {
        return done;
    }

    int refused() {
        return refused;
    }

    void run(int count) {
        try {
            makeTables();
            for (int i = 0; i < count; i++) {
                ask();
                if (random.nextInt(6) == 0) {
                    round();
                }
                if (random.nextInt(100) == 0) {
                    nowMillis += random.nextInt(4) == 0 ? 5 * 3_600_000 : 2_000;
                    settleAnswers();
                }
            }
            settleAnswers();
            settle();
            check();
        } catch (AssertionError | RuntimeException broken) {
            throw new AssertionError(broken + "\nafter\n" + String.join("\n", last), broken);
        }
    }

    private HandTurnedRegion region(String name) {
        return Objects.requireNonNull(regions.get(new RegionId(name)));
    }

    private void makeTables() {
        for (TableShape table : TableShape.ALL) {
            send("a", "CreateTable", HostileRequests.creation(table));
            settleAnswers();
            if (table != TableShape.ALL.get(2)) {
                ObjectNode update = JSON.createObjectNode().put("TableName", table.name());
                update.putArray("ReplicaUpdates")
                        .addObject()
                        .putObject("Create")
                        .put("RegionName", "b");
                send("a", "UpdateTable", update);
                settleAnswers();
            }
        }
        for (int i = 0; i < 100; i++) {
            round();
        }
    }

    private void ask() {
        String operation = random.nextInt(5) < 3
                ? OFTEN.get(random.nextInt(OFTEN.size()))
                : operations.get(random.nextInt(operations.size()));
        if (operation.equals("DeleteTable") && random.nextInt(3) > 0) {
            return;
        }
        Shapes shapes = STREAMS.operations().containsKey(operation) ? STREAMS : DYNAMODB;
        send(NAMES.get(random.nextInt(NAMES.size())), operation, requests.of(shapes, operation));
    }

    private void send(String name, String operation, ObjectNode body) {
        String request = name + " " + operation + " " + body;
        last.addLast(request.length() > 2_000 ? request.substring(0, 2_000) + " …" : request);
        if (last.size() > TOLD_MOST) {
            last.removeFirst();
        }
        HandTurnedRegion region = region(name);
        Operations service = STREAMS.operations().containsKey(operation) ? region.streams() : region.operations();
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        CompletionStage<Reply> answer;
        try {
            answer = service.execute(operation, bytes);
        } catch (Throwable bug) {
            throw new AssertionError(request, bug);
        }
        pending.add(new Pending(request, operation, answer.toCompletableFuture()));
        if (random.nextInt(3) > 0) {
            region.duties().get("writer").turn();
        }
        takeAnswers();
    }

    private void round() {
        regions.values().forEach(HandTurnedRegion::turnAll);
        nowMillis += ROUND_MILLIS;
        takeAnswers();
    }

    private void settleAnswers() {
        for (int i = 0; i < ROUNDS_UNTIL_ANSWERED && !pending.isEmpty(); i++) {
            round();
        }
        assertThat(pending).as("without an answer").isEmpty();
    }

    private void takeAnswers() {
        pending.removeIf(each -> {
            if (each.answer().isDone()) {
                take(each);
                return true;
            }
            return false;
        });
    }

    private void take(Pending answered) {
        try {
            byte[] json = answered.answer().join().json();
            if (json.length > 0) {
                seen.collect(JSON.readTree(json));
            }
            done.add(answered.operation());
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof ApiException told) {
                checkError(told, answered.request());
                refused++;
            } else {
                throw new AssertionError(answered.request(), failed.getCause());
            }
        } catch (IOException | RuntimeException | AssertionError bug) {
            throw new AssertionError(answered.request(), bug);
        }
    }

    private static void checkError(ApiException told, String request) {
        assertThat(told.code().httpStatus())
                .as(request + ": " + told.getMessage())
                .isBetween(400, 499);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator out = Reply.JSON.createGenerator(text)) {
            out.writeStartObject();
            told.writeTo(out);
            out.writeEndObject();
        } catch (IOException bug) {
            throw new AssertionError(request, bug);
        }
        try {
            JsonNode error = JSON.readTree(text.toByteArray());
            assertThat(error.path("__type").asText()).as(request).contains("#");
            assertThat(told.getMessage()).as(request).doesNotContain("dev.meridian", "Exception:", "\tat ");
        } catch (IOException bug) {
            throw new AssertionError(request, bug);
        }
    }

    /** Turns until all that the regions had begun is over. */
    private void settle() {
        for (int i = 0; i < ROUNDS_UNTIL_SETTLED; i++) {
            round();
        }
    }

    private void check() {
        for (HandTurnedRegion region : regions.values()) {
            for (TableDescriptor table : region.store.catalog().tables().values()) {
                String name = table.name() + " in " + region.id;
                assertThat(table.status()).as(name).isEqualTo(TableStatus.ACTIVE);
                assertThat(table.indexes()).as(name).allMatch(index -> index.status() == IndexStatus.ACTIVE);
                if (table.replicated()) {
                    checkReplicas(region, table);
                }
            }
        }
    }

    private void checkReplicas(HandTurnedRegion region, TableDescriptor table) {
        for (ReplicaDescription replica : region.control.replicas(table)) {
            HandTurnedRegion other = Objects.requireNonNull(regions.get(replica.region()));
            assertThat(replica.status()).as(table.name()).isEqualTo("ACTIVE");
            TableDescriptor there = Objects.requireNonNull(other.store.catalog().table(table.id()));
            assertThat(items(other, there))
                    .as("items of " + table.name() + " in " + other.id)
                    .isEqualTo(items(region, table));
        }
    }

    private static Map<ItemKey, Map.Entry<Stamp, Bytes>> items(HandTurnedRegion region, TableDescriptor table) {
        Map<ItemKey, Map.Entry<Stamp, Bytes>> items = new HashMap<>();
        for (ReadView.Versioned entry : region.store.read(view -> view.copy(table, null, 100_000, Integer.MAX_VALUE))) {
            if (entry.image() != null) {
                items.put(entry.key(), Map.entry(entry.stamp(), entry.image()));
            }
        }
        return items;
    }

    @Override
    public void close() {
        regions.values().forEach(HandTurnedRegion::close);
    }
}
