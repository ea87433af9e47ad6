package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests a browser may have been made to send are answered. */
class BrowserAccessTest {
    private static final String APP = "http://localhost:3000";

    @TempDir
    static Path folder;

    /** Lets no other origin in. */
    private static RunningRegion closed;

    /** Lets pages of {@link #APP} in. */
    private static RunningRegion open;

    @BeforeAll
    static void start() throws Exception {
        closed = new RunningRegion(folder.resolve("closed"), HttpLimits.standard(), pages(), List.of());
        open = new RunningRegion(folder.resolve("open"), HttpLimits.standard(), pages(), List.of(APP));
    }

    private static Pages pages() {
        return new Pages()
                .with("told", query -> Pages.Page.json(200, "{}"))
                .events("heard", new EventSource() {
                    @Override
                    public Event latest() {
                        return new Event(1, "state", "{}");
                    }

                    @Override
                    public Event history() {
                        return new Event(0, "history", "{}");
                    }
                })
                .action("done", query -> Pages.Page.json(200, "{}"));
    }

    @AfterAll
    static void stop() {
        closed.close();
        open.close();
    }

    private static RawHttp.Answer ask(RunningRegion region, String line, String... headers) throws Exception {
        try (RawHttp http = region.connect()) {
            String head = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
            return http.send(line + " HTTP/1.1\r\n" + head + "Content-Length: 0\r\n\r\n")
                    .answer();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LocalHost:8000",
                "localhost.",
                "localhost.:80",
                "127.0.0.1",
                "127.0.0.1:1",
                "127.3.2.1",
                "[::1]",
                "[::1]:8000",
                "node.example",
                "NODE.example:443",
                "node.example."
            })
    void aPageIsForWhoUsesANameOfTheNode(String host) throws Exception {
        assertThat(ask(closed, "GET /-/told", "Host: " + host).status()).isEqualTo(200);
        assertThat(ask(closed, "POST /-/done", "Host: " + host).status()).isEqualTo(200);
        assertThat(ask(closed, "GET http://" + host + "/-/told", "Host: " + host)
                        .status())
                .isEqualTo(200);
    }

    /** A page of evil.example whose name resolves to this node is of the same origin to a browser. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8000",
                "localhost.evil.example",
                "127.0.0.1.evil.example:8000",
                "192.0.2.7",
                "[2001:db8::1]:8000",
                "0x7f.1",
                "localhost@evil.example",
                "evil.example/localhost",
                "%zz",
                "",
                "[",
                "]:1",
                ":"
            })
    void aPageIsRefusedAtAnotherName(String host) throws Exception {
        for (String line : List.of("GET /-/told", "POST /-/done", "GET /-/nowhere", "GET /-/", "OPTIONS /-/told")) {
            RawHttp.Answer answer = ask(closed, line, "Host: " + host);
            assertThat(answer.status()).as(line).isEqualTo(421);
            assertThat(answer.text()).startsWith("{\"error\":\"the host '").contains("http.names", "--http-names");
        }
    }

    @Test
    void theRequestLineAndEachHeaderMustNameTheNode() throws Exception {
        assertThat(ask(closed, "GET http://evil.example/-/told", "Host: localhost")
                        .status())
                .isEqualTo(421);
        assertThat(ask(closed, "GET http://localhost/-/told", "Host: evil.example")
                        .status())
                .isEqualTo(421);
        assertThat(ask(closed, "GET HTTPS://evil.example:1/-/told?a=b", "Host: localhost")
                        .status())
                .isEqualTo(421);
        assertThat(ask(closed, "GET /-/told", "Host: localhost", "Host: evil.example")
                        .status())
                .isIn(400, 421);
    }

    @Test
    void aPageOfAnotherOriginUsesTheApiOnlyWhereItIsListed() throws Exception {
        for (RunningRegion region : List.of(closed, open)) {
            for (String line : List.of("OPTIONS /", "POST /", "OPTIONS http://localhost/", "POST http://x/")) {
                RawHttp.Answer answer = ask(region, line, "Host: localhost", "Origin: http://evil.example");
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.text())
                        .contains("#AccessDeniedException")
                        .contains("A page of http://evil.example in a browser", "http.crossOrigin", "--cross-origin");
                assertThat(answer.headers().keySet())
                        .noneMatch(
                                name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control-"));
            }
        }
        RawHttp.Answer preflight = ask(
                open, "OPTIONS /", "Host: localhost", "Origin: " + APP, "Access-Control-Request-Headers: x-amz-target");
        assertThat(preflight.status()).isEqualTo(200);
        assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(APP);
        assertThat(preflight.header("Access-Control-Allow-Headers")).isEqualTo("x-amz-target");
        assertThat(preflight.header("Vary")).isEqualTo("Origin");
        RawHttp.Answer answer = ask(open, "POST /", "Host: localhost", "Origin: " + APP);
        assertThat(answer.text()).contains("UnknownOperationException");
        assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(APP);
    }

    /** A browser leaves out the port that goes with the scheme. */
    @Test
    void anOriginMayBeListedWithThePortThatItHasAnyway() {
        BrowserAccess access = new BrowserAccess(
                "127.0.0.1", List.of(), List.of("http://App.example:80", "https://app.example:443", "http://[::1]:80"));
        for (String origin : List.of("http://app.example", "https://app.example", "http://[::1]")) {
            assertThat(access.allowedOrigin(head(origin))).isEqualTo(origin);
        }
        for (String origin : List.of("http://app.example:8080", "http://app.example:443", "https://app.example:80")) {
            assertThat(access.allowedOrigin(head(origin))).isNull();
        }
    }

