package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries that are answered where they arrive, and those that are not. */
class BriefQueryTest {
    private static final int ITEMS = 10;
    private static final int READ_MAX = 64 << 10;
    private static final String SMALL = query("small", "");
    private static final String LARGE = query("large", "");

    @TempDir
    Path folder;

    private OperationsFixture node;

    private static String query(String partition, String more) {
        return """
                {"TableName":"table","KeyConditionExpression":"pk = :pk",
                 "ExpressionAttributeValues":{":pk":{"S":"%s"}}%s}""".formatted(partition, more);
    }

    @BeforeEach
    void fill() throws IOException {
        node = new OperationsFixture(folder);
        assertThat(node.ask("CreateTable", """
                {"TableName":"table","BillingMode":"PAY_PER_REQUEST",
                 "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},
                  {"AttributeName":"sk","AttributeType":"N"}],
                 "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
                 "GlobalSecondaryIndexes":[{"IndexName":"keys","Projection":{"ProjectionType":"KEYS_ONLY"},
                  "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}]}""").message()).isEmpty();
        for (int item = 0; item < ITEMS; item++) {
            put("small", item, 1_000);
            put("large", item, 10_000);
        }
    }

    private void put(String partition, int item, int bytes) {
        assertThat(node.ask("PutItem", """
                {"TableName":"table","Item":{"pk":{"S":"%s"},"sk":{"N":"%d"},"value":{"S":"%s"}}}""".formatted(partition, item, "x".repeat(bytes)))
                        .message())
                .isEmpty();
    }

    @AfterEach
    void close() {
        node.close();
    }

    private byte[] briefly(String query) {
        CompletionStage<Reply> reply =
                node.operations().executeBriefly("Query", query.getBytes(StandardCharsets.UTF_8), READ_MAX);
        return reply == null ? null : reply.toCompletableFuture().join().json();
    }

    private int brief(String query, int times) {
        int answered = 0;
        for (int i = 0; i < times; i++) {
            answered += briefly(query) == null ? 0 : 1;
        }
        return answered;
    }

    @Test
    void theSameAnswer() {
        byte[] whole = node.operations()
                .execute("Query", SMALL.getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()
                .join()
                .json();
        assertThat(Objects.requireNonNull(briefly(SMALL))).isEqualTo(whole);
    }

    @Test
    void notIfItWouldReadMoreWhateverTheAnswer() {
        assertThat(briefly(LARGE)).isNull();
        assertThat(briefly(query("large", ",\"Select\":\"COUNT\""))).isNull();
        assertThat(briefly(query("large", ",\"IndexName\":\"keys\""))).isNull();
    }

    @Test
    void aLimitMakesItBrief() {
        assertThat(briefly(query("large", ",\"Limit\":3"))).isNotNull();
    }

    @Test
    void aTableOfLongPagesIsTriedNowAndThen() {
        assertThat(briefly(LARGE)).isNull();
        assertThat(brief(SMALL, Query.STRAIGHT_TO_WORKER)).isZero();
        assertThat(brief(SMALL, 10)).isEqualTo(10);
    }
}
