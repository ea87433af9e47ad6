package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.RegionId;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests find the region that they are signed for. */
class FrontDoorTest {
    @TempDir
    static Path folder;

    private static RunningRegion here;
    private static RunningRegion there;
    private static HttpServers door;
    private static HttpServers openDoor;

    @BeforeAll
    static void start() throws Exception {
        here = new RunningRegion(folder.resolve("here"));
        there = new RunningRegion(folder.resolve("there"));
        assertThat(there.post("CreateTable", RunningRegion.TABLE.formatted("two"))
                        .statusCode())
                .isEqualTo(200);
        door = open(false);
        openDoor = open(true);
    }

    private static HttpServers open(boolean takesAll) {
        RegionId second = new RegionId("there");
        Map<RegionId, DynamoHandler> handlers = Map.of(
                new RegionId("here"),
                here.handler(),
                second,
                new DynamoHandler(second, there.fixture.operations(), there.fixture.streams()));
        return HttpServers.frontDoor(
                here.vertx,
                "127.0.0.1",
                0,
                new BrowserAccess("127.0.0.1", List.of(), List.of()),
                new FrontDoor(handlers, second, takesAll),
                new Pages());
    }

    @AfterAll
    static void stop() {
        door.close();
        openDoor.close();
        here.close();
        there.close();
    }

    private static RawHttp.Answer ask(String request) throws Exception {
        return ask(door, request);
    }

    private static RawHttp.Answer ask(HttpServers at, String request) throws Exception {
        try (RawHttp http = new RawHttp(at.port())) {
            return http.send(request).answer();
        }
    }

    private static String signedFor(String region, String operation, String body) {
        return RawHttp.request(operation, body).replace("/here/", "/" + region + "/");
    }

    @Test
    void bothRegionsAreBehindIt() throws Exception {
        assertThat(ask(signedFor("here", "ListTables", "{}")).text()).isEqualTo("{\"TableNames\":[\"tab\"]}");
        assertThat(ask(signedFor("there", "ListTables", "{}")).text()).isEqualTo("{\"TableNames\":[\"tab\",\"two\"]}");
    }

    @Test
    void aPresignedRequestIsRoutedToo() throws Exception {
        String query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                + RunningRegion.SCOPE.replace("here", "there").replace("/", "%2F")
                + "&X-Amz-Date=" + RunningRegion.DATE + "&X-Amz-SignedHeaders=host&X-Amz-Signature=0";
        assertThat(ask("POST /?" + query
                                + " HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n"
                                + "Content-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}")
                        .text())
                .contains("\"two\"");
    }

    @Test
    void anotherRegionIsToldWhichRun() throws Exception {
        RawHttp.Answer answer = ask(signedFor("mars-1", "ListTables", "{}"));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text())
                .contains("UnrecognizedClientException")
                .contains("mars-1")
                .contains("here, there");
    }

    @Test
    void whatIsSignedForLocalhostGoesToOneRegion() throws Exception {
        for (HttpServers each : List.of(door, openDoor)) {
            assertThat(ask(each, signedFor("localhost", "ListTables", "{}")).text())
                    .isEqualTo("{\"TableNames\":[\"tab\",\"two\"]}");
            assertThat(ask(each, signedFor("here", "ListTables", "{}")).text()).isEqualTo("{\"TableNames\":[\"tab\"]}");
        }
    }

    @Test
    void aDefaultRegionTakesWhatIsSignedForOthers() throws Exception {
        assertThat(ask(openDoor, signedFor("mars-1", "ListTables", "{}")).text())
                .isEqualTo("{\"TableNames\":[\"tab\",\"two\"]}");
    }

    @Test
    void theOrderOfChecksIsTheRegions() throws Exception {
        assertThat(ask(signedFor("mars-1", "NoSuchThing", "{}")).text()).contains("UnknownOperationException");
        assertThat(ask(signedFor("mars-1", "ListTables", "{")).text()).contains("UnrecognizedClientException");
        assertThat(ask("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDBStreams_20120810.ListTables\r\n\r\n")
                        .text())
                .contains("UnknownOperationException");
        assertThat(ask("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDBStreams_20120810.ListStreams\r\n\r\n")
                        .text())
                .contains("MissingAuthenticationTokenException");
        assertThat(ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text()).isEqualTo("healthy: dynamodb.here.amazonaws.com ");
        assertThat(ask("PUT / HTTP/1.1\r\nHost: x\r\n\r\n").status()).isEqualTo(404);
    }

    @Test
    void browsersAreHeldToTheSameRules() throws Exception {
        assertThat(ask("GET /-/ HTTP/1.1\r\nHost: localhost\r\n\r\n").status()).isEqualTo(200);
        RawHttp.Answer rebound = ask("GET /-/ HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        assertThat(rebound.status()).isEqualTo(421);
        assertThat(rebound.text()).contains("evil.example").contains("http.names");
        RawHttp.Answer other = ask("POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n");
        assertThat(other.text())
                .contains("#AccessDeniedException\",\"Message\":")
                .contains("http.crossOrigin");
        assertThat(ask(signedFor("there", "DescribeEndpoints", "{}")).text()).contains("\"Address\":\"x\"");
    }
}