    private static RequestHead head(String origin) {
        return new RequestHead("POST", "/", MultiMap.caseInsensitiveMultiMap().add("Origin", origin));
    }

    /** It could not read the answer, but have the node work for it, and keep others from listening. */
    @Test
    void aPageOfAnotherOriginMakesNobodyAskForPages() throws Exception {
        for (String[] sent : new String[][] {
            {"Origin: http://evil.example"},
            {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"},
            {"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"},
            {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Origin: " + APP}
        }) {
            for (String line : List.of("GET /-/told", "GET /-/heard", "HEAD /-/nothing", "POST /-/done")) {
                List<String> headers = new ArrayList<>(List.of(sent));
                headers.add("Host: localhost");
                try (RawHttp http = open.connect()) {
                    http.send(line + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n");
                    assertThat(http.answer(line.startsWith("HEAD")).status())
                            .as(line + headers)
                            .isEqualTo(403);
                }
            }
        }
    }

    @Test
    void aLinkToAPageMayBeFollowedAndAFormMayNotBeSent() throws Exception {
        String[] followed = {
            "Host: localhost", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"
        };
        assertThat(ask(closed, "GET /-/told", followed).status()).isEqualTo(200);
        assertThat(ask(closed, "POST /-/done", followed).status()).isEqualTo(403);
        for (String site : List.of("same-origin", "none")) {
            assertThat(ask(closed, "GET /-/told", "Host: localhost", "Sec-Fetch-Site: " + site)
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void theOwnConsoleUsesTheApiAndAReboundOneDoesNot() throws Exception {
        assertThat(ask(closed, "POST /", "Host: localhost:8000", "Origin: http://localhost:8000")
                        .text())
                .contains("UnknownOperationException");
        RawHttp.Answer rebound = ask(closed, "POST /", "Host: evil.example:8000", "Origin: http://evil.example:8000");
        assertThat(rebound.text()).contains("#AccessDeniedException").contains("http.names");
        assertThat(ask(closed, "POST /", "Host: evil.example").text())
                .as("no browser sent it")
                .contains("UnknownOperationException");
    }

    /** Pages below {@code /-/} have no cross-origin readers, whatever the form of the request line. */
    @ParameterizedTest
    @ValueSource(strings = {"/-/told", "http://localhost/-/told", "HTTP://localhost/-/told"})
    void theFormOfTheRequestLineDoesNotChangeWhatOthersMayRead(String target) throws Exception {
        for (String method : List.of("GET", "OPTIONS")) {
            RawHttp.Answer answer = ask(open, method + " " + target, "Host: localhost", "Origin: " + APP);
            assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
        }
        assertThat(ask(open, "GET " + target, "Host: localhost").text()).isEqualTo("{}\n");
    }

    @Test
    void theApiIsTheSameInBothForms() throws Exception {
        for (String target : List.of("/", "http://localhost/", "http://localhost", "http://localhost?a=b")) {
            RawHttp.Answer answer = ask(open, "OPTIONS " + target, "Host: localhost", "Origin: " + APP);
            assertThat(answer.status()).as(target).isEqualTo(200);
            assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(APP);
        }
    }

    @Test
    void aBrokenQueryIsAClientsFault() throws Exception {
        for (String query : List.of("%", "%zz", "a=%", "a=%f", "%=%", "a=b&%e")) {
            for (String method : List.of("GET", "POST")) {
                String page = method.equals("GET") ? "told" : "done";
                RawHttp.Answer answer = ask(closed, method + " /-/" + page + "?" + query, "Host: localhost");
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.text()).contains("The query string is not well-formed");
            }
        }
    }

    @Test
    void otherMethodsAreToldWhichOneAPageTakes() throws Exception {
        for (String method : List.of("PUT", "DELETE", "PATCH", "OPTIONS", "POST")) {
            RawHttp.Answer answer = ask(closed, method + " /-/told", "Host: localhost");
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.text()).contains("/-/told takes GET");
        }
        assertThat(ask(closed, "GET /-/done", "Host: localhost").text()).contains("/-/done takes POST");
    }

    @Test
    void endpointsAreWhatTheClientAsked() throws Exception {
        for (String host : List.of("localhost:8000", "node.example", "[::1]:8000", "some-proxy.internal:1")) {
            try (RawHttp http = closed.connect()) {
                String request =
                        RawHttp.request("DescribeEndpoints", "{}").replace("Host: x\r\n", "Host: " + host + "\r\n");
                assertThat(http.send(request).answer().text())
                        .isEqualTo("{\"Endpoints\":[{\"Address\":\"" + host + "\",\"CachePeriodInMinutes\":1440}]}");
            }
        }
        try (RawHttp http = closed.connect()) {
            String request = RawHttp.request("DescribeEndpoints", "{}").replace("Host: x\r\n", "Host: a\"b<" + "\r\n");
            assertThat(http.send(request).answer().text())
                    .contains("\"Address\":\"127.0.0.1:" + closed.server.port() + "\"");
        }
    }
}
