package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.Property;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * However a stream's shards split and follow each other while items are written: a reader that follows the lineage gets
 * each change once and an item's in order; numbers rise within a shard; shards end before their children begin.
 */
class StreamShardsLawTest {
    private static final int KEYS = 12;

    /** Records are kept for a day: the test ends before it loses any. */
    private static final long MILLIS = Duration.ofHours(22).toMillis();

    @TempDir
    Path folder;

    /** A reader of one shard, as the Kinesis Client Library has it. */
    private static final class ShardReader {
        @Nullable
        String iterator;

        String last = "";
        boolean finished;
    }

    private static final class Run implements AutoCloseable {
        final RandomGenerator random;
        final OperationsFixture region;
        final Map<String, List<String>> written = new TreeMap<>();
        final Map<String, List<String>> read = new TreeMap<>();
        final Map<String, String> held = new HashMap<>();
        final Map<String, JsonNode> described = new LinkedHashMap<>();
        final Map<String, ShardReader> readers = new HashMap<>();
        final long startMillis = Instant.parse("2026-05-01T10:00:00Z").toEpochMilli();
        final String arn;
        long nowMillis = startMillis;
        int writeUnits = 5;

        Run(Path folder, RandomGenerator random) throws Exception {
            this.random = random;
            region = new OperationsFixture(folder, () -> Instant.ofEpochMilli(nowMillis), 1 + random.nextInt(9));
            arn = done(
                            "CreateTable",
                            "{'TableName':'law','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],"
                                    + "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
                                    + "'ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':5},"
                                    + "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'}}")
                    .at("/TableDescription/LatestStreamArn")
                    .textValue();
            region.sweep();
        }

        JsonNode done(String operation, String request) {
            OperationsFixture.Answer answer = region.ask(operation, request.replace('\'', '"'));
            assertThat(answer.error()).as(answer.message()).isEmpty();
            return answer.body();
        }

        void step(int number) {
            switch (random.nextInt(8)) {
                case 0 -> pass();
                case 1 -> giveUnits();
                case 2 -> readSome();
                case 3 -> delete("k" + random.nextInt(KEYS));
                default -> put("k" + random.nextInt(KEYS), number);
            }
        }

        private void pass() {
            long mostMillis = Math.min(Duration.ofHours(5).toMillis(), startMillis + MILLIS - nowMillis);
            nowMillis += mostMillis <= 0 ? 0 : random.nextLong(mostMillis);
            region.sweep();
        }

        private void giveUnits() {
            writeUnits += 1 + random.nextInt(1_500);
            done(
                    "UpdateTable",
                    "{'TableName':'law','ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':"
                            + writeUnits + "}}");
            region.sweep();
        }

        private void put(String key, int value) {
            done("PutItem", "{'TableName':'law','Item':{'pk':{'S':'" + key + "'},'v':{'N':'" + value + "'}}}");
            String event = held.put(key, "") == null ? "INSERT " : "MODIFY ";
            written.computeIfAbsent(key, unused -> new ArrayList<>()).add(event + value);
        }

        private void delete(String key) {
            done("DeleteItem", "{'TableName':'law','Key':{'pk':{'S':'" + key + "'}}}");
            if (held.remove(key) != null) {
                written.computeIfAbsent(key, unused -> new ArrayList<>()).add("REMOVE ");
            }
        }

        private void describe() {
            String start = "";
            do {
                JsonNode page = done(
                                "DescribeStream",
                                "{'StreamArn':'" + arn + "','Limit':" + (1 + random.nextInt(9)) + start + "}")
                        .path("StreamDescription");
                page.path("Shards")
                        .forEach(shard -> described.put(shard.path("ShardId").textValue(), shard));
                JsonNode last = page.path("LastEvaluatedShardId");
                start = last.isMissingNode() ? "" : ",'ExclusiveStartShardId':'" + last.textValue() + "'";
            } while (!start.isEmpty());
        }

