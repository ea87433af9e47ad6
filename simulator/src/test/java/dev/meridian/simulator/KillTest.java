package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.drill.DrillFailedException;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Real processes are killed before and after each step that makes something durable, while both regions are written to:
 * a node whose broker lives on, a broker whose node lives on, and a node together with the broker in it.
 */
class KillTest {
    /** Further kills, of a node at random instants, behind those at steps. */
    private static final int KILLS = Integer.getInteger("meridian.kills", 2);

    /** A step that is taken all the time is killed at its first to its fourth time: at one of them, or at each. */
    private static final int TIMES_MAX = 4;

    /** At all times of each step, and on both of its sides; else at a third of the steps, once, as the seed chooses. */
    private static final boolean ALL = Boolean.getBoolean("meridian.kills.all");

    private static final int WRITERS = 2;
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int COPIED_ITEMS = 30;
    private static final int PARTITIONS = 2;
    private static final String TABLE = "killed";

    /** Written and deleted in both regions at once. */
    private static final String CONTESTED = "contested";

    private static final List<String> NODE_STEPS = List.of(
            "commit of items",
            "commit of tombstones",
            "commit of positions",
            "commit of cursors",
            "commit of conflicts",
            "commit of CONFLICT_PUBLISHED",
            "open of one.stream",
            "settle of one.stream",
            "append of one.stream",
            "append of one.replication",
            "append of one.conflicts",
            "append of one.control",
            "append of one.heartbeat");

    private static final List<String> TRANSACTIONS = List.of("one.stream", "one.conflicts");

    private static final List<String> BROKER_STEPS = List.of(
            "log of meridian.one.killed.stream",
            "log of meridian.one.killed.replication",
            "log of meridian.one.conflicts",
            "log of __transaction_state");

    /** In a process that is node and broker. */
    private static final List<String> BOTH_STEPS = List.of(
            "commit of positions",
            "append of two.stream",
            "log of meridian.two.killed.stream",
            "log of __transaction_state");

    private static final String MEMBERSHIP = "global-tables";

    /** Of the region that hands a copy over. A copy is a beginning, one chunk and an end. */
    private static final List<Kill> SOURCE_STEPS = List.of(
            new Kill("commit of " + MEMBERSHIP, 1),
            new Kill("append of one.copy", 1),
            new Kill("append of one.copy", 2),
            new Kill("append of one.copy", 3));

    /** Of the region that loads a copy. */
    private static final List<Kill> TARGET_STEPS = List.of(
            new Kill("commit of copy-begun", 1),
            new Kill("commit of copy-loaded", 1),
            new Kill("commit of copy-ended", 1));

    @TempDir(cleanup = org.junit.jupiter.api.io.CleanupMode.ON_SUCCESS)
    Path folder;

    /**
     * Where a process ends.
     *
     * @param step as {@link KillPoints} names them
     * @param times at which time of the step, counted from the process's start
     */
    private record Kill(String step, int times) {
        List<Kill> sides(SplittableRandom random) {
            List<Kill> sides = List.of(new Kill("before " + step, times), new Kill("after " + step, times));
            return ALL ? sides : List.of(sides.get(random.nextInt(sides.size())));
        }
    }

    private interface Start {
        void with(String... options) throws IOException;
    }

    private interface Stop {
        void kill() throws InterruptedException;
    }

    /** A process that is killed at one step after the other. */
    private final class Victim {
        private final String name;
        private final List<String> options;
        private final Start start;
        private final Stop stop;
        private int kills;

        /** @param options of its JVM, always */
        Victim(String name, List<String> options, Start start, Stop stop) {
            this.name = name;
            this.options = options;
            this.start = start;
            this.stop = stop;
        }

        /** Starts it again so that it ends at a step; returns when it serves, or has ended already. */
        Path arm(Kill kill) throws IOException, InterruptedException {
            stop.kill();
            Path reached = folder.resolve(name + "-" + kills++);
            try {
                startWith(KillPoints.options(kill.step(), kill.times(), reached));
            } catch (DrillFailedException ended) {
                if (!Files.exists(reached)) {
                    throw ended;
                }
            }
            return reached;
        }

        void await(Kill kill, Path reached) {
            Cluster.await(name + " is killed " + kill, () -> Files.exists(reached));
        }

        void killAtEach(List<Kill> steps) throws IOException, InterruptedException {
            for (Kill kill : steps) {
                await(kill, arm(kill));
            }
            startUnharmed();
        }

