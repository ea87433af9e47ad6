package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.meridian.model.Property;
import dev.meridian.node.api.ApiException;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the bytes of a request, they are answered with success or a client's fault, never with a bug.
 *
 * <p>{@code -Dmeridian.fuzz=1000000} sets the number of cases, {@code -Dmeridian.seed=N} repeats one run.
 */
class DecoderFuzzTest {
    private static final int CASES = Integer.getInteger("meridian.fuzz", 100_000);
    private static final int SOCKET_CASES = 3_000;
    private static final int WINDOW = 64;
    private static final String LETTERS = "{}[]\":,.#()=<>+-0aNS\\ \u0000";

    private static final String[][] SEEDS = {
        {"ListTables", "{\"Limit\":1,\"ExclusiveStartTableName\":\"tab\"}"},
        {"DescribeTable", "{\"TableName\":\"tab\"}"},
        {"DescribeLimits", "{}"},
        {
            "GetItem",
            "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"a\"}},\"ProjectionExpression\":\"a.b[0],#c\",\"ExpressionAttributeNames\":{\"#c\":\"c\"},\"ConsistentRead\":true,\"ReturnConsumedCapacity\":\"TOTAL\"}"
        },
        {
            "PutItem",
            "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"-1.5E+10\"},\"b\":{\"B\":\"AAE=\"},\"l\":{\"L\":[{\"NS\":[\"1\",\"2e3\"]},{\"M\":{\"x\":{\"BOOL\":true},\"y\":{\"NULL\":true}}}]}},\"ConditionExpression\":\"attribute_not_exists(pk) OR begins_with(pk, :p)\",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"a\"}},\"ReturnValues\":\"ALL_OLD\"}"
        },
        {
            "UpdateItem",
            "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"a\"}},\"UpdateExpression\":\"SET n = if_not_exists(n, :o) + :o, #x.y[1] = list_append(:l, :l) REMOVE z[0] ADD s :t DELETE u :t\",\"ExpressionAttributeNames\":{\"#x\":\"x\"},\"ExpressionAttributeValues\":{\":o\":{\"N\":\"1\"},\":l\":{\"L\":[]},\":t\":{\"SS\":[\"b\"]}},\"ReturnValues\":\"UPDATED_NEW\"}"
        },
        {
            "DeleteItem",
            "{\"TableName\":\"tab\",\"Key\":{\"pk\":{\"S\":\"a\"}},\"ConditionExpression\":\"attribute_type(n, :t) AND n BETWEEN :o AND :o\",\"ExpressionAttributeValues\":{\":t\":{\"S\":\"N\"},\":o\":{\"N\":\"1\"}}}"
        },
        {
            "Query",
            "{\"TableName\":\"tab\",\"KeyConditionExpression\":\"pk = :p\",\"FilterExpression\":\"size(n) > :p AND NOT (a IN (:p, :p) OR contains(b, :p))\",\"ExpressionAttributeValues\":{\":p\":{\"S\":\"a\"}},\"Limit\":3,\"ExclusiveStartKey\":{\"pk\":{\"S\":\"a\"}}}"
        },
        {"Scan", "{\"TableName\":\"tab\",\"Segment\":0,\"TotalSegments\":2,\"Select\":\"COUNT\",\"Limit\":5}"},
        {
            "BatchWriteItem",
            "{\"RequestItems\":{\"tab\":[{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"b\"}}}},{\"DeleteRequest\":{\"Key\":{\"pk\":{\"S\":\"c\"}}}}]}}"
        },
        {
            "BatchGetItem",
            "{\"RequestItems\":{\"tab\":{\"Keys\":[{\"pk\":{\"S\":\"b\"}},{\"pk\":{\"S\":\"c\"}}],\"ProjectionExpression\":\"pk\"}}}"
        },
        {"UpdateTable", "{\"TableName\":\"tab\",\"BillingMode\":\"PAY_PER_REQUEST\"}"},
        {
            "CreateTable",
            "{\"TableName\":\"tab\",\"BillingMode\":\"PAY_PER_REQUEST\",\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}]}"
        },
    };