        void readSome() {
            describe();
            for (Map.Entry<String, JsonNode> shard : described.entrySet()) {
                JsonNode parent = shard.getValue().path("ParentShardId");
                if (parent.isMissingNode() || reader(parent.textValue()).finished) {
                    read(shard.getKey(), readers.computeIfAbsent(shard.getKey(), unused -> new ShardReader()));
                } else {
                    readers.computeIfAbsent(shard.getKey(), unused -> new ShardReader());
                }
            }
        }

        private ShardReader reader(String shard) {
            return Objects.requireNonNull(readers.get(shard));
        }

        private void read(String shard, ShardReader reader) {
            boolean more = !reader.finished;
            while (more) {
                if (reader.iterator == null || random.nextInt(4) == 0) {
                    reader.iterator = iterator(shard, reader);
                }
                JsonNode page = done(
                        "GetRecords",
                        "{'ShardIterator':'" + reader.iterator + "','Limit':" + (1 + random.nextInt(6)) + "}");
                page.path("Records").forEach(record -> take(reader, record));
                JsonNode next = page.path("NextShardIterator");
                reader.finished = next.isMissingNode();
                reader.iterator = random.nextBoolean() ? next.textValue() : null;
                more = !reader.finished && !page.path("Records").isEmpty();
            }
            // It may be too old when it is used next.
            reader.iterator = null;
        }

        private String iterator(String shard, ShardReader reader) {
            String type = reader.last.isEmpty()
                    ? "'TRIM_HORIZON'"
                    : "'AFTER_SEQUENCE_NUMBER','SequenceNumber':'" + reader.last + "'";
            return done(
                            "GetShardIterator",
                            "{'StreamArn':'" + arn + "','ShardId':'" + shard + "','ShardIteratorType':" + type + "}")
                    .path("ShardIterator")
                    .textValue();
        }

        private void take(ShardReader reader, JsonNode record) {
            String number = record.at("/dynamodb/SequenceNumber").textValue();
            assertThat(number).as("numbers rise").isGreaterThan(reader.last);
            reader.last = number;
            read.computeIfAbsent(record.at("/dynamodb/Keys/pk/S").textValue(), unused -> new ArrayList<>())
                    .add(record.path("eventName").textValue() + " "
                            + record.at("/dynamodb/NewImage/v/N").asText());
        }

        void finish() {
            done("UpdateTable", "{'TableName':'law','StreamSpecification':{'StreamEnabled':false}}");
            readSome();
            assertThat(read).isEqualTo(written);
            described.forEach((id, shard) -> {
                String start = start(shard);
                String end = end(shard);
                ShardReader reader = reader(id);
                assertThat(reader.finished).as(id).isTrue();
                assertThat(end).isGreaterThanOrEqualTo(start).isGreaterThanOrEqualTo(reader.last);
                JsonNode parent = shard.path("ParentShardId");
                if (!parent.isMissingNode()) {
                    JsonNode before = Objects.requireNonNull(described.get(parent.textValue()));
                    assertThat(start).as("begins behind its parent").isGreaterThan(end(before));
                }
            });
        }

        private static String start(JsonNode shard) {
            return shard.at("/SequenceNumberRange/StartingSequenceNumber").textValue();
        }

        private static String end(JsonNode shard) {
            return shard.at("/SequenceNumberRange/EndingSequenceNumber").textValue();
        }

        @Override
        public void close() {
            region.close();
        }
    }

    @Test
    void eachChangeIsReadOnceAndInOrderAlongTheLineageOfShards() {
        int[] cases = {0};
        int[] split = {0};
        int checked = Property.holds(12, random -> {
            Path own = Files.createDirectory(folder.resolve("case" + cases[0]++));
            try (Run run = new Run(own, random)) {
                for (int step = 0; step < 150; step++) {
                    run.step(step);
                }
                run.finish();
                split[0] += run.described.values().stream()
                                        .map(shard ->
                                                shard.path("ParentShardId").asText())
                                        .filter(parent -> !parent.isEmpty())
                                        .distinct()
                                        .count()
                                < run.described.size() - 1
                        ? 1
                        : 0;
            }
        });
        assertThat(split[0]).as("cases with a shard that split").isGreaterThan(checked == 1 ? -1 : 0);
    }
}
