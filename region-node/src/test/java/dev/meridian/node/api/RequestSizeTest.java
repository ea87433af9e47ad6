package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.api.shape.RequestSize;
import dev.meridian.node.api.shape.Shapes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a request takes of the heap is known before it is parsed, and what is beyond the limits is never parsed. */
class RequestSizeTest {
    private static final RequestSize.Limits NONE =
            new RequestSize.Limits(Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);

    @TempDir
    static Path folder;

    private static String put(String value) {
        return "{\"TableName\":\"tab\",\"Item\":{\"pk\":{\"S\":\"a\"},\"v\":" + value + "}}";
    }

    private static String list(String element, int count) {
        return "{\"L\":[" + String.join(",", java.util.Collections.nCopies(count, element)) + "]}";
    }

    private static String numbered(int count, java.util.function.IntFunction<String> element) {
        return IntStream.range(0, count).mapToObj(element).collect(Collectors.joining(","));
    }

    static Stream<String> shapes() {
        return Stream.of(
                put(list("{\"N\":\"1\"}", 40_000)),
                put(list("{\"N\":\"12345678901234567890123456789012345678\"}", 30_000)),
                put(list("{\"NULL\":true}", 40_000)),
                put(list("{\"L\":[]}", 40_000)),
                put(list("{\"M\":{}}", 40_000)),
                put(list("{\"M\":{\"a\":{\"N\":\"1\"}}}", 50_000)),
                put(list("{\"S\":\"\"}", 40_000)),
                put(list("{\"B\":\"AAAA\"}", 40_000)),
                put("{\"SS\":[" + numbered(40_000, i -> "\"" + Integer.toString(i, 36) + "\"") + "]}"),
                put("{\"NS\":[" + numbered(40_000, i -> "\"" + i + "\"") + "]}"),
                put("{\"M\":{" + numbered(60_000, i -> "\"" + Integer.toString(i, 36) + "\":{\"N\":\"1\"}") + "}}"),
                put("{\"S\":\"" + "a".repeat(300_000) + "\"}"),
                put("{\"S\":\"" + "é".repeat(200_000) + "\"}"),
                put("{\"S\":\"" + "\\u3042".repeat(200_000) + "\"}"),
                "{\"x\":[" + String.join(",", java.util.Collections.nCopies(100_000, "[]")) + "]}",
                "{\"x\":[" + String.join(",", java.util.Collections.nCopies(80_000, "[1]")) + "]}",
                "{\"x\":[" + String.join(",", java.util.Collections.nCopies(100_000, "{}")) + "]}",
                "{\"x\":[" + String.join(",", java.util.Collections.nCopies(40_000, "{\"a\":1,\"b\":2}")) + "]}",
                "{\"x\":[" + numbered(80_000, i -> i + ".5") + "]}",
                "{\"x\":{" + numbered(40_000, i -> "\"" + Integer.toString(i, 36) + "\":1") + "}}");
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void isNoLessThanWhatTheHeapHolds(String request) {
        byte[] body = request.getBytes(StandardCharsets.UTF_8);
        long bound = RequestSize.measure(Shapes.load(Shapes.DYNAMODB).request("PutItem"), body, NONE)
                .heapBytes();
        List<Object> held = new ArrayList<>();
        long before = used();
        ObjectNode tree = RequestTree.read(body);
        held.add(tree);
        if (tree.has("Item")) {
            held.add(new RequestReader(tree, ValueLayer.OLDER).requiredItem("Item"));
        }
        long taken = used() - before;
        assertThat(held).isNotEmpty();
        assertThat(taken).as("%s…", request.substring(0, 80)).isLessThan(bound);
        assertThat(taken).as("small requests: %s…", request.substring(0, 80)).isLessThan(32L * body.length);
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void whatIsBeyondTheLimitsIsToldWithoutBeingParsed() throws Exception {
        try (OperationsFixture fixture = new OperationsFixture(folder)) {
            Operations operations = fixture.operations();
            assertRefused(
                    operations,
                    "PutItem",
                    put(list("{\"N\":\"1\"}", 1_500_000)),
                    "1 validation error detected: Item size has exceeded the maximum allowed size");
            String write =
                    "{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"a\"},\"v\":" + list("{\"N\":\"1\"}", 300_000) + "}}}";
            assertRefused(
                    operations,
                    "BatchWriteItem",
                    "{\"RequestItems\":{\"tab\":[" + write + "]}}",
                    "Item size has exceeded the maximum allowed size");
            assertRefused(
                    operations,
                    "TransactWriteItems",
                    "{\"TransactItems\":[" + numbered(101, i -> "{}") + "]}",
                    "1 validation error detected: Value at 'TransactItems' failed to satisfy constraint: Member must have"
                            + " length less than or equal to 100");
            assertRefused(
                    operations,
                    "UpdateItem",
                    "{\"TableName\":\"tab\",\"ExpressionAttributeValues\":{\":v\":" + list("{\"N\":\"1\"}", 800_000)
                            + "}}",
                    "1 validation error detected: One or more parameter values were invalid: Aggregated size of all values"
                            + " has exceeded 2097152 bytes");
            String deep = "{\"L\":[".repeat(33) + "]}".repeat(33);
            assertRefused(operations, "PutItem", put(deep), "1 validation error detected: " + ValueReader.TOO_DEEP);
            assertThat(operations.heapBytes(
                            "PutItem",
                            put("{\"L\":[".repeat(32) + "]}".repeat(32)).getBytes(StandardCharsets.UTF_8)))
                    .isPositive();
        }
    }

    @Test
    void theLargestLegalBatchFitsTheMemoryOfOneRegion() {
        String item = "{\"PutRequest\":{\"Item\":{\"pk\":{\"S\":\"%s\"},\"v\":" + list("{\"N\":\"1\"}", 66_000) + "}}}";
        String batch = "{\"RequestItems\":{\"tab\":[" + numbered(25, i -> item.formatted("k" + i)) + "]}}";
        byte[] body = batch.getBytes(StandardCharsets.UTF_8);
        assertThat(body.length).isBetween(16_000_000, 16 << 20);
        long heap = RequestSize.measure(Shapes.load(Shapes.DYNAMODB).request("BatchWriteItem"), body, NONE)
                .heapBytes();
        assertThat(heap).isLessThan(285L << 20);
    }

    private static void assertRefused(Operations operations, String operation, String request, String message) {
        byte[] body = request.getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> operations.heapBytes(operation, body))
                .isInstanceOf(ApiException.class)
                .hasMessage(message);
    }
}
