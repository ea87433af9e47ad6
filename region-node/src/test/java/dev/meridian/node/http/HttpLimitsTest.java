package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No client, however slow, large or strange, keeps more than its limits allow; and each is told. */
class HttpLimitsTest {
    private static final BodyBudget BODIES = new BodyBudget(20 << 20);
    private static final MemoryBudget SMALL = new MemoryBudget(() -> 20 << 20);
    private static final MemoryBudget LARGE = new MemoryBudget(() -> 40 << 20);
    private static final HttpLimits SHORT = new HttpLimits(
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            new RequestMemory(BODIES, SMALL, LARGE));

    @TempDir
    static Path folder;

    private static RunningRegion region;

    @BeforeAll
    static void start() throws Exception {
        Pages pages = new Pages()
                .with("ready", () -> Pages.Page.json(200, "{}"))
                .with("data-loss", () -> Pages.Page.json(200, "{}"))
                .with("set-aside", () -> Pages.Page.json(200, "{}"));
        region = new RunningRegion(folder, SHORT, pages, List.of("*"));
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    @AfterEach
    void nothingIsHeldAndTheServerGoesOn() throws Exception {
        // On a connection of its own: the server lets go of one that waits, and it may be doing so.
        try (RawHttp fresh = region.connect()) {
            assertThat(fresh.send(RawHttp.request("ListTables", "{}")).answer().status())
                    .isEqualTo(200);
        }
        assertEventually(() -> BODIES.held() == 0 && SMALL.held() == 0 && LARGE.held() == 0);
    }

    private static void assertEventually(java.util.function.BooleanSupplier holds) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static void assertRefused(RawHttp.Answer answer, int status, String type) {
        assertThat(answer.text()).contains("#" + type + "\"");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Connection")).isEqualTo("close");
        assertThat(answer.header("x-amzn-RequestId")).hasSize(52);
    }

    @Test
    void largeBodiesLeaveRoomForSmallOnes() throws Exception {
        BodyBudget.Share large = BODIES.share();
        large.take(20 << 20);
        try {
            assertThat(region.post("ListTables", "{}").statusCode()).isEqualTo(200);
            assertThat(region.post("ListTables", " ".repeat(100_000) + "{}").statusCode())
                    .isEqualTo(503);
        } finally {
            large.giveBack();
        }
    }

    /** 32 MB may be read for it, which is more than all small requests have. */
    @Test
    void whatASmallCompressedRequestReadsIsNotOfTheSmallOnes() throws Exception {
        byte[] body =
                ContentCoding.Coding.GZIP.compress("{\"RequestItems\":{\"tab\":{\"Keys\":[{\"pk\":{\"S\":\"a\"}}]}}}"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        SMALL.add(1);
        try (RawHttp http = region.connect()) {
            http.send(
                    RawHttp.head("BatchGetItem", "Content-Encoding: gzip", "Content-Length: " + body.length) + "\r\n");
            assertThat(http.send(body).answer().text()).contains("\"Responses\":{\"tab\":[]}");
        } finally {
            SMALL.giveBack(1);
        }
    }

    @Test
    void pagesThatShowItemsOrRecordsNeedRoomAndHealthDoesNot() throws Exception {
        LARGE.add(40 << 20);
        try (RawHttp http = region.connect()) {
            for (String page : List.of("data-loss", "set-aside")) {
                http.send("GET /-/" + page + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(http.answer().status()).as(page).isEqualTo(503);
            }
            http.send("GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(http.answer().status()).isEqualTo(200);
        } finally {
            LARGE.giveBack(40 << 20);
        }
    }

    @Test
    void aBodyThatStopsHalfWayTimesOut() throws Exception {
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.head("ListTables", "Content-Length: 100") + "\r\n{\"Lim");
            assertRefused(http.answer(), 408, "RequestTimeoutException");
            assertThat(http.isClosed()).isTrue();
        }
    }

    @Test
    void aDrippingBodyTimesOutInTotal() throws Exception {
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.head("ListTables", "Content-Length: 100000") + "\r\n{");
            CompletableFuture<Void> dripping = CompletableFuture.runAsync(() -> drip(http, " "));
            assertRefused(http.answer(), 408, "RequestTimeoutException");
            assertThat(http.isClosed()).isTrue();
            dripping.join();
        }
    }

    private static void drip(RawHttp http, String drop) {
        try {
            for (int i = 0; i < 200; i++) {
                http.send(drop);
                java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
            }
        } catch (IOException closed) {
            // As it should be.
        }
    }

    @Test
    void aDrippingHeadIsCutOff() throws Exception {
        try (RawHttp http = region.connect()) {
            http.send("POST / HTTP/1.1\r\nHost: x\r\nX-Drip: ");
            CompletableFuture<Void> dripping = CompletableFuture.runAsync(() -> drip(http, "x"));
            assertThat(http.isClosed()).isTrue();
            dripping.join();
        }
    }

