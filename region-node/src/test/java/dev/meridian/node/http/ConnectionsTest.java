package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one connection may carry, what a failing operation answers, and how a server ends. */
class ConnectionsTest {
    @TempDir
    Path folder;

    private RunningRegion region;

    @BeforeEach
    void start() throws Exception {
        region = new RunningRegion(folder);
    }

    @AfterEach
    void stop() {
        region.close();
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        try (RawHttp http = region.connect()) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append(RawHttp.request(i % 2 == 0 ? "ListTables" : "NoSuchThing", "{}"));
                requests.append(RawHttp.request("Scan", "{\"TableName\":\"tab\"}"));
                requests.append("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            }
            http.send(requests.toString());
            for (int i = 0; i < 50; i++) {
                assertThat(http.answer().status()).isEqualTo(i % 2 == 0 ? 200 : 400);
                assertThat(http.answer().text()).contains("\"Count\":0");
                assertThat(http.answer().text()).startsWith("healthy");
            }
        }
    }

    @Test
    void chunkedBodiesAreRead() throws Exception {
        try (RawHttp http = region.connect()) {
            for (int i = 0; i < 2; i++) {
                http.send(RawHttp.head("ListTables", "Transfer-Encoding: chunked") + "\r\n1\r\n{\r\n1;ext=a\r\n}\r\n");
                http.send("0\r\nX-Trailer: a\r\n\r\n");
                assertThat(http.answer().text()).isEqualTo("{\"TableNames\":[\"tab\"]}");
            }
        }
    }

    @Test
    void olderHttpAndClosingClientsAreServed() throws Exception {
        try (RawHttp http = region.connect()) {
            http.send("GET / HTTP/1.0\r\n\r\n");
            RawHttp.Answer answer = http.answer();
            assertThat(answer.text()).startsWith("healthy");
            assertThat(http.isClosed()).isTrue();
        }
        try (RawHttp http = region.connect()) {
            for (int i = 0; i < 2; i++) {
                http.send(RawHttp.request("ListTables", "{}", "Connection: keep-alive")
                        .replace("HTTP/1.1", "HTTP/1.0"));
                RawHttp.Answer answer = http.answer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.header("Connection")).isEqualToIgnoringCase("keep-alive");
            }
        }
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.request("ListTables", "{}", "Connection: close"));
            RawHttp.Answer answer = http.answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Connection")).isEqualToIgnoringCase("close");
            assertThat(http.isClosed()).isTrue();
        }
        try (RawHttp http = region.connect()) {
            http.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertThat(http.answer().status()).isBetween(400, 505);
        }
    }

    @Test
    void anErrorInAnOperationIsAnswered() throws Exception {
        String delete = "{\"TableName\":\"tab\"}";
        for (Error error : new Error[] {new StackOverflowError("deep"), new AssertionError("wrong")}) {
            region.fixture.thrownByDeletion = error;
            assertInternal(region.post("DeleteTable", delete).body());
            // A large body goes another way.
            assertInternal(
                    region.post("DeleteTable", delete + " ".repeat(100_000)).body());
        }
        region.fixture.thrownByDeletion = null;
        region.fixture.deletion = CompletableFuture.failedFuture(new OutOfMemoryError("full"));
        assertInternal(region.post("DeleteTable", delete).body());
        assertThat(region.post("ListTables", "{}").statusCode()).isEqualTo(200);
    }

    private static void assertInternal(String body) {
        assertThat(body)
                .contains("com.amazonaws.dynamodb.v20120810#InternalServerError")
                .doesNotContain("deep")
                .doesNotContain("wrong");
    }

    @Test
    void aClosingServerAnswersWhatItHasAndRefusesWhatIsNew() throws Exception {
        CompletableFuture<Void> held = new CompletableFuture<>();
        region.fixture.deletion = held;
        try (RawHttp waiting = region.connect();
                RawHttp other = region.connect()) {
            waiting.send(RawHttp.request("DeleteTable", "{\"TableName\":\"tab\"}"));
            other.send(RawHttp.request("ListTables", "{}"));
            assertThat(other.answer().status()).isEqualTo(200);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(region.server::close);
            RawHttp.Answer refused;
            do {
                // A new connection for each: an answer of a server that begins to close may be the last of its
                // connection.
                try (RawHttp late = region.connect()) {
                    refused = late.send(RawHttp.request("ListTables", "{}")).answer();
                    assertThat(refused.status() == 200 || late.isClosed()).isTrue();
                }
            } while (refused.status() == 200);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.text()).contains("ServiceUnavailableException");
            assertThat(refused.header("Connection")).isEqualTo("close");
            assertThat(closing).isNotDone();
            held.complete(null);
            assertThat(waiting.answer().text()).contains("TableDescription");
            assertThat(waiting.isClosed()).isTrue();
            closing.get(10, TimeUnit.SECONDS);
        }
        assertThat(org.assertj.core.api.Assertions.catchThrowable(region::connect))
                .isInstanceOf(ConnectException.class);
    }

    @Test
    void aClosingServerDoesNotWaitForEver() throws Exception {
        region.fixture.deletion = new CompletableFuture<>();
        try (RawHttp waiting = region.connect()) {
            waiting.send(RawHttp.request("DeleteTable", "{\"TableName\":\"tab\"}"));
            region.post("ListTables", "{}");
            long start = System.nanoTime();
            region.server.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
            assertThat(waiting.isClosed()).isTrue();
        }
    }
}
