package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.node.RegionNode;
import dev.meridian.node.config.DrillConfig;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.simulator.drill.Ports;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A running region from outside: its pages under hostile requests, its files, and the endpoints that it tells. */
class DoorsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HOME = "us-east-1";

    /** Not {@code roomBytes}: a small number is a full disk. */
    private static final String[] NAMES = {
        "table",
        "from",
        "to",
        "above",
        "cut",
        "segments",
        "segment",
        "after",
        "limit",
        "since",
        "id",
        "force",
        "wait",
        "partition",
        "items",
        "do",
        "millis",
        "offsetMillis",
        "",
        "%41",
        "a[b]"
    };

    private static final String[] VALUES = {
        "",
        "%",
        "%z",
        "%zz",
        "%00",
        "%f0%9f%98%80",
        "%ff%fe",
        "a%22b%0a%0d",
        "0",
        "-1",
        "1",
        "99999999999999999999",
        "9223372036854775807",
        "-9223372036854775808",
        "1e9",
        "NaN",
        "0x10",
        "true",
        "tab",
        "nowhere",
        HOME,
        "eu-west-1",
        HOME + ":1",
        HOME + ":ffffffffffffffff",
        HOME + ":,:,",
        "ffffffffffffffff",
        "%2e%2e%2f",
        "2026-01-31T12:00:00Z",
        "%2B1000000000-12-31T23:59:59Z",
        "AAAA",
        "_-_-",
        "q".repeat(3_000),
        "%C3%A9".repeat(2_000)
    };

    @TempDir
    static Path folder;

    private static Path data;
    private static RegionNode node;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        data = Files.createDirectory(folder.resolve("data"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path left = Files.createFile(data.resolve("left-by-an-earlier-release"));
        Files.setPosixFilePermissions(left, PosixFilePermissions.fromString("rw-rw-rw-"));
        port = Ports.free(3);
        node = RegionNode.start(new RegionConfig(
                new RegionId(HOME),
                data,
                new HttpConfig("127.0.0.1", port),
                new KafkaConfig.Embedded("127.0.0.1", port + 1),
                List.of(new PeerConfig(new RegionId("eu-west-1"), "127.0.0.1:" + (port + 2), Map.of())),
                1,
                false,
                Duration.ZERO,
                new DrillConfig(0)));
        try (DynamoDbClient client = Cluster.client(port, HOME)) {
            Cluster.createTable(client, "tab");
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private record Answer(int status, String head, String body) {}

    /** A request line that no HTTP client would send. */
    private static Answer ask(String method, String target) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write((method + " " + target
                                    + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String whole = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int end = whole.indexOf("\r\n\r\n");
            assertThat(end).as(method + " " + target).isPositive();
            return new Answer(
                    Integer.parseInt(whole.split(" ", 3)[1]), whole.substring(0, end), whole.substring(end + 4));
        }
    }

    private static void check(String method, String target) throws IOException {
        Answer answer = ask(method, target);
        String asked = method + " " + (target.length() < 300 ? target : target.substring(0, 300) + "…");
        assertThat(answer.status()).as(asked + "\n" + answer.body()).isIn(200, 400, 404, 405, 503);
        if (answer.status() != 200) {
            assertThat(answer.body())
                    .as(asked)
                    .doesNotContain("Exception", "\tat ", "java.", "dev.meridian")
                    .hasSizeLessThan(2_000);
            if (!method.equals("HEAD")) {
                assertThat(JSON.readTree(answer.body()).path("error").asText())
                        .as(asked)
                        .isNotEmpty()
                        .doesNotContain("q".repeat(601), "é".repeat(301));
            }
        }
    }

    private static List<String> names(String kind) throws IOException {
        JsonNode index = JSON.readTree(ask("GET", "/-/").body());
        List<String> names = new ArrayList<>();
        index.path(kind).forEach(name -> names.add(name.asText()));
        // It goes on for as long as it is listened to.
        names.remove("/-/events");
        assertThat(names).hasSizeGreaterThan(5);
        return names;
    }

    @Test
    void noPageFailsWhateverItsParameters() throws Exception {
        List<String> pages = names("pages");
        List<String> all = new ArrayList<>(pages);
        all.addAll(names("actions"));
        for (String page : all) {
            for (String method : List.of("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")) {
                check(method, page + "?%");
            }
            check("GET", page);
            check("GET", "http://localhost" + page + "?a=%zz");
        }
        Property.holds(
                1_500,
                random -> check(
                        random.nextBoolean() ? "POST" : "GET",
                        all.get(random.nextInt(all.size())) + "?" + query(random)));
        assertThat(ask("GET", "/-/healthy").status()).isEqualTo(200);
    }

    /** One case: names that a page reads, with values of all kinds. */
    private static String query(RandomGenerator random) {
        StringBuilder query = new StringBuilder();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            query.append(NAMES[random.nextInt(NAMES.length)])
                    .append(random.nextInt(20) == 0 ? "" : "=")
                    .append(VALUES[random.nextInt(VALUES.length)])
                    .append(random.nextInt(20) == 0 ? "&&" : "&");
        }
        return query.toString();
    }

    @Test
    void nobodyElseCanReadTheData() throws Exception {
        List<String> open = new ArrayList<>();
        Path kafka = data.resolve("kafka");
        Files.walkFileTree(data, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes unused) throws IOException {
                look(folder);
                // What the broker makes later has the process's umask, in a folder that is closed.
                return folder.equals(kafka) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes unused) throws IOException {
                look(file);
                return FileVisitResult.CONTINUE;
            }

            private void look(Path each) throws IOException {
                String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(each));
                if (!permissions.endsWith("------")) {
                    open.add(permissions + " " + each);
                }
            }
        });
        assertThat(open).isEmpty();
        assertThat(Files.exists(data.resolve("store/data.mdb"))).isTrue();
    }

    @Test
    void aClientThatDiscoversEndpointsStaysHere() {
        try (DynamoDbClient client = DynamoDbClient.builder()
                .endpointOverride(URI.create("http://localhost:" + port))
                .endpointDiscoveryEnabled(true)
                .region(Region.of(HOME))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "thing")))
                .build()) {
            assertThat(client.describeEndpoints(request -> {}).endpoints())
                    .singleElement()
                    .satisfies(endpoint -> assertThat(endpoint.address()).isEqualTo("localhost:" + port));
            Map<String, AttributeValue> key = Map.of("pk", AttributeValue.fromS("found"));
            client.putItem(request -> request.tableName("tab").item(key));
            for (int i = 0; i < 3; i++) {
                assertThat(client.getItem(request -> request.tableName("tab").key(key))
                                .item())
                        .isEqualTo(key);
            }
        }
    }
}