    @Test
    void anIdleConnectionIsClosedAndOneInUseIsNot() throws Exception {
        try (RawHttp idle = region.connect();
                RawHttp used = region.connect()) {
            idle.send(RawHttp.request("ListTables", "{}"));
            assertThat(idle.answer().status()).isEqualTo(200);
            CompletableFuture<Boolean> closed = CompletableFuture.supplyAsync(() -> {
                try {
                    return idle.isClosed();
                } catch (IOException failed) {
                    return false;
                }
            });
            do {
                used.send(RawHttp.request("ListTables", "{}"));
                assertThat(used.answer().status()).isEqualTo(200);
            } while (!closed.isDone());
            assertThat(closed.join()).isTrue();
        }
    }

    @Test
    void aClientThatReadsNothingIsLetGo() throws Exception {
        String item = "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"%s\"},\"v\":{\"S\":\"%s\"}}}";
        for (int i = 0; i < 3; i++) {
            assertThat(region.post("PutItem", item.formatted("large" + i, "v".repeat(390_000)))
                            .statusCode())
                    .isEqualTo(200);
        }
        try (RawHttp http = region.connect()) {
            byte[] scan = RawHttp.request("Scan", "{\"TableName\":\"tab\"}")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            CompletableFuture<Void> asking = CompletableFuture.runAsync(() -> {
                try {
                    while (true) {
                        http.send(scan);
                    }
                } catch (IOException closed) {
                    // As it should be.
                }
            });
            long start = System.nanoTime();
            asking.get(20, java.util.concurrent.TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void aBodyMayHave16Megabytes() throws Exception {
        int most = 16 << 20;
        try (RawHttp http = region.connect()) {
            http.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + most + "\r\n\r\n" + "a".repeat(most));
            assertThat(http.answer().status()).isEqualTo(404);
            http.send(RawHttp.head("ListTables", "Content-Length: " + most) + "\r\n" + " ".repeat(most - 2) + "{}");
            assertThat(http.answer().status()).as("on the same connection").isEqualTo(200);
        }
    }

    @Test
    void aLargerBodyIsRefusedWhileItIsSent() throws Exception {
        int length = (16 << 20) + 1;
        try (RawHttp http = region.connect()) {
            http.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n" + "a".repeat(length));
            assertRefused(http.answer(), 413, "RequestEntityTooLargeException");
            assertThat(http.isClosed()).isTrue();
        }
        try (RawHttp http = region.connect()) {
            http.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            String piece = "10000\r\n" + "a".repeat(1 << 16) + "\r\n";
            for (int sent = 0; sent <= 18 << 20; sent += 1 << 16) {
                http.send(piece);
            }
            assertRefused(http.answer(), 413, "RequestEntityTooLargeException");
            assertThat(http.isClosed()).isTrue();
        }
        try (RawHttp http = region.connect()) {
            http.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
            assertRefused(http.answer(), 413, "RequestEntityTooLargeException");
        }
    }

    @Test
    void anExpectingClientIsToldFirst() throws Exception {
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.head("ListTables", "Content-Length: 2", "Expect: 100-continue") + "\r\n");
            assertThat(http.answer().status()).isEqualTo(100);
            assertThat(http.send("{}").answer().status()).isEqualTo(200);
            http.send(RawHttp.head("ListTables", "Content-Length: 20000000", "Expect: 100-continue") + "\r\n");
            assertRefused(http.answer(), 413, "RequestEntityTooLargeException");
        }
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.head("ListTables", "Content-Length: 2", "Expect: wonders") + "\r\n{}");
            assertThat(http.answer().status()).isEqualTo(417);
        }
    }

    @Test
    void allBodiesTogetherHaveALimit() throws Exception {
        List<RawHttp> halves = new ArrayList<>();
        try {
            int refused = 0;
            for (int i = 0; i < 4; i++) {
                RawHttp http = region.connect();
                halves.add(http);
                http.send(RawHttp.head("ListTables", "Content-Length: 9000000") + "\r\n" + " ".repeat(8_000_000));
            }
            for (RawHttp http : halves) {
                RawHttp.Answer answer = http.answer();
                assertThat(answer.status()).isIn(408, 503);
                refused += answer.status() == 503 ? 1 : 0;
            }
            assertThat(refused).isGreaterThanOrEqualTo(2);
        } finally {
            for (RawHttp http : halves) {
                http.close();
            }
        }
    }

    @Test
    void clientsThatGoAwayHoldNothing() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (RawHttp http = region.connect()) {
                http.send(RawHttp.head("ListTables", "Content-Length: 9000000") + "\r\n" + " ".repeat(1_000_000));
            }
        }
    }

    @Test
    void headsHaveALimit() throws Exception {
        try (RawHttp http = region.connect()) {
            http.send("GET /" + "a".repeat(40_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertRefused(http.answer(), 414, "MalformedHttpRequestException");
        }
        try (RawHttp http = region.connect()) {
            http.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + "a".repeat(40_000) + "\r\n\r\n");
            assertRefused(http.answer(), 431, "MalformedHttpRequestException");
        }
        try (RawHttp http = region.connect()) {
            http.send("GARBAGE\r\n\r\n");
            assertRefused(http.answer(), 400, "MalformedHttpRequestException");
        }
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.request("ListTables", "{}", "X-Amz-Security-Token: " + "a".repeat(20_000)));
            assertThat(http.answer().status()).isEqualTo(200);
        }
    }
}
