package dev.meridian.simulator;

import static dev.meridian.simulator.OneRegion.item;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.Select;

/** Query and Scan in pages, and scans in parallel, through the AWS SDK. */
class SdkPagingTest {
    private static final int LARGE = 30;

    @TempDir
    static Path folder;

    private static OneRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new OneRegion(folder);
        region.createTable("large", table -> {}, 2, "pk S", "sk N");
        for (int i = 0; i < LARGE; i++) {
            region.put("large", "pk", "p", "sk", i, "v", "x".repeat(100_000));
        }
        region.createTable("small", table -> {}, 1, "pk S");
        CompletableFuture.allOf(IntStream.range(0, 400)
                        .mapToObj(i -> region.asyncClient()
                                .putItem(request -> request.tableName("small").item(item("pk", "k" + i, "n", i))))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static List<QueryResponse> pages(Consumer<QueryRequest.Builder> more) {
        List<QueryResponse> pages = new ArrayList<>();
        region.client()
                .queryPaginator(request -> more.accept(request.tableName("large")
                        .keyConditionExpression("pk = :p")
                        .expressionAttributeValues(item(":p", "p"))))
                .forEach(pages::add);
        return pages;
    }

    @Test
    void aPageEndsWithTheItemThatReachesOneMegabyte() {
        assertThat(pages(query -> {})).extracting(QueryResponse::count).containsExactly(11, 11, 8);
        assertThat(pages(query -> query.projectionExpression("sk")))
                .as("by what is read, not by what is returned")
                .extracting(QueryResponse::count)
                .containsExactly(11, 11, 8);
        List<QueryResponse> back = pages(query -> query.scanIndexForward(false).consistentRead(true));
        assertThat(back).extracting(QueryResponse::count).containsExactly(11, 11, 8);
        assertThat(back.get(0).lastEvaluatedKey()).isEqualTo(item("pk", "p", "sk", 19));
        assertThat(back.get(2).hasLastEvaluatedKey()).isFalse();
    }

    @Test
    void aLimitCountsBeforeTheFilterAndALastPageOfItsLengthNamesAKey() {
        List<QueryResponse> pages = pages(query -> query.limit(10)
                .filterExpression("sk_mirror = :m OR attribute_exists(v)")
                .expressionAttributeValues(item(":p", "p", ":m", 1)));
        assertThat(pages).extracting(QueryResponse::count).containsExactly(10, 10, 10, 0);
        List<QueryResponse> none = pages(query -> query.limit(7).filterExpression("attribute_not_exists(v)"));
        assertThat(none).extracting(QueryResponse::count).containsOnly(0);
        assertThat(none).extracting(QueryResponse::scannedCount).containsExactly(7, 7, 7, 7, 2);
        QueryResponse counted =
                pages(query -> query.select(Select.COUNT).limit(5)).get(0);
        assertThat(counted.count()).isEqualTo(5);
        assertThat(counted.hasItems()).isFalse();
    }

    @Test
    void anAsynchronousPaginatorReadsAllToo() {
        List<Integer> counts = new ArrayList<>();
        region.asyncClient()
                .scanPaginator(request -> request.tableName("large"))
                .subscribe(page -> counts.add(page.count()))
                .join();
        assertThat(counts).containsExactly(11, 11, 8);
    }

    @Test
    void segmentsTogetherHoldEveryItemOnce() {
        for (int total : new int[] {1, 2, 4, 7}) {
            List<CompletableFuture<List<String>>> segments = new ArrayList<>();
            for (int i = 0; i < total; i++) {
                segments.add(segment(i, total));
            }
            Set<String> all = new TreeSet<>();
            for (CompletableFuture<List<String>> segment : segments) {
                assertThat(segment.join())
                        .isNotEmpty()
                        .allSatisfy(pk -> assertThat(all.add(pk)).isTrue());
            }
            assertThat(all).hasSize(400);
        }
    }

    private static CompletableFuture<List<String>> segment(int segment, int total) {
        List<String> found = new ArrayList<>();
        return region.asyncClient()
                .scanPaginator(request -> request.tableName("small")
                        .segment(segment)
                        .totalSegments(total)
                        .limit(17))
                .subscribe(page -> page.items()
                        .forEach((Map<String, AttributeValue> item) ->
                                found.add(item.get("pk").s())))
                .thenApply(done -> found);
    }
}
