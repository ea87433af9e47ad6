package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.drill.Ports;
import dev.meridian.simulator.drill.RegionProcess;
import java.io.ByteArrayInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What strangers send to a node does not end it: a process as the launcher starts it, and the worst bodies and frames
 * there are, all at once. Each GetItem meanwhile is answered; within a second if {@code -Dmeridian.deep=true}, where the
 * machine is known to be quiet.
 */
class WorstRequestsTest {
    private static final boolean DEEP = Boolean.getBoolean("meridian.deep");
    private static final int AT_ONCE = 64;
    private static final int FRAMES = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** As the launcher has them. */
    private static final String[] LAUNCHER = {
        "-Xms64m", "-Xmx512m", "-XX:MaxDirectMemorySize=256m", "-XX:TieredStopAtLevel=4"
    };

    private static final HttpClient HTTP = client();

    private static HttpClient client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @TempDir
    Path folder;

    private int port;

    private RegionProcess region(String peers, String... options) throws IOException {
        port = Ports.free(3);
        RegionProcess process = new RegionProcess(new RegionId("one"), folder, port).with(options);
        process.configure("""
            region: one
            data: %s
            http: {port: %d}
            kafka: {embedded: {port: %d}}
            peers: [%s]
            partitions: 2
            """.formatted(folder.resolve("one"), port, port + 1, peers));
        return process;
    }

