package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.streams.memory.MemoryBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ConflictPublisherTest {
    private static final RegionId HERE = new RegionId("here");
    private static final TopicPartition AT = new TopicPartition("meridian.here.conflicts", 0);

    private long nowMillis = 1;

    /** What survives when a publisher dies. */
    private static final class Log implements ConflictLog {
        final List<Conflict> all = new ArrayList<>();
        long cursor;

        void add() {
            all.add(conflict(all.size() + 1));
        }

        @Override
        public List<Conflict> read(long after, int max, int maxBytes) {
            return all.stream()
                    .filter(conflict -> conflict.id() > after)
                    .limit(Math.min(max, 3))
                    .toList();
        }

        @Override
        public Optional<Conflict> get(long id) {
            return id > 0 && id <= all.size() ? Optional.of(all.get((int) id - 1)) : Optional.empty();
        }

        @Override
        public long last() {
            return all.size();
        }

        @Override
        public long cursor() {
            return cursor;
        }

        @Override
        public CompletionStage<Void> mark(long published) {
            cursor = published;
            return CompletableFuture.allOf();
        }

        @Override
        public void onCommit(Runnable doorbell) {}
    }

    private static Conflict conflict(long id) {
        return conflict(id, 2 * id);
    }

    private static Conflict conflict(long id, long winnerTime) {
        KeySchema schema = new KeySchema(new KeyAttribute("pk", ScalarType.S), null);
        AttributeValue pk = new AttributeValue.S("k" + id);
        Item item = Item.of(Map.of("pk", pk, "n", AttributeValue.N.of(id), "same", AttributeValue.N.of(1)));
        Item other = Item.of(Map.of("pk", pk, "more", AttributeValue.N.of(id), "same", AttributeValue.N.of(1)));
        return new Conflict(
                id,
                HERE,
                1_000 + id,
                new TableId(new UUID(1, 2)),
                "t",
                schema,
                ItemKey.of(pk, null),
                new Conflict.Write(
                        new Version(new HybridTimestamp(winnerTime), new RegionId("there")),
                        Bytes.wrap(ItemCodec.encode(item))),
                new Conflict.Write(new Version(new HybridTimestamp(id), HERE), Bytes.wrap(ItemCodec.encode(other))));
    }

    private ConflictPublisher publisher(ConflictLog log, MemoryBus bus) {
        InstantSource clock = () -> Instant.ofEpochMilli(nowMillis);
        return new ConflictPublisher(HERE, log, bus, new CallPolicy("here", clock), clock, () -> {});
    }

    private static List<Long> published(MemoryBus bus) {
        return bus.records(AT).stream()
                .map(record -> Long.parseLong(record.headers().get(Headers.SEQUENCE)))
                .toList();
    }

    @Test
    void eachConflictIsInTheTopicOnceAndInOrderWhateverDies() {
        Property.holds(200, random -> {
            Log log = new Log();
            MemoryBus bus = new MemoryBus();
            ConflictPublisher publisher = publisher(log, bus);
            for (int step = 0; step < 120; step++) {
                switch (random.nextInt(10)) {
                    case 0, 1 -> log.add();
                    case 2 -> publisher = random.nextInt(3) == 0 ? publisher(log, bus) : publisher;
                    case 3 -> bus.down();
                    case 4 -> bus.up();
                    default -> publisher.turn();
                }
                nowMillis += random.nextInt(300);
            }
            bus.up();
            for (int i = 0; i < 80; i++) {
                publisher.turn();
                nowMillis += 100;
            }
            assertThat(published(bus))
                    .isEqualTo(log.all.stream().map(Conflict::id).toList());
            assertThat(publisher.backlog()).isZero();
        });
    }

    @Test
    void aStoreThatWasLostGoesOnWithItsOwn() {
        MemoryBus bus = new MemoryBus();
        Log lost = new Log();
        lost.add();
        lost.add();
        ConflictPublisher first = publisher(lost, bus);
        Log anew = new Log();
        anew.all.add(conflict(1, 77));
        for (int i = 0; i < 10; i++) {
            first.turn();
        }
        ConflictPublisher second = publisher(anew, bus);
        for (int i = 0; i < 10; i++) {
            second.turn();
        }
        assertThat(published(bus)).containsExactly(1L, 2L, 1L);
    }

    @Test
    void aRecordTellsAllThatThereIsToKnow() throws IOException {
        Conflict conflict = conflict(3);
        BusRecord record = ConflictFormat.record(conflict, AT);
        JsonNode json = new ObjectMapper().readTree(record.value().toArray());
        assertThat(json.path("format").asInt()).isEqualTo(1);
        assertThat(json.path("table").asText()).isEqualTo("t");
        assertThat(json.path("key").toString()).isEqualTo("{\"pk\":{\"S\":\"k3\"}}");
        assertThat(json.path("winner").path("version").asText()).isEqualTo("0000000000000006@there");
        assertThat(json.path("loser").path("image").path("more").path("N").asText())
                .isEqualTo("3");
        assertThat(json.path("differs").toString()).isEqualTo("[\"more\",\"n\"]");
        assertThat(record.headers())
                .containsEntry("winner", "0000000000000006@there")
                .containsEntry("loser", "0000000000000003@here");
        assertThat(ConflictCodec.decode(ByteBuffer.wrap(ConflictCodec.encode(conflict))))
                .isEqualTo(conflict);
        assertThat(ConflictCodec.detectedMillis(ByteBuffer.wrap(ConflictCodec.encode(conflict))))
                .isEqualTo(1_003);
    }
}