        void startUnharmed() throws IOException, InterruptedException {
            stop.kill();
            startWith(List.of());
        }

        private void startWith(List<String> more) throws IOException {
            start.with(Stream.concat(options.stream(), more.stream()).toArray(String[]::new));
        }
    }

    @Test
    void nothingAcknowledgedIsLostAndEachChangeIsInEachStreamOnceWhereverAProcessIsKilled() throws Exception {
        long seed = Long.getLong("meridian.seed", System.nanoTime());
        System.out.println("KillTest: replay the steps' order, sides and times with -Dmeridian.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int ports = Ports.free(4);
        try (BrokerProcess broker = new BrokerProcess(folder, "broker", ports + 1);
                RegionProcess one = process("one", ports, "{bootstrap: \"127.0.0.1:%d\"}", "two", ports + 2);
                RegionProcess two = process("two", ports + 2, "{embedded: {port: %d}}", "one", ports);
                DynamoDbClient client = Cluster.client(ports, "one");
                DynamoDbClient otherClient = Cluster.client(ports + 2, "two")) {
            List<String> options = ReadyClasses.options(KillPoints.classPath(folder), folder);
            Victim node = new Victim("node", options, more -> one.with(more).start(), one::kill);
            Victim alone = new Victim("broker", options, broker::start, broker::kill);
            Victim both = new Victim("both", options, more -> two.with(more).start(), two::kill);
            alone.startUnharmed();
            node.startUnharmed();
            both.startUnharmed();
            Cluster.createTable(client, TABLE);
            Cluster.addReplicas(client, TABLE, "two");
            Load load = new Load(client, otherClient);

            node.killAtEach(nodeKills(random));
            for (int kill = 0; kill < KILLS; kill++) {
                LockSupport.parkNanos(Duration.ofMillis(random.nextInt(50, 500)).toNanos());
                node.startUnharmed();
            }
            alone.killAtEach(chosen(kills(BROKER_STEPS, random), random));
            both.killAtEach(bothKills(random));
            List<String> tables = new ArrayList<>(List.of(TABLE));
            tables.add(killSource(node, client, random));
            tables.addAll(killTarget(node, otherClient, random));

            load.stop();
            assertThat(load.acknowledged.values()).allMatch(value -> value > node.kills);
            check(client, otherClient, load.acknowledged, ports);
            for (String table : tables) {
                audit(ports, "one", table);
                audit(ports + 2, "two", table);
            }
            for (String table : tables.subList(1, tables.size())) {
                assertThat(items(client, table)).as(table).isEqualTo(COPIED_ITEMS);
                assertThat(items(otherClient, table)).as(table).isEqualTo(COPIED_ITEMS);
            }
            int kills = node.kills + alone.kills + both.kills;
            System.out.println("KillTest: " + kills + " kills at steps: " + node.kills + " of a node, " + alone.kills
                    + " of a broker, " + both.kills + " of both; " + KILLS + " at random instants");
            assertThat(kills).isGreaterThanOrEqualTo(10);
        }
    }

    private static List<Kill> nodeKills(SplittableRandom random) {
        List<Kill> kills = kills(NODE_STEPS, random);
        TRANSACTIONS.forEach(writer ->
                times(random).forEach(time -> kills.add(new Kill("before transaction of " + writer, time))));
        return chosen(kills, random);
    }

    private static List<Kill> bothKills(SplittableRandom random) {
        List<Kill> kills = kills(BOTH_STEPS, random);
        times(random).forEach(time -> kills.add(new Kill("before transaction of two.stream", time)));
        return chosen(kills, random);
    }

    private static List<Kill> kills(List<String> steps, SplittableRandom random) {
        List<Kill> kills = new ArrayList<>();
        for (String step : steps) {
            // A writer is opened once, and says what it knows of tables once.
            boolean once = step.startsWith("open") || step.startsWith("settle") || step.endsWith("control");
            (once ? List.of(1) : times(random)).forEach(time -> kills.addAll(new Kill(step, time).sides(random)));
        }
        return kills;
    }

    private static List<Integer> times(SplittableRandom random) {
        return ALL ? IntStream.rangeClosed(1, TIMES_MAX).boxed().toList() : List.of(random.nextInt(1, TIMES_MAX + 1));
    }

    /** In any order; a third of them, if not all are asked for. */
    private static List<Kill> chosen(List<Kill> kills, SplittableRandom random) {
        List<Kill> chosen = new ArrayList<>(kills);
        Collections.shuffle(chosen, new Random(random.nextLong()));
        return ALL ? chosen : chosen.subList(0, (chosen.size() + 2) / 3);
    }

    /** Of a copy, whose steps have an order. */
    private static List<Kill> sides(List<Kill> steps, SplittableRandom random) {
        List<Kill> all =
                steps.stream().flatMap(step -> step.sides(random).stream()).toList();
        List<Kill> chosen = chosen(all, random);
        return all.stream().filter(chosen::contains).toList();
    }

    private static void fill(DynamoDbClient client, String table) {
        Cluster.createTable(client, table);
        for (int i = 0; i < COPIED_ITEMS; i++) {
            Map<String, AttributeValue> item = Map.of("pk", AttributeValue.fromS("k" + i));
            client.putItem(request -> request.tableName(table).item(item));
        }
    }

    /** One copy, begun again and again: it is not whole before the region has outlived all of its steps. */
    private static String killSource(Victim node, DynamoDbClient client, SplittableRandom random) throws Exception {
        String table = "handed-over";
        fill(client, table);
        for (Kill kill : sides(SOURCE_STEPS, random)) {
            Path reached = node.arm(kill);
            askForReplica(client, table, "two");
            node.await(kill, reached);
        }
        node.startUnharmed();
        Cluster.awaitReplicas(client, table, "two");
        return table;
    }

    private static void askForReplica(DynamoDbClient client, String table, String region) {
        try {
            Cluster.askForReplicas(client, table, region);
        } catch (SdkException killed) {
            // Of one that is killed before its commit nothing is left, and behind it everything.
        }
    }

    /** What a copy consists of may be loaded in one commit: each kill has a copy of its own. */
    private static List<String> killTarget(Victim node, DynamoDbClient otherClient, SplittableRandom random)
            throws Exception {
        List<String> tables = new ArrayList<>();
        for (Kill kill : sides(TARGET_STEPS, random)) {
            String table = "loaded" + tables.size();
            tables.add(table);
            fill(otherClient, table);
            Path reached = node.arm(kill);
            Cluster.askForReplicas(otherClient, table, "one");
            node.await(kill, reached);
        }
        node.startUnharmed();
        tables.forEach(table -> Cluster.awaitReplicas(otherClient, table, "one"));
        return tables;
    }

    private static int items(DynamoDbClient client, String table) {
        return client.scan(request -> request.tableName(table)).count();
    }

    private static void audit(int port, String region, String table) {
        StreamCommands.Outcome outcome = StreamCommands.run(port, "audit", "--table", table, "--region", region);
        assertThat(outcome.exit()).as(outcome.toString()).isZero();
    }

    /**
     * @param port of its pages; its Kafka has the one behind it, and so has its peer's
     * @param kafka with a place for that port
     */
    private RegionProcess process(String region, int port, String kafka, String peer, int peerPort) throws IOException {
        RegionProcess process = new RegionProcess(new RegionId(region), folder, port);
        process.configure(
                """
            region: %s
            data: %s
            http: {port: %d}
            kafka: %s
            peers: [{region: %s, bootstrap: "127.0.0.1:%d"}]
            partitions: 2
            """.formatted(region, folder.resolve(region), port, kafka.formatted(port + 1), peer, peerPort + 1));
        return process;
    }

    /** Clients of both regions. */
    private static final class Load {
        /** The last number of each key that was. */
        final Map<String, Integer> acknowledged = new ConcurrentHashMap<>();

        private final AtomicBoolean stop = new AtomicBoolean();
        private final List<Thread> threads = new ArrayList<>();

        Load(DynamoDbClient one, DynamoDbClient two) {
            for (int i = 0; i < WRITERS; i++) {
                String key = "k" + i;
                start(() -> write(one, "one" + key));
                start(() -> write(two, "two" + key));
            }
            start(() -> contest(one, "one"));
            start(() -> contest(two, "two"));
        }

        private void start(Runnable work) {
            Thread thread = new Thread(work);
            threads.add(thread);
            thread.start();
        }

        void stop() throws InterruptedException {
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }

        /** Counts up under one key, each number until it is acknowledged. */
        private void write(DynamoDbClient client, String key) {
            int next = 1;
            while (!stop.get()) {
                Map<String, AttributeValue> item =
                        Map.of("pk", AttributeValue.fromS(key), "n", AttributeValue.fromN(Integer.toString(next)));
                try {
                    client.putItem(request -> request.tableName(TABLE).item(item));
                    acknowledged.put(key, next);
                    next++;
                } catch (SdkException away) {
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }

        private void contest(DynamoDbClient client, String region) {
            Map<String, AttributeValue> key = Map.of("pk", AttributeValue.fromS(CONTESTED));
            Map<String, AttributeValue> item = new HashMap<>(key);
            item.put("by", AttributeValue.fromS(region));
            for (int n = 0; !stop.get(); n++) {
                try {
                    if (n % 4 == 0) {
                        client.deleteItem(request -> request.tableName(TABLE).key(key));
                    } else {
                        item.put("n", AttributeValue.fromN(Integer.toString(n)));
                        client.putItem(request -> request.tableName(TABLE).item(item));
                    }
                } catch (SdkException away) {
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private static void check(
            DynamoDbClient client, DynamoDbClient otherClient, Map<String, Integer> acknowledged, int ports)
            throws Exception {
        Map<String, Integer> last = new HashMap<>();
        acknowledged.forEach((key, value) -> {
            boolean own = key.startsWith("one");
            int number = number(own ? client : otherClient, key);
            assertThat(number).as(key).isGreaterThanOrEqualTo(value);
            last.put(key, number);
            Cluster.await("the other region has " + key, () -> number(own ? otherClient : client, key) == number);
        });
        Cluster.await(
                "both have the same of " + CONTESTED,
                () -> item(client, CONTESTED).equals(item(otherClient, CONTESTED)));
        checkStream("one", ports + 1, last);
        checkStream("two", ports + 3, last);
    }

    private static Map<String, AttributeValue> item(DynamoDbClient client, String key) {
        return client.getItem(request -> request.tableName(TABLE).key(Map.of("pk", AttributeValue.fromS(key))))
                .item();
    }

    private static int number(DynamoDbClient client, String key) {
        Map<String, AttributeValue> item = item(client, key);
        return item.containsKey("n") ? Integer.parseInt(item.get("n").n()) : 0;
    }

    private static void checkStream(String region, int kafkaPort, Map<String, Integer> last) throws Exception {
        Map<String, List<Integer>> values = new HashMap<>();
        Map<Integer, Long> sequences = new HashMap<>();
        StringBuilder trace = new StringBuilder();
        for (ConsumerRecord<byte[], byte[]> record : records(region, kafkaPort)) {
            long sequence = Long.parseLong(
                    new String(record.headers().lastHeader("sequence").value(), StandardCharsets.UTF_8));
            trace.append(record.partition() + "/" + record.offset() + "=" + sequence + " ");
            Long before = sequences.put(record.partition(), sequence);
            assertThat(sequence)
                    .as("order in " + region + ", partition/offset=sequence: " + trace)
                    .isGreaterThan(before == null ? 0 : before);
            JsonNode change = new ObjectMapper().readTree(record.value()).at("/dynamodb");
            String key = change.at("/Keys/pk/S").asText();
            if (!key.equals(CONTESTED)) {
                values.computeIfAbsent(key, unused -> new ArrayList<>())
                        .add(change.at("/NewImage/n/N").asInt());
            }
        }
        values.forEach((key, numbers) -> {
            List<Integer> all = new ArrayList<>();
            for (int n = 1; n <= last.get(key); n++) {
                all.add(n);
            }
            assertThat(numbers).as(key + " in the stream of " + region).isEqualTo(all);
        });
        assertThat(values.keySet()).as(region).isEqualTo(last.keySet());
    }

    /** All that is in the topic for good; the items are equal already, and the audit finds what is still to come. */
    private static List<ConsumerRecord<byte[], byte[]>> records(String region, int kafkaPort) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            partitions.add(new TopicPartition("meridian." + region + "." + TABLE + ".stream", partition));
        }
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", "127.0.0.1:" + kafkaPort,
                "isolation.level", "read_committed",
                "auto.offset.reset", "earliest");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            // What is still to come, and what must not come: until nothing has come for some polls.
            for (int quiet = 0; quiet < 5; quiet++) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    records.add(record);
                    quiet = 0;
                }
            }
        }
        return records;
    }
}
