package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Property;
import dev.meridian.node.api.OperationsFixture;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client sends, it gets an error of the protocol: never a 500, never silence. */
class MalformedRequestsTest {
    @TempDir
    static Path folder;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static RunningRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new RunningRegion(folder);
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static HttpResponse<String> post(String operation, String body) throws Exception {
        return region.post(operation, body);
    }

    /** What each operation refuses, and in which words, is told by {@code RequestsTest}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ListTables | { | SerializationException",
                "ListTables | [] | SerializationException",
                "ListTables | {\"Limit\":\"1\"} | SerializationException",
                "NoSuchThing | {} | UnknownOperationException",
                "ListTables | {\"Limit\":0} | ValidationException",
                "DescribeTable | {\"TableName\":\"nowhere\"} | ResourceNotFoundException",
                "DeleteItem | {\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"never\"}},\"ConditionExpression\":\"attribute_exists(pk)\"} |"
                        + " ConditionalCheckFailedException"
            })
    void isRefusedWithTheErrorsTypeAndTheHeadersOfTheProtocol(String operation, String body, String type)
            throws Exception {
        HttpResponse<String> response = post(operation, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(JSON.readTree(response.body()).path("__type").asText()).endsWith("#" + type);
        assertThat(response.headers().firstValue("x-amzn-RequestId").orElseThrow())
                .hasSize(52);
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(response.body().getBytes(StandardCharsets.UTF_8));
        assertThat(response.headers().firstValue("x-amz-crc32")).hasValue(Long.toString(crc.getValue()));
    }

    @Test
    void largeNonsenseIsRefused() throws Exception {
        assertRefused("PutItem", "x".repeat(2 << 20), "");
        assertRefused("PutItem", "[".repeat(100_000), "");
    }

    private static void assertRefused(String operation, String body, String message) throws Exception {
        HttpResponse<String> response = post(operation, body);
        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body());
        assertThat(error.path("message").asText(error.path("Message").asText())).startsWith(message);
    }

    @Test
    void brokenHttpIsAnsweredAndTheServerGoesOn() throws Exception {
        assertThat(raw("GARBAGE\r\n\r\n")).startsWith("HTTP/1.");
        assertThat(raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"))
                .startsWith("HTTP/1.1 404 ");
        assertThat(raw("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\n\r\n"))
                .contains("400")
                .contains("MissingAuthenticationTokenException");
        try (Socket half = new Socket("127.0.0.1", region.server.port())) {
            half.getOutputStream()
                    .write(("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"Tab")
                            .getBytes(StandardCharsets.US_ASCII));
            half.shutdownOutput();
            half.setSoTimeout(45_000);
            assertThat(half.getInputStream().read()).as("closed by the server").isEqualTo(-1);
        }
        assertThat(post("ListTables", "{}").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-None: x",
                "Host: x\r\nHost: x",
                "Host: x:port",
                "Host: x:65536",
                "Host: x:-1",
                "Host: [::1]:http",
                "Host: ::1:x",
                "Host: a:b:1x"
            })
    void aServerIsNamedOnceAndWithAPortThatIsOne(String headers) throws Exception {
        for (String line : List.of("GET / HTTP/1.1", "GET /-/health HTTP/1.1")) {
            try (RawHttp http = region.connect()) {
                RawHttp.Answer answer =
                        http.send(line + "\r\n" + headers + "\r\n\r\n").answer();
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.text()).contains("#MalformedHttpRequestException");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1\r\nHost: x:1",
                "HTTP/1.1\r\nHost: x:",
                "HTTP/1.1\r\nHost: [::1]",
                "HTTP/1.1\r\nHost: [::1]:65535",
                "HTTP/1.0"
            })
    void aServerMayBeNamedWithoutPortAndInOldHttpNotAtAll(String rest) throws Exception {
        try (RawHttp http = region.connect()) {
            assertThat(http.send("GET / " + rest + "\r\n\r\n").answer().status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}xx\r\n0\r\n\r\n", "-1\r\n", "fffffffffff\r\n{}\r\n", "\r\n"})
    void anInvalidChunkIsToldBeforeTheConnectionIsClosed(String chunks) throws Exception {
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.head("ListTables", "Transfer-Encoding: chunked") + "\r\n" + chunks);
            RawHttp.Answer answer = http.answer();
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.text()).contains("#MalformedHttpRequestException");
            assertThat(http.isClosed()).isTrue();
        }
    }

    @Test
    void anInvalidChunkAfterGoodOnesIsToldToo() throws Exception {
        try (RawHttp http = region.connect()) {
            http.send(RawHttp.head("ListTables", "Transfer-Encoding: chunked") + "\r\n1\r\n{\r\n");
            http.send("zz\r\n}\r\n");
            assertThat(http.answer().status()).isEqualTo(400);
            assertThat(http.isClosed()).isTrue();
        }
    }

    /** DynamoDB looks at no path either. */
    @Test
    void theApiIsAtEveryPathThatIsNotOfAPage() throws Exception {
        try (RawHttp http = region.connect()) {
            String request = RawHttp.request("ListTables", "{}");
            for (String path : List.of("/", "/any/path", "/?a=b")) {
                assertThat(http.send(request.replaceFirst("POST / ", "POST " + path + " "))
                                .answer()
                                .status())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void tagOperationsAnswerWithoutABody() throws Exception {
        String arn = "{\"ResourceArn\":\"arn:aws:dynamodb:" + OperationsFixture.HERE + ":000000000000:table/tab\",";
        for (String[] each : new String[][] {
            {"TagResource", "\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}"}, {"UntagResource", "\"TagKeys\":[\"k\"]}"}
        }) {
            try (RawHttp http = region.connect()) {
                RawHttp.Answer answer =
                        http.send(RawHttp.request(each[0], arn + each[1])).answer();
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                assertThat(answer.header("Content-Length")).isEqualTo("0");
                assertThat(answer.header("x-amz-crc32")).isEqualTo("0");
            }
        }
    }

    private static String raw(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", region.server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] buffer = new byte[4096];
            StringBuilder answer = new StringBuilder();
            int count = socket.getInputStream().read(buffer);
            answer.append(new String(buffer, 0, Math.max(0, count), StandardCharsets.UTF_8));
            if (count > 0 && !answer.toString().contains("__type")) {
                socket.setSoTimeout(300);
                try {
                    count = socket.getInputStream().read(buffer);
                    answer.append(new String(buffer, 0, Math.max(0, count), StandardCharsets.UTF_8));
                } catch (java.net.SocketTimeoutException nothingMore) {
                    // All of it is here.
                }
            }
            return answer.toString();
        }
    }

    @Test
    void mutatedRequestsAreAnsweredWithAnErrorOrDone() throws Exception {
        String[][] seeds = {
            {
                "PutItem",
                "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"},\"l\":{\"L\":[{\"NS\":[\"1\"]}]}}}"
            },
            {
                "UpdateItem",
                "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"a\"}},\"UpdateExpression\":\"SET n = n + :o, #x.y[1] = :o REMOVE z ADD s :t\",\"ExpressionAttributeNames\":{\"#x\":\"x\"},\"ExpressionAttributeValues\":{\":o\":{\"N\":\"1\"},\":t\":{\"SS\":[\"b\"]}}}"
            },
            {
                "Query",
                "{\"TableName\":\"tab\",\"KeyConditionExpression\":\"pk = :p\",\"FilterExpression\":\"size(n) > :p AND NOT (a IN (:p, :p) OR contains(b, :p))\",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"a\"}}}"
            },
            {
                "BatchWriteItem",
                "{\"RequestItems\":{\"tab\":[{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"b\"}}}},{\"DeleteRequest\":{\"Key\":{\"pk\":{\"S\":\"c\"}}}}]}}"
            }
        };
        Property.holds(3_000, random -> {
            String[] seed = seeds[random.nextInt(seeds.length)];
            StringBuilder body = new StringBuilder(seed[1]);
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                int at = random.nextInt(body.length());
                String letters = "{}[]\":,.#()=<>+-0aNS\\ ";
                switch (random.nextInt(3)) {
                    case 0 -> body.deleteCharAt(at);
                    case 1 -> body.insert(at, letters.charAt(random.nextInt(letters.length())));
                    default -> body.setCharAt(at, letters.charAt(random.nextInt(letters.length())));
                }
            }
            assertThat(post(seed[0], body.toString()).statusCode())
                    .as(body.toString())
                    .isIn(200, 400);
        });
    }
}
