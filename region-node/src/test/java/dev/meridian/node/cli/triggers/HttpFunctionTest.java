package dev.meridian.node.cli.triggers;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.meridian.streams.triggers.FunctionAnswer;
import dev.meridian.streams.triggers.FunctionAnswer.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpFunctionTest {
    private static final byte[] EVENT = "{\"Records\":[]}".getBytes(StandardCharsets.UTF_8);

    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private FunctionAnswer call(Duration timeout) throws Exception {
        return function(timeout).invoke(EVENT).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private HttpFunction function(Duration timeout) {
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/path?token=secret");
        return new HttpFunction(new TriggerSettings.Function(url, Map.of("X-Own", "mine"), timeout));
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    void theEventIsPostedAndTheBodyIsWhatIsReturned() throws Exception {
        AtomicReference<String> seen = new AtomicReference<>();
        server.createContext("/path", exchange -> {
            seen.set(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Content-Type") + " "
                    + exchange.getRequestHeaders().getFirst("X-Own") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            answer(exchange, 200, "{\"batchItemFailures\": []}".getBytes(StandardCharsets.UTF_8));
        });
        assertThat(call(Duration.ofSeconds(10)))
                .isEqualTo(new FunctionAnswer(Kind.RETURNED, 200, "{\"batchItemFailures\": []}"));
        assertThat(seen).hasValue("POST /path?token=secret application/json mine {\"Records\":[]}");
        assertThat(function(Duration.ofSeconds(1)).name())
                .isEqualTo("http://127.0.0.1:" + server.getAddress().getPort() + "/path");
    }

    @Test
    void theHeaderOfLambdaTellsAFailure() throws Exception {
        server.createContext("/path", exchange -> {
            exchange.getResponseHeaders().add("X-Amz-Function-Error", "Unhandled");
            answer(exchange, 200, new byte[0]);
        });
        assertThat(call(Duration.ofSeconds(10)).kind()).isEqualTo(Kind.FAILED);
    }

    @Test
    void noAnswerInTimeIsAFailure() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        server.createContext("/path", exchange -> {
            try {
                end.await();
            } catch (InterruptedException asked) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        assertThat(call(Duration.ofMillis(200)).kind()).isEqualTo(Kind.FAILED);
        end.countDown();
    }

    @Test
    void aConnectionThatBreaksIsAFailure() throws Exception {
        server.createContext("/path", HttpExchange::close);
        assertThat(call(Duration.ofSeconds(10)).kind()).isEqualTo(Kind.FAILED);
    }

    @Test
    void nobodyThereIsNoFailureOfTheFunction() throws Exception {
        HttpFunction function = function(Duration.ofSeconds(10));
        server.stop(0);
        assertThat(function.invoke(EVENT).toCompletableFuture().get(30, TimeUnit.SECONDS))
                .isEqualTo(FunctionAnswer.unavailable("nobody answers"));
    }

    @Test
    void anAnswerThatIsTooLongIsAFailure() throws Exception {
        server.createContext(
                "/path", exchange -> answer(exchange, 200, new byte[LimitedText.FUNCTION_RESPONSE_BYTES_MAX + 1]));
        FunctionAnswer answer = call(Duration.ofSeconds(20));
        assertThat(answer.kind()).isEqualTo(Kind.FAILED);
        assertThat(answer.said()).contains("longer than");
    }
}