    private HttpResponse<String> post(HttpClient client, String operation, byte[] body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                        .timeout(PATIENCE)
                        .header("X-Amz-Target", "DynamoDB_20120810." + operation)
                        .header("Content-Type", "application/x-amz-json-1.0")
                        .header(
                                "Authorization",
                                "AWS4-HMAC-SHA256 Credential=any/20260101/one/dynamodb/aws4_request,"
                                        + " SignedHeaders=host;x-amz-date, Signature=0")
                        .header("X-Amz-Date", "20260101T000000Z")
                        // Not ofByteArray, which copies all of it at once: this JVM would have no room for 64.
                        .POST(HttpRequest.BodyPublishers.fromPublisher(
                                HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)),
                                body.length))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String operation, String body) throws Exception {
        return post(HTTP, operation, body.getBytes(StandardCharsets.UTF_8));
    }

    private void makeTable() throws Exception {
        assertThat(post(
                                "CreateTable",
                                "{\"TableName\":\"tab\",\"BillingMode\":\"PAY_PER_REQUEST\","
                                        + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
                                        + "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(post("PutItem", put("here", "{\"S\":\"v\"}")).statusCode()).isEqualTo(200);
    }

    private static String put(String key, String value) {
        return "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"" + key + "\"},\"v\":" + value + "}}";
    }

    private static String list(String element, int count) {
        return "{\"L\":[" + String.join(",", Collections.nCopies(count, element)) + "]}";
    }

    private static String batch(int items, String value) {
        return "{\"RequestItems\":{\"tab\":["
                + IntStream.range(0, items)
                        .mapToObj(
                                i -> "{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"b" + i + "\"},\"v\":" + value + "}}}")
                        .collect(Collectors.joining(","))
                + "]}}";
    }

    /** An operation and its body. */
    private record Sent(String operation, byte[] body) {
        static Sent of(String operation, String body) {
            return new Sent(operation, body.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Legal ones and others; each is sent several times. */
    private static List<Sent> worst() {
        return List.of(
                Sent.of("PutItem", put("k", list("{\"N\":\"1\"}", 1_500_000))),
                Sent.of("PutItem", put("k", list("{\"N\":\"1\"}", 800_000))),
                Sent.of("PutItem", put("k", list("{\"N\":\"123\"}", 100_000))),
                Sent.of("BatchWriteItem", batch(25, list("{\"N\":\"1\"}", 65_000))),
                Sent.of("BatchWriteItem", batch(25, list("{\"M\":{\"a\":{\"N\":\"12\"}}}", 20_000))),
                Sent.of("PutItem", "{\"TableName\":\"tab\",\"x\":[" + "[],".repeat(4_000_000) + "[]]}"),
                Sent.of("PutItem", put("k", "{\"L\":[".repeat(200_000))),
                Sent.of("Query", "{\"TableName\":\"" + "t".repeat(12 << 20) + "\"}"));
    }

    private void announceFrame(List<Socket> sockets, int bytes) {
        try {
            Socket socket = new Socket("127.0.0.1", port + 1);
            sockets.add(socket);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(bytes);
            out.write(0);
            out.flush();
        } catch (IOException refused) {
            // The broker may end such a connection at once.
        }
    }

    @Test
    void theWorstBodiesAndFramesAtOnceLeaveTheNodeServing() throws Exception {
        List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
        try (RegionProcess process = region("", LAUNCHER)) {
            process.start();
            makeTable();
            List<Sent> worst = worst();
            AtomicBoolean over = new AtomicBoolean();
            CompletableFuture<List<Long>> reading = CompletableFuture.supplyAsync(() -> readUntil(over));
            TreeMap<Integer, Integer> statuses = new TreeMap<>();
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                Sent sent = worst.get(i % worst.size());
                Thread sender = new Thread(() -> {
                    int status = status(sent);
                    synchronized (statuses) {
                        statuses.merge(status, 1, Integer::sum);
                    }
                });
                senders.add(sender);
                sender.start();
            }
            for (int i = 0; i < FRAMES; i++) {
                announceFrame(sockets, i % 2 == 0 ? 100 << 20 : 40 << 20);
            }
            for (Thread sender : senders) {
                sender.join();
            }
            over.set(true);
            List<Long> latencies = reading.join();
            assertThat(process.starts()).isEqualTo(1);
            // 0: the connection was closed while the body was refused. 408: its time was up, on a busy machine.
            assertThat(statuses.keySet()).as("%s", statuses).isSubsetOf(0, 200, 400, 408, 413, 503);
            assertThat(latencies).isNotEmpty();
            System.out.printf(
                    "%d GetItems meanwhile, the slowest took %d ms; answers by status %s%n",
                    latencies.size(), Collections.max(latencies) / 1_000_000, statuses);
            if (DEEP) {
                assertThat(Collections.max(latencies)).isLessThan(1_000_000_000L);
            }
            HttpResponse<String> legal =
                    post("BatchWriteItem", batch(25, "{\"S\":\"" + "é\\n".repeat(130_000) + "\"}"));
            assertThat(legal.body()).isEqualTo("{\"UnprocessedItems\":{}}");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private int status(Sent sent) {
        try {
            return post(HTTP, sent.operation(), sent.body()).statusCode();
        } catch (IOException closed) {
            return 0;
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** @return how long each GetItem took, in nanoseconds */
    private List<Long> readUntil(AtomicBoolean over) {
        // None of its connections is closed because of what others have sent.
        HttpClient own = client();
        byte[] getItem = "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"here\"}}}".getBytes(StandardCharsets.UTF_8);
        List<Long> took = new ArrayList<>();
        do {
            long begin = System.nanoTime();
            try {
                HttpResponse<String> answer = post(own, "GetItem", getItem);
                assertThat(answer.body()).contains("\"here\"");
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
            took.add(System.nanoTime() - begin);
        } while (!over.get());
        return took;
    }

    @Test
    void aSmallHeapOutlivesABodyAndAPeerThatIsNoKafka() throws Exception {
        // The bootstrap of the peer is the node's own HTTP port: what answers there is no Kafka.
        try (RegionProcess process = region("", "-Xmx128m")) {
            process.configure("""
                region: one
                data: %s
                http: {port: %d}
                kafka: {embedded: {port: %d}}
                peers: [{region: two, bootstrap: "127.0.0.1:%d"}]
                partitions: 2
                """.formatted(folder.resolve("one"), port, port + 1, port));
            process.start();
            makeTable();
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> answer = post("PutItem", put("k", list("{\"N\":\"1\"}", 490_000)));
                assertThat(answer.statusCode()).isEqualTo(400);
                assertThat(answer.body()).contains("Item size has exceeded the maximum allowed size");
            }
            String health = "";
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!health.contains("does not speak Kafka")) {
                assertThat(System.nanoTime()).as(health).isLessThan(deadline);
                health = HTTP.send(
                                HttpRequest.newBuilder(URI.create(process.endpoint() + "/-/healthy"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
            }
            assertThat(health)
                    .contains("Kafka of two: 127.0.0.1:" + port + " does not speak Kafka: it answers 'HTTP/1.");
            assertThat(process.starts()).isEqualTo(1);
            assertThat(post("GetItem", "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"here\"}}}")
                            .statusCode())
                    .isEqualTo(200);
        }
    }
}
