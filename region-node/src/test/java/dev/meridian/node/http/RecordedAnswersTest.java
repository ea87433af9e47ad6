package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of the protocol's outer layers as DynamoDB was recorded to give them, checksums and all. */
class RecordedAnswersTest {
    private static final String LIST = "X-Amz-Target: DynamoDB_20120810.ListTables";
    private static final String NOT_FOUND = "<UnknownOperationException/>\n";

    @TempDir
    static Path folder;

    private static RunningRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new RunningRegion(folder);
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static RawHttp.Answer ask(String line, String body, String... headers) throws Exception {
        try (RawHttp http = region.connect()) {
            String head = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
            String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
            RawHttp.Answer answer = http.send(line + " HTTP/1.1\r\nHost: x\r\n" + head + length + "\r\n" + body)
                    .answer(line.startsWith("HEAD"));
            assertHasWhatAllAnswersHave(answer);
            return answer;
        }
    }

    private static void assertHasWhatAllAnswersHave(RawHttp.Answer answer) {
        assertThat(answer.header("x-amzn-RequestId")).matches("[0-9A-Z]{52}");
        assertThat(answer.header("Server")).isEqualTo("Server");
        assertThat(answer.header("Date"))
                .matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
        assertThat(answer.header("Connection")).isEqualTo("keep-alive");
        assertThat(answer.header("x-amz-crc32")).matches("\\d+");
        assertThat(answer.header("Content-Length")).matches("\\d+");
    }