    /** Values that have broken decoders before. */
    private static final String[] TOKENS = {
        "null",
        "true",
        "-0",
        "1e999999999",
        "1E-400",
        "99999999999999999999",
        "0.1",
        "\"\"",
        "[]",
        "{}",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\u00e9\"",
        "NaN",
        "1e5",
        ":p",
        "#x",
        "a.b.c",
        "[0]",
        "[99999999999]",
        "(",
        "((((((((((",
        ")",
        "AND",
        "NOT ",
        "size(",
        "{\"S\":\"a\"}",
        "{\"N\":\"1\"}",
        "{\"SS\":[]}",
        "{\"M\":{}}",
        "{\"L\":[[]]}",
        "{\"S\":\"a\",\"N\":\"1\"}",
        "[[[[[[[[[[[[[[[[[[[[",
        "{\"M\":{\"a\":{\"M\":{\"a\":",
        "//",
        "/**/",
        "\ufeff",
        "'a'"
    };

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

    private record Case(RequestHead head, byte[] body) {
        @Override
        public String toString() {
            return head.method() + " " + head.uri() + "\n" + head.headers() + "\n"
                    + new String(body, StandardCharsets.UTF_8) + "\n"
                    + HexFormat.of().formatHex(body);
        }
    }

    private record Pending(Case made, CompletionStage<dev.meridian.node.api.Reply> reply) {}

    @Test
    void mutatedBytesAreNeverABug() throws Exception {
        long seed = Property.seed();
        System.out.println(
                "fuzz: " + CASES + " cases, replay with -Dmeridian.seed=" + seed + " -Dmeridian.fuzz=" + CASES);
        SplittableRandom random = new SplittableRandom(seed);
        List<Pending> window = new ArrayList<>();
        int executed = 0;
        int refused = 0;
        for (int i = 0; i < CASES; i++) {
            Case made = make(random);
            try {
                byte[] body = ContentCoding.decode(made.head(), made.body(), new BodyBudget(1L << 30).share());
                RequestDecoder.Call call = RequestDecoder.decode(made.head(), body, region.handler()::contains);
                window.add(new Pending(made, region.handler().execute(call.service(), call.operation(), body, "x")));
            } catch (ApiException expected) {
                refused++;
            } catch (Throwable bug) {
                fail("seed " + seed + ", case " + i + ": " + made, bug);
            }
            if (window.size() == WINDOW) {
                executed += settle(window, seed);
            }
        }
        executed += settle(window, seed);
        System.out.println("fuzz: " + refused + " refused before an operation, " + executed + " done");
        assertThat(executed).as("some mutations are harmless").isGreaterThan(CASES / 100);
    }

    private static int settle(List<Pending> window, long seed) {
        int done = 0;
        for (Pending pending : window) {
            try {
                byte[] json = pending.reply()
                        .toCompletableFuture()
                        .get(20, TimeUnit.SECONDS)
                        .json();
                assertThat(json.length).isPositive();
                done++;
            } catch (Throwable thrown) {
                if (ErrorAnswer.of("fuzz", thrown).status() >= 500) {
                    fail("seed " + seed + ": " + pending.made(), thrown);
                }
            }
        }
        window.clear();
        return done;
    }

    private static Case make(RandomGenerator random) throws Exception {
        String[] seed = SEEDS[random.nextInt(SEEDS.length)];
        byte[] body = mutate(seed[1], random);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("X-Amz-Target", "DynamoDB_20120810." + seed[0])
                .add("Content-Type", "application/x-amz-json-1.0")
                .add("X-Amz-Date", RunningRegion.DATE)
                .add("Authorization", RunningRegion.AUTHORIZATION);
        String uri = "/";
        switch (random.nextInt(20)) {
            case 0 -> {
                String name = List.copyOf(headers.names())
                        .get(random.nextInt(headers.names().size()));
                headers.set(name, new String(mutate(headers.get(name), random), StandardCharsets.ISO_8859_1));
            }
            case 1 ->
                headers.remove(List.copyOf(headers.names())
                        .get(random.nextInt(headers.names().size())));
            case 2 -> {
                headers.remove("Authorization");
                String query = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + RunningRegion.SCOPE
                        + "&X-Amz-Date=" + RunningRegion.DATE + "&X-Amz-SignedHeaders=host&X-Amz-Signature=0";
                uri = new String(mutate(query, random), StandardCharsets.ISO_8859_1);
            }
            case 3 -> {
                headers.set("Content-Encoding", random.nextInt(4) == 0 ? "br" : "gzip");
                body = flip(ContentCoding.Coding.GZIP.compress(body), random);
            }
            default -> {}
        }
        return new Case(new RequestHead("POST", uri, headers), body);
    }

