package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.RegionId;
import dev.meridian.node.LocalCluster;
import dev.meridian.node.RegionNode;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.simulator.drill.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The console: what it is told, and what somebody sees and does who opens it in a browser. */
class ConsoleTest {
    private static final String US = "us-east-1";
    private static final String EU = "eu-west-1";
    private static final String AP = "ap-northeast-1";
    private static final String TABLE = "songs";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static final Duration PICTURED = Duration.ofSeconds(240);
    private static final Duration PICTURED_CUT = Duration.ofSeconds(15);

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static DynamoDbClient us;
    private static DynamoDbClient eu;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(folder);
        us = Cluster.client(cluster.frontDoorPort(), US);
        eu = Cluster.client(cluster.frontDoorPort(), EU);
        Cluster.createTable(us, TABLE);
        Cluster.addReplicas(us, TABLE, EU, AP);
    }

    @AfterAll
    static void stop() {
        us.close();
        eu.close();
        cluster.close();
    }

    private static String frontDoor() {
        return "http://127.0.0.1:" + cluster.frontDoorPort();
    }

    private static String node(String region) {
        return cluster.node(new RegionId(region)).address().endpoint();
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode get(String url) throws Exception {
        return JSON.readTree(send(request(url)).body());
    }

    private static HttpResponse<String> post(String url, String... headers) throws Exception {
        HttpRequest.Builder request = request(url).POST(HttpRequest.BodyPublishers.noBody());
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private static void put(DynamoDbClient client, String pk, String v) {
        client.putItem(write ->
                write.tableName(TABLE).item(Map.of("pk", AttributeValue.fromS(pk), "v", AttributeValue.fromS(v))));
    }

    private static Optional<String> read(DynamoDbClient client, String pk) {
        AttributeValue value = client.getItem(read -> read.tableName(TABLE).key(Map.of("pk", AttributeValue.fromS(pk))))
                .item()
                .get("v");
        return Optional.ofNullable(value).map(AttributeValue::s);
    }

    /** Server-sent events, as they come. */
    private static final class Events implements AutoCloseable {
        private final BufferedReader lines;
        private String name = "";

        Events(String endpoint) throws Exception {
            HttpResponse<InputStream> response =
                    HTTP.send(request(endpoint + "/-/events").build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
            assertThat(response.headers().firstValue("cache-control")).contains("no-store");
            lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        JsonNode next() throws IOException {
            name = lines.readLine().substring("event: ".length());
            JsonNode data = JSON.readTree(lines.readLine().substring("data: ".length()));
            assertThat(lines.readLine()).isEmpty();
            return data;
        }

        /** The first state that is as it should be; a stream that has none of them ends with the test's patience. */
        JsonNode await(Predicate<JsonNode> condition) throws IOException {
            for (int states = 0; states < 600; states++) {
                JsonNode state = next();
                if (condition.test(state)) {
                    return state;
                }
            }
            throw new AssertionError("none of 600 states is as expected");
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    private static JsonNode region(JsonNode state, String name) {
        for (JsonNode region : state.path("regions")) {
            if (region.path("region").asText().equals(name)) {
                return region;
            }
        }
        return JSON.missingNode();
    }

    private static JsonNode link(JsonNode state, String from, String to) {
        for (JsonNode link : region(state, to).path("links")) {
            if (link.path("from").asText().equals(from)
                    && link.path("to").asText().equals(to)) {
                return link;
            }
        }
        return JSON.missingNode();
    }

    @Test
    void thePageAndAllThatItLoadsComeFromTheNodeAlone() throws Exception {
        for (String endpoint : List.of(frontDoor(), node(EU))) {
            HttpResponse<String> page = send(request(endpoint + "/-/console"));
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
            assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                    .startsWith("default-src 'none'")
                    .doesNotContain("unsafe", "http:", "https:", "*");
            assertThat(page.body()).doesNotContain("style=", "onclick=", "//");
            TreeSet<String> files =
                    new TreeSet<>(List.of("console/main.js", "console/console.css", "console/icon.svg"));
            assertThat(files).allSatisfy(file -> assertThat(page.body()).contains(file));
            TreeSet<String> seen = new TreeSet<>();
            while (!files.isEmpty()) {
                String file = files.pollFirst();
                HttpResponse<String> loaded = send(request(endpoint + "/-/" + file));
                assertThat(loaded.statusCode()).as(file).isEqualTo(200);
                assertThat(loaded.body()).as(file).doesNotContain("innerHTML", "@import", "eval(");
                assertThat(loaded.headers().firstValue("x-content-type-options"))
                        .contains("nosniff");
                seen.add(file);
                Matcher imports = Pattern.compile("from \"\\./([a-z]+\\.js)\"").matcher(loaded.body());
                while (imports.find()) {
                    if (!seen.contains("console/" + imports.group(1))) {
                        files.add("console/" + imports.group(1));
                    }
                }
            }
            assertThat(seen).hasSizeGreaterThan(12);
        }
    }

    @Test
    void whatTheBrowserHasAlreadyIsNotSentAgain() throws Exception {
        HttpResponse<String> first = send(request(frontDoor() + "/-/console/main.js"));
        String tag = first.headers().firstValue("etag").orElseThrow();
        HttpResponse<String> again =
                send(request(frontDoor() + "/-/console/main.js").header("If-None-Match", tag));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(send(request(frontDoor() + "/-/console/main.js").header("If-None-Match", "\"other\""))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aPageOfAnotherSiteCanNeitherReadNorDo() throws Exception {
        String pause = node(EU) + "/-/pause?from=" + US;
        assertThat(post(pause, "Origin", "http://evil.example").statusCode()).isEqualTo(403);
        assertThat(post(pause, "Origin", "null").statusCode()).isEqualTo(403);
        assertThat(post(pause, "Sec-Fetch-Site", "cross-site").statusCode()).isEqualTo(403);
        assertThat(post(frontDoor() + "/-/regions/" + EU + "/pause?from=" + US, "Sec-Fetch-Site", "same-site")
                        .statusCode())
                .isEqualTo(403);
        assertThat(get(node(EU) + "/-/replication")
                        .path("remote")
                        .path(US)
                        .path("state")
                        .asText())
                .isNotEqualTo("PAUSED");
        HttpResponse<String> read = send(request(node(EU) + "/-/replication").header("Origin", "http://evil.example"));
        assertThat(read.headers().firstValue("access-control-allow-origin")).isEmpty();
        String resume = node(EU) + "/-/resume?from=" + US;
        assertThat(post(resume, "Origin", node(EU), "Sec-Fetch-Site", "same-origin")
                        .statusCode())
                .isEqualTo(200);
        assertThat(post(resume).statusCode()).isEqualTo(200);
    }

    @Test
    void eventsTellOfAllRegionsAtTheFrontDoor() throws Exception {
        put(us, "told", "once");
        try (Events events = new Events(frontDoor())) {
            JsonNode history = events.next();
            assertThat(events.name).isEqualTo("history");
            assertThat(history.path(US).path("at").isArray()).isTrue();
            JsonNode state = events.await(
                    now -> region(now, AP).path("tables").path(0).path("items").asLong() > 0
                            && link(now, US, AP).path("applied").asLong() > 0);
            assertThat(events.name).isEqualTo("state");
            assertThat(state.path("frontDoor").asBoolean()).isTrue();
            assertThat(link(state, US, AP).path("state").asText()).isEqualTo("RUNNING");
            assertThat(region(state, AP)
                            .path("tables")
                            .path(0)
                            .path("members")
                            .path(EU)
                            .asText())
                    .isEqualTo("ACTIVE");
            long before = region(state, US).path("atMillis").asLong();
            put(us, "told", "twice");
            events.await(now -> region(now, US).path("atMillis").asLong() > before
                    && region(now, US).path("requests").path("perSecond").asDouble() > 0
                    && region(now, US).path("requests").path("p99Millis").asDouble() > 0);
        }
        try (Events later = new Events(frontDoor())) {
            JsonNode series = later.next().path(US);
            assertThat(series.path("requests").size())
                    .isGreaterThan(1)
                    .isEqualTo(series.path("at").size());
            assertThat(series.path("lag " + EU + ">" + US)).isNotEmpty();
            assertThat(series.path("pending " + EU + ">" + US)).isNotEmpty();
        }
    }

    @Test
    void aNodeTellsOfOtherLinksWhatItHears() throws Exception {
        try (Events events = new Events(node(AP))) {
            events.next();
            JsonNode state = events.await(now -> {
                JsonNode links = region(now, AP).path("links");
                List<String> said = new ArrayList<>();
                links.forEach(link -> {
                    if (link.path("said").asBoolean() && link.has("lagMillis")) {
                        said.add(link.path("from").asText() + ">"
                                + link.path("to").asText());
                    }
                });
                return said.containsAll(List.of(US + ">" + EU, EU + ">" + US, AP + ">" + US, AP + ">" + EU));
            });
            assertThat(state.path("frontDoor").asBoolean()).isFalse();
            assertThat(state.path("regions").size()).isEqualTo(1);
        }
    }

    @Test
    void soManyMayListenAndWhoLeavesMakesRoom() throws Exception {
        List<Events> listeners = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                listeners.add(new Events(node(EU)));
            }
            HttpResponse<String> refused = send(request(node(EU) + "/-/events"));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("more than 100 listen already");
            listeners.remove(0).close();
            Cluster.await("there is room", () -> {
                try (Events again = new Events(node(EU))) {
                    return again.next().isObject();
                } catch (AssertionError full) {
                    return false;
                } catch (Exception failed) {
                    throw new AssertionError(failed);
                }
            });
        } finally {
            for (Events each : listeners) {
                each.close();
            }
        }
    }

    @Test
    void theTailHasEachChangeOnceAndInOrder() throws Exception {
        String tail = node(EU) + "/-/tail?table=" + TABLE;
        long from = get(tail).path("next").asLong();
        for (int i = 0; i < 7; i++) {
            put(us, "tailed-" + i, "v");
        }
        Cluster.await("all have come", () -> read(eu, "tailed-6").isPresent());
        List<String> keys = new ArrayList<>();
        long next = from;
        while (keys.size() < 7) {
            JsonNode page = get(tail + "&limit=3&after=" + next);
            assertThat(page.path("changes").size()).isLessThanOrEqualTo(3);
            page.path("changes").forEach(change -> {
                String key = change.path("key").path("pk").path("S").asText();
                if (key.startsWith("tailed-")) {
                    keys.add(key);
                    assertThat(change.path("origin").asText()).isEqualTo(US);
                    assertThat(change.path("event").asText()).isEqualTo("INSERT");
                    assertThat(change.path("new").path("v").path("S").asText()).isEqualTo("v");
                }
            });
            next = page.path("next").asLong();
        }
        assertThat(keys).doesNotHaveDuplicates().hasSize(7);
        assertThat(send(request(tail + "&limit=0")).statusCode()).isEqualTo(400);
        assertThat(send(request(tail + "&after=x")).statusCode()).isEqualTo(400);
        assertThat(send(request(node(EU) + "/-/tail?table=none")).body()).contains("there is no table none");
    }

    @Test
    void nothingPassesALinkThatIsCut() throws Exception {
        String eu1 = frontDoor() + "/-/regions/" + EU;
        assertThat(post(eu1 + "/cut?from=" + AP).statusCode()).isEqualTo(200);
        try (Events events = new Events(frontDoor())) {
            events.next();
            events.await(now -> link(now, AP, EU).path("state").asText().equals("CUT"));
            try (DynamoDbClient ap = Cluster.client(cluster.frontDoorPort(), AP)) {
                put(ap, "behind the cut", "v");
            }
            Cluster.await(
                    "it is in the third region",
                    () -> read(us, "behind the cut").isPresent());
            assertThat(read(eu, "behind the cut")).isEmpty();
            assertThat(get(node(EU) + "/-/healthy").path("unreachable").toString())
                    .contains(AP);
        } finally {
            post(eu1 + "/mend?from=" + AP);
        }
        Cluster.await("it comes", () -> read(eu, "behind the cut").isPresent());
        assertThat(post(eu1 + "/cut?from=nowhere").statusCode()).isEqualTo(400);
    }

    @Test
    void aLinkWhoseOtherEndIsGoneIsSeenToBeSo() throws Exception {
        try (Events events = new Events(frontDoor())) {
            events.next();
            events.await(now -> link(now, AP, US).path("state").asText().equals("RUNNING"));
            cluster.node(new RegionId(AP)).stopKafka();
            try {
                JsonNode gone = events.await(now -> List.of("BUS_AWAY", "SILENT")
                        .contains(link(now, AP, US).path("state").asText()));
                assertThat(link(gone, AP, US).path("silentMillis").asLong()).isPositive();
                events.await(now -> link(now, AP, US).path("pending").isNull());
            } finally {
                cluster.node(new RegionId(AP)).startKafka();
            }
            events.await(now -> link(now, AP, US).path("state").asText().equals("RUNNING")
                    && link(now, AP, US).path("pending").isNumber());
        }
    }

    @Test
    void aNodeInAProcessOfItsOwnIsNotCut() throws Exception {
        int ports = Ports.free(2);
        RegionConfig config = new RegionConfig(
                new RegionId("alone"),
                folder.resolve("alone"),
                new HttpConfig("127.0.0.1", ports),
                new KafkaConfig.Embedded("127.0.0.1", ports + 1),
                List.of(),
                1,
                false,
                Duration.ZERO,
                null);
        try (RegionNode alone = RegionNode.start(config);
                Events events = new Events(alone.address().endpoint())) {
            assertThat(post(alone.address().endpoint() + "/-/cut?from=" + US).statusCode())
                    .isEqualTo(404);
            events.next();
            JsonNode state = events.await(now -> region(now, "alone").has("mayCut"));
            assertThat(region(state, "alone").path("mayCut").asBoolean()).isFalse();
        }
    }

    @Test
    void verifyAtTheFrontDoorComparesAllRegions() throws Exception {
        put(us, "verified", "v");
        Cluster.await("it is everywhere", () -> read(eu, "verified").isPresent());
        JsonNode result =
                JSON.readTree(post(frontDoor() + "/-/verify?table=" + TABLE).body());
        assertThat(result.path("equal").asBoolean()).isTrue();
        assertThat(result.path("items").size()).isEqualTo(3);
        HttpResponse<String> none = post(frontDoor() + "/-/verify?table=none");
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(none.body()).contains("no table none");
    }

    @Test
    void aBrowserShowsAndDoesAllOfIt(@TempDir Path own) throws Exception {
        Optional<Path> binary = Chromium.find();
        assumeTrue(binary.isPresent(), "no Chromium on the PATH: the console is not looked at in a browser");
        put(us, "Nina Simone", "<img src=x onerror='window.broken=1'>");
        try (Chromium browser = new Chromium(binary.get(), own)) {
            browser.look(1400, 1000, "light");
            browser.open(frontDoor() + "/-/console");
            overview(browser);
            tables(browser);
            items(browser);
            stream(browser);
            conflicts(browser);
            cutAndPause(browser);
            phoneAndDark(browser);
            keyboard(browser);
            browser.open(node(AP) + "/-/console");
            browser.await("a node's own console has all links", "document.querySelectorAll('.map .link').length === 6");
            browser.await(
                    "other regions' links are those regions' to steer",
                    "document.querySelectorAll('.link-card').length === 6"
                            + " && document.querySelectorAll('.link-card .buttons').length === 2");
            assertThat(browser.evaluate("window.broken === undefined").asBoolean())
                    .isTrue();
            // The browser reports the write that was refused as an error of the network.
            assertThat(browser.errors())
                    .filteredOn(error -> !error.contains("status of 400"))
                    .isEmpty();
        }
    }

    private static String mapLink(String from, String to) {
        return "document.querySelector('.map .link[data-link=\"" + from + ">" + to + "\"]')";
    }

    private static String card(String from, String to) {
        return ".link-card[data-link=\"" + from + ">" + to + "\"]";
    }

    /**
     * Makes README's picture, which takes as long as its curves show: {@code mvn package -pl simulator -am -Dtest=ConsoleTest
     * -Dsurefire.failIfNoSpecifiedTests=false -Dmeridian.picture=$PWD/region-node/console.png}.
     */
    @Test
    @EnabledIfSystemProperty(named = "meridian.picture", matches = ".+")
    void aPictureOfThreeRegionsUnderLoadWithACutLink(@TempDir Path own) throws Exception {
        Path binary = Chromium.find().orElseThrow(() -> new AssertionError("no Chromium on the PATH"));
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        try (DynamoDbClient ap = Cluster.client(cluster.frontDoorPort(), AP);
                Chromium browser = new Chromium(binary, own)) {
            try {
                for (DynamoDbClient client : List.of(us, eu, ap)) {
                    Thread writer = new Thread(() -> writeUntil(done, client));
                    writers.add(writer);
                    writer.start();
                }
                browser.look(1400, 1340, "light");
                browser.open(frontDoor() + "/-/console");
                overview(browser);
                LockSupport.parkNanos(PICTURED.toNanos());
                post(node(EU) + "/-/cut?from=" + US);
                browser.await("the link is red", mapLink(US, EU) + ".dataset.level === 'bad'");
                LockSupport.parkNanos(PICTURED_CUT.toNanos());
                browser.screenshot(Path.of(System.getProperty("meridian.picture")));
            } finally {
                done.set(true);
                for (Thread writer : writers) {
                    writer.join();
                }
                post(node(EU) + "/-/mend?from=" + US);
            }
        }
    }

    private static void writeUntil(AtomicBoolean done, DynamoDbClient client) {
        for (int i = 0; !done.get(); i++) {
            put(client, "song" + i % 1_000, "take " + i);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    private static void overview(Chromium browser) {
        browser.await("it is live", "document.getElementById('connection').dataset.state === 'live'");
        browser.await("three regions", "document.querySelectorAll('.card.region').length === 3");
        browser.await(
                "six links are well",
                "document.querySelectorAll('.map .link[data-level=\"ok\"]').length === 6"
                        + " && document.querySelectorAll('.link-card').length === 6");
        browser.await(
                "each link has two curves with values",
                "[...document.querySelectorAll('.link-card canvas')].filter((each) =>"
                        + " /^(Lag|Backlog) of the last 15 minutes: \\d/.test(each.ariaLabel)).length === 12");
        browser.await(
                "requests are counted",
                "[...document.querySelectorAll('.region canvas')].some((each) =>"
                        + " /^Requests .* at most [1-9]/.test(each.ariaLabel))");
        browser.click(card(US, EU) + " .buttons button:nth-child(3)");
        browser.await(
                "the drain is proved",
                "document.querySelector('" + card(US, EU) + " .outcome').textContent"
                        + ".startsWith('eu-west-1 holds everything us-east-1 committed up to')");
    }

    private static void tables(Chromium browser) {
        browser.evaluate("location.hash = '#tables'");
        String table = ".table-card[data-table=\"" + TABLE + "\"]";
        browser.await(
                "three active replicas", "document.querySelectorAll('" + table + " tbody .badge.ok').length === 3");
        browser.await(
                "the schema", "document.querySelector('" + table + " dl').textContent.includes('pk (S, partition)')");
        browser.await(
                "items are counted",
                "Number(document.querySelector('" + table + " tbody td:nth-child(4)').textContent) > 0");
        browser.click(table + " .buttons button");
        browser.await("it is verified", "document.querySelector('" + table + " .outcome').dataset.equal === 'true'");
    }

    private static void items(Chromium browser) {
        String rows = "[...document.querySelectorAll('.items tbody tr')]";
        browser.evaluate("location.hash = '#items/" + TABLE + "'");
        browser.await("a scan finds it", rows + ".some((row) => row.textContent.includes('onerror'))");
        browser.fill(".form label:nth-child(3) select", "get");
        browser.fill(".form label:nth-child(5) input", "Nina Simone");
        browser.click(".form button.primary");
        browser.await("a get finds it alone", rows + ".length === 1 && " + rows + "[0].textContent.includes('Nina')");
        browser.fill(".form label:nth-child(3) select", "query");
        browser.fill(".form label:nth-child(5) input", "nobody");
        browser.click(".form button.primary");
        browser.await("a query finds none", "document.querySelector('#main').textContent.includes('Nothing found')");
        browser.fill(".form label:nth-child(5) input", "Nina Simone");
        browser.click(".form button.primary");
        browser.await("a query finds it", rows + ".length === 1");
        browser.click(".items button.link");
        browser.await("nothing can be written yet", "document.querySelector('dialog .primary').hidden");
        browser.evaluate("document.querySelector('dialog').close()");
        browser.click("#editing");
        browser.click(".items button.link");
        browser.fill("dialog textarea", "{\"pk\": {\"S\": \"Nina Simone\"}, \"v\": {\"S\": \"Sinnerman\"}}");
        browser.click("dialog .primary");
        browser.await("the dialog closes", "!document.querySelector('dialog').open");
        assertThat(read(us, "Nina Simone")).contains("Sinnerman");
        browser.await("the change is seen", rows + ".some((row) => row.textContent.includes('Sinnerman'))");
        browser.click(".items button.link");
        put(us, "Nina Simone", "changed meanwhile");
        browser.click("dialog .primary");
        browser.await(
                "what was changed meanwhile is not written over",
                "document.querySelector('.problem').textContent.startsWith('Not written')");
        assertThat(read(us, "Nina Simone")).contains("changed meanwhile");
        browser.evaluate("document.querySelector('dialog').close()");
    }

    private static void stream(Chromium browser) {
        browser.evaluate("location.hash = '#stream'");
        browser.await(
                "the tail has the change of before",
                "[...document.querySelectorAll('.tail tbody tr')].some((row) =>"
                        + " row.querySelector('del')?.textContent.includes('Sinnerman')"
                        + " && row.querySelector('ins').textContent.includes('changed meanwhile'))");
        put(eu, "Fela Kuti", "Zombie");
        browser.await(
                "a new change comes by itself",
                "[...document.querySelectorAll('.tail tbody tr')].some((row) =>"
                        + " row.textContent.includes('Fela Kuti') && row.textContent.includes('eu-west-1')"
                        + " && row.textContent.includes('insert'))");
    }

    private static void conflicts(Chromium browser) throws Exception {
        for (String[] way : new String[][] {{US, EU}, {EU, US}}) {
            post(node(way[1]) + "/-/cut?from=" + way[0]);
            Cluster.await("the link is cut", () -> state(way[0], way[1]).equals("CUT"));
        }
        put(us, "contested", "from us");
        put(eu, "contested", "from eu");
        for (String[] way : new String[][] {{US, EU}, {EU, US}}) {
            post(node(way[1]) + "/-/mend?from=" + way[0]);
        }
        browser.evaluate("location.hash = '#conflicts'");
        String contested = "[...document.querySelectorAll('.conflict')].find((each) =>"
                + " each.querySelector('h3').textContent.includes('contested'))";
        browser.await("the conflict is shown", contested);
        assertThat(browser.evaluate(contested + ".querySelector('.side.winner .differs').textContent")
                        .asText())
                .contains("from eu");
        assertThat(browser.evaluate(contested + ".querySelector('.side.loser .differs').textContent")
                        .asText())
                .contains("from us");
        browser.evaluate(contested + ".querySelector('button').click()");
        Cluster.await("the loser is put back", () -> read(us, "contested").equals(Optional.of("from us")));
    }

    private static String state(String from, String to) {
        try {
            return get(node(to) + "/-/replication")
                    .path("remote")
                    .path(from)
                    .path("state")
                    .asText();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static void cutAndPause(Chromium browser) {
        browser.evaluate("location.hash = '#overview'");
        String link = mapLink(US, EU);
        browser.await("the link is well", link + "?.dataset.level === 'ok'");
        for (String[] button : new String[][] {{"2", "cut"}, {"1", "paused"}}) {
            String selector = card(US, EU) + " .buttons button:nth-child(" + button[0] + ")";
            browser.click(selector);
            long begun = System.nanoTime();
            browser.await(
                    "the link is red and says why",
                    link + ".dataset.level === 'bad' && " + link
                            + ".classList.contains('still') && document.querySelector('"
                            + card(US, EU) + " .badge').textContent === '" + button[1] + "' && [...document"
                            + ".querySelectorAll('.map .label.bad')].some((each) => each.textContent === '" + button[1]
                            + "')");
            System.out.printf("%s: red after %d ms%n", button[1], (System.nanoTime() - begun) / 1_000_000);
            browser.await("the button is ready", "!document.querySelector('" + selector + "').disabled");
            browser.click(selector);
            browser.await("the link is well again", link + ".dataset.level === 'ok'");
        }
    }

    private static void phoneAndDark(Chromium browser) {
        String background = "getComputedStyle(document.body).backgroundColor";
        String light = browser.evaluate(background).asText();
        browser.look(390, 844, "dark");
        browser.await("it is dark", background + " !== " + Chromium.quoted(light));
        for (String part : List.of("overview", "tables", "items", "stream", "conflicts")) {
            browser.evaluate("location.hash = '#" + part + "'");
            browser.await(
                    part + " fits a phone",
                    "document.querySelector('nav a[aria-current]').hash === '#" + part
                            + "' && document.documentElement.scrollWidth <= 390");
        }
        browser.look(1400, 1000, "light");
    }

    private static void keyboard(Chromium browser) {
        browser.evaluate("location.hash = '#overview'");
        browser.await("the overview", "document.querySelector('nav a[aria-current]').hash === '#overview'");
        browser.evaluate("document.querySelector('.skip').focus()");
        for (int i = 0; i < 2; i++) {
            browser.press("Tab");
        }
        browser.press("Enter");
        browser.await("Tab and Enter lead to the tables", "location.hash === '#tables'");
    }
}