    private static void assertNotFound(RawHttp.Answer answer) {
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("x-amz-crc32")).isEqualTo("3552371480");
        assertThat(answer.header("Content-Length")).isEqualTo("29");
    }

    private static void assertError(RawHttp.Answer answer, String type, String crc) {
        assertThat(answer.text()).startsWith("{\"__type\":\"com.amazon.coral.service#" + type + "\"");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("x-amz-crc32")).as(answer.text()).isEqualTo(crc);
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS", "PUT", "DELETE", "PATCH"})
    void otherMethodsAreNotFound(String method) throws Exception {
        RawHttp.Answer answer = ask(method + " /", "");
        assertNotFound(answer);
        assertThat(answer.text()).isEqualTo(NOT_FOUND);
    }

    @Test
    void aHeadHasNoBody() throws Exception {
        assertNotFound(ask("HEAD /", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "whatever", "application/x-amz-json-1.1", "application/jsonasdf", "text/json"})
    void aBodyOfAnotherTypeIsNotFound(String type) throws Exception {
        String[] headers = type.isEmpty() ? new String[] {LIST} : new String[] {LIST, "Content-Type: " + type};
        assertNotFound(ask("POST /", "hi", headers));
    }

    @Test
    void aGetTellsHealth() throws Exception {
        RawHttp.Answer answer = ask("GET /", "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("healthy: dynamodb.here.amazonaws.com ");
        CRC32 crc = new CRC32();
        crc.update(answer.body());
        assertThat(answer.header("x-amz-crc32")).isEqualTo(Long.toString(crc.getValue()));
        assertThat(ask("GET /any/thing?x=%zz", "").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, application/json",
        "application/x-amz-json-1.0, application/x-amz-json-1.0",
        "application/json;, application/json",
        "   application/json  ;   asfd, application/json",
        "application/json;blahblah, application/json",
        "application/x-amz-json-1.0;blahblah, application/x-amz-json-1.0"
    })
    void syntaxComesFirstAndTheTypeIsTheRequests(String type, String answered) throws Exception {
        RawHttp.Answer answer = ask("POST /", "hi", "Content-Type: " + type);
        assertError(answer, "SerializationException", "3948637019");
        assertThat(answer.header("Content-Type")).isEqualTo(answered);
        answer = ask("POST /", "{}", "Content-Type: " + type);
        assertError(answer, "UnknownOperationException", "1368724161");
        assertThat(answer.header("Content-Type")).isEqualTo(answered);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Accept: a",
                "X-Amz-Target: whatever",
                "X-Amz-Target: DynamoDB_20120810.ListTable",
                "X-Amz-Target: DynamoDB_20120810.ListTables.ListTables",
                "X-Amz-Target: DynamoDB_20111205.ListTables",
                "X-Amz-Target: DynamoDBStreams_20120810.ListTables"
            })
    void theTargetComesBeforeTheCredentials(String header) throws Exception {
        assertError(ask("POST /", "", header), "UnknownOperationException", "1368724161");
    }

    @Test
    void credentialsMustBeThere() throws Exception {
        String crc = "2088342776";
        String type = "MissingAuthenticationTokenException";
        assertError(ask("POST /", "", LIST), type, crc);
        assertError(ask("POST /", "", LIST, "Authorization: AWS4"), type, crc);
        assertError(ask("POST /?X-Amz-Algorith", "", LIST, "Authorization: X"), type, crc);
        assertError(
                ask("POST /?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d", "", LIST),
                type,
                crc);
    }

    @Test
    void credentialsAreInOnePlace() throws Exception {
        assertError(
                ask("POST /?X-Amz-Algorithm", "", LIST, "Authorization: X"), "InvalidSignatureException", "2139606068");
    }

    @Test
    void halfCredentialsAreTold() throws Exception {
        String type = "IncompleteSignatureException";
        assertError(ask("POST /", "", LIST, "Authorization: AWS4-"), type, "1828866742");
        String[][] rows = {
            {"AWS4- Signature=b Credential=a", "15336762"},
            {"AWS4- Signature=b,Credential=a", "1159703774"},
            {"AWS4- Signature=b, Credential=a", "164353342"}
        };
        for (String[] row : rows) {
            assertError(ask("POST /", "", LIST, "Authorization: " + row[0], "Date: a"), type, row[1]);
        }
        assertError(ask("POST /?X-Amz-Algorithm", "", LIST), type, "2900502663");
        assertError(
                ask("POST /?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d", "", LIST),
                type,
                "3712057481");
    }

    /** Recorded as texts only. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "AWS4-HMAC-SHA256 Signature=b, Credential, SignedHeaders | IncompleteSignatureException | 'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Signature=b, Credential, SignedHeaders'.",
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=b, SignedHeaders=c | InvalidSignatureException | 'Host' must be a 'SignedHeader' in the AWS Authorization.",
                "AWS4-HMAC-SHA25 Credential=a/b/c/d/e, Signature=b, SignedHeaders=Host | IncompleteSignatureException | Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). ",
                "AWS4-HMAC-SHA256 Credential=a/b/c/d, Signature=b, SignedHeaders=host | IncompleteSignatureException | Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'",
                "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=b, SignedHeaders=host | InvalidSignatureException | Credential should be scoped to correct service: 'dynamodb'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
            })
    void wrongCredentialsAreTold(String authorization, String type, String message) throws Exception {
        RawHttp.Answer answer =
                ask("POST /", "", LIST, "Authorization: " + authorization, "X-Amz-Date: " + RunningRegion.DATE);
        assertThat(answer.text()).contains("#" + type + "\"").contains("\"message\":\"" + message.strip());
    }

    @Test
    void aDateIsBasic() throws Exception {
        RawHttp.Answer answer =
                ask("POST /", "", LIST, "Authorization: " + RunningRegion.AUTHORIZATION, "X-Amz-Date: 201");
        assertThat(answer.text())
                .contains("IncompleteSignatureException")
                .contains(
                        "Date must be in ISO-8601 'basic format'. Got '201'. See http://en.wikipedia.org/wiki/ISO_8601");
    }

    @Test
    void aPresignedRequestIsAsGood() throws Exception {
        String query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + RunningRegion.SCOPE.replace("/", "%2F")
                + "&X-Amz-Date=" + RunningRegion.DATE + "&X-Amz-SignedHeaders=host&X-Amz-Signature=0";
        RawHttp.Answer answer = ask("POST /?" + query, "{}", LIST, "Content-Type: application/json");
        assertThat(answer.text()).isEqualTo("{\"TableNames\":[\"tab\"]}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(ask("POST /?X-Amz-Algorithm=%zz", "{}", LIST, "Content-Type: application/json")
                        .text())
                .contains("MalformedHttpRequestException");
    }

    @Test
    void anEmptyBodyIsRefusedLast() throws Exception {
        RawHttp.Answer answer = ask(
                "POST /",
                "",
                LIST,
                "Authorization: " + RunningRegion.AUTHORIZATION,
                "X-Amz-Date: " + RunningRegion.DATE);
        assertError(answer, "SerializationException", "3948637019");
    }

    @Test
    void browsersMayAskFromElsewhere() throws Exception {
        RawHttp.Answer answer = ask("OPTIONS /", "", "Origin: whatever");
        assertPreflight(answer);
        assertThat(answer.headers()).doesNotContainKeys("Access-Control-Allow-Headers", "Access-Control-Allow-Methods");
        answer = ask(
                "OPTIONS /",
                "",
                "Origin: whatever",
                "Access-Control-Request-Headers: a, b, c",
                "Access-Control-Request-Method: d");
        assertPreflight(answer);
        assertThat(answer.header("Access-Control-Allow-Headers")).isEqualTo("a, b, c");
        assertThat(answer.header("Access-Control-Allow-Methods")).isEqualTo("d");
        answer = ask("POST /", "", "Origin: whatever");
        assertError(answer, "UnknownOperationException", "1368724161");
        assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("*");
    }

    private static void assertPreflight(RawHttp.Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(answer.header("Access-Control-Max-Age")).isEqualTo("172800");
        assertThat(answer.header("Content-Length")).isEqualTo("0");
    }
}