    private static byte[] mutate(String text, RandomGenerator random) {
        StringBuilder made = new StringBuilder(text);
        for (int i = random.nextInt(4); i > 0 && !made.isEmpty(); i--) {
            int at = random.nextInt(made.length());
            char letter = LETTERS.charAt(random.nextInt(LETTERS.length()));
            switch (random.nextInt(7)) {
                case 0 -> made.deleteCharAt(at);
                case 1 -> made.insert(at, letter);
                case 2 -> made.setCharAt(at, letter);
                case 3 -> made.insert(at, TOKENS[random.nextInt(TOKENS.length)]);
                case 4 -> replaceValue(made, at, TOKENS[random.nextInt(TOKENS.length)]);
                case 5 -> {
                    int end = Math.min(made.length(), at + random.nextInt(30));
                    made.insert(
                            random.nextInt(made.length()),
                            made.substring(at, end).repeat(random.nextInt(1, 5)));
                }
                default -> made.delete(at, Math.min(made.length(), at + random.nextInt(20)));
            }
        }
        byte[] bytes = made.toString().getBytes(StandardCharsets.UTF_8);
        return random.nextInt(10) == 0 ? flip(bytes, random) : bytes;
    }

    /** What is behind the next colon, which keeps most of the JSON whole. */
    private static void replaceValue(StringBuilder made, int at, String token) {
        int colon = made.indexOf("\":", at);
        if (colon >= 0) {
            int end = colon + 2;
            while (end < made.length() && ",}]".indexOf(made.charAt(end)) < 0) {
                end++;
            }
            made.replace(colon + 2, end, token);
        }
    }

    private static byte[] flip(byte[] bytes, RandomGenerator random) {
        byte[] flipped = bytes.clone();
        for (int i = random.nextInt(3); i > 0 && flipped.length > 0; i--) {
            flipped[random.nextInt(flipped.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(flipped, random.nextInt(flipped.length + 1)) : flipped;
    }

    @Test
    void mutatedRequestsOverASocketAreAnswered() throws Exception {
        Property.holds(1, seeded -> {
            SplittableRandom random = new SplittableRandom(seeded.nextLong());
            for (int i = 0; i < SOCKET_CASES; i += 50) {
                try (RawHttp http = region.connect()) {
                    for (int each = 0; each < 50; each++) {
                        Case made = make(random);
                        assertAnswered(http, made);
                    }
                }
            }
        });
    }

    private static void assertAnswered(RawHttp http, Case made) throws Exception {
        StringBuilder head = new StringBuilder(
                "POST /" + made.head().uri().replaceAll("[^!-~]", "").replaceFirst("^.", ""));
        head.append(" HTTP/1.1\r\nHost: x\r\n");
        made.head()
                .headers()
                .forEach((name, value) -> head.append(name + ": " + value.replaceAll("[^ -~]", "") + "\r\n"));
        head.append("Content-Length: ").append(made.body().length).append("\r\n\r\n");
        RawHttp.Answer answer = http.send(head.toString()).send(made.body()).answer();
        assertThat(answer.status()).as(made.toString()).isIn(200, 400, 404);
        assertThat(answer.header("x-amz-crc32")).isNotNull();
    }

    /** Broken HTTP, not only broken requests: an answer or a closed connection, and the server goes on. */
    @Test
    void mutatedHttpIsSurvived() throws Exception {
        Property.holds(500, random -> {
            byte[] bytes = mutate(RawHttp.request("ListTables", "{}"), random);
            try (RawHttp http = region.connect()) {
                http.send(bytes);
                http.socket.shutdownOutput();
                try {
                    assertThat(http.answer().status()).isIn(200, 400, 404, 408, 413, 414, 417, 431, 501);
                } catch (java.io.IOException closed) {
                    // Half a request, ended by its client.
                }
            }
        });
        assertThat(region.post("ListTables", "{}").statusCode()).isEqualTo(200);
    }
}
