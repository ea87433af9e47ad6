package dev.meridian.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RegionProbeTest {
    private static final RegionId EU = new RegionId("eu");

    private final Vertx vertx = Vertx.vertx();
    private final RegionProbe probe = new RegionProbe(vertx);
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        probe.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Optional<String> ask() {
        return probe.whyNot(EU, "http://127.0.0.1:" + server.getLocalPort())
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private void answer(String body) {
        Thread thread = new Thread(() -> {
            try (Socket socket = server.accept()) {
                int unused = socket.getInputStream().read();
                socket.getOutputStream()
                        .write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException failed) {
                throw new AssertionError(failed);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Test
    void onlyTheRegionItselfAnswers() {
        answer("{\"region\":\"eu\"}");
        assertThat(ask()).isEmpty();
        answer("{\"region\":\"us\"}");
        assertThat(ask()).contains("another region answers there, not eu");
        answer("Hello");
        assertThat(ask()).contains("what answers there is not Meridian");
        answer(" ".repeat(5_000));
        assertThat(ask()).contains("what answers there is not Meridian");
    }

    /** As a process that is frozen. Later, at the same address, it must be found again. */
    @Test
    void aConnectionThatGetsNoAnswerIsNotKept() throws Exception {
        List<Socket> taken = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                assertThat(ask()).contains("nothing answers there");
                Socket socket = server.accept();
                taken.add(socket);
                socket.setSoTimeout(5_000);
                assertThat(socket.getInputStream().readAllBytes())
                        .as("and closed")
                        .isNotEmpty();
            }
            answer("{\"region\":\"eu\"}");
            assertThat(ask()).isEmpty();
        } finally {
            for (Socket socket : taken) {
                socket.close();
            }
        }
    }
}
