package dev.meridian.simulator;

import static dev.meridian.simulator.OneRegion.item;
import static dev.meridian.simulator.OneRegion.n;
import static dev.meridian.simulator.OneRegion.s;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeAction;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.AttributeValueUpdate;
import software.amazon.awssdk.services.dynamodb.model.ComparisonOperator;
import software.amazon.awssdk.services.dynamodb.model.Condition;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConditionalOperator;
import software.amazon.awssdk.services.dynamodb.model.ExpectedAttributeValue;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/** The parameters that expressions replaced, through the AWS SDK: old programs go on. */
class SdkLegacyParametersTest {
    @TempDir
    static Path folder;

    private static OneRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new OneRegion(folder);
        region.createTable("hash", table -> {}, 1, "pk S");
        region.createTable("sorted", table -> {}, 2, "pk S", "sk S");
        String[] names = {"alpha", "beta", "gamma", "delta", "epsilon"};
        for (int i = 0; i < names.length; i++) {
            region.put("sorted", "pk", "q", "sk", names[i], "val", i + 1, "tag", i % 2 == 0 ? "hello-" + i : "bye");
        }
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static DynamoDbClient client() {
        return region.client();
    }

    private static Condition condition(ComparisonOperator operator, AttributeValue... values) {
        return Condition.builder()
                .comparisonOperator(operator)
                .attributeValueList(values)
                .build();
    }

    private static AttributeValueUpdate update(AttributeAction action, AttributeValue value) {
        return AttributeValueUpdate.builder().action(action).value(value).build();
    }

    private static ExpectedAttributeValue expected(ComparisonOperator operator, AttributeValue... values) {
        return ExpectedAttributeValue.builder()
                .comparisonOperator(operator)
                .attributeValueList(values)
                .build();
    }

    @Test
    void attributeUpdatesPutAddAndDelete() {
        region.put("hash", "pk", "u", "count", 1, "tags", AttributeValue.fromSs(List.of("a", "b", "c")), "extra", "x");
        Map<String, AttributeValue> after = client().updateItem(request -> request.tableName("hash")
                        .key(item("pk", "u"))
                        .attributeUpdates(Map.of(
                                "name", update(AttributeAction.PUT, s("new")),
                                "count", update(AttributeAction.ADD, n(9)),
                                "tags", update(AttributeAction.DELETE, AttributeValue.fromSs(List.of("b"))),
                                "extra", update(AttributeAction.DELETE, null)))
                        .returnValues(ReturnValue.ALL_NEW))
                .attributes();
        assertThat(after)
                .isEqualTo(
                        item("pk", "u", "name", "new", "count", 10, "tags", AttributeValue.fromSs(List.of("a", "c"))));
        assertThatThrownBy(() -> client().updateItem(request -> request.tableName("hash")
                        .key(item("pk", "u"))
                        .attributeUpdates(Map.of("pk", update(AttributeAction.PUT, s("other"))))))
                .hasMessageContaining("Cannot update attribute pk. This attribute is part of the key");
    }

    @Test
    void expectedIsACondition() {
        Map<String, AttributeValue> item = item("pk", "e", "status", "active", "role", "admin");
        client().putItem(request -> request.tableName("hash")
                .item(item)
                .expected(Map.of(
                        "pk", ExpectedAttributeValue.builder().exists(false).build())));
        assertThatThrownBy(() -> client().putItem(request -> request.tableName("hash")
                        .item(item)
                        .expected(Map.of(
                                "pk",
                                ExpectedAttributeValue.builder().exists(false).build()))))
                .isInstanceOf(ConditionalCheckFailedException.class);
        Map<String, ExpectedAttributeValue> one = Map.of(
                "status", expected(ComparisonOperator.EQ, s("gone")),
                "role", expected(ComparisonOperator.BEGINS_WITH, s("adm")));
        client().putItem(request ->
                request.tableName("hash").item(item).expected(one).conditionalOperator(ConditionalOperator.OR));
        assertThatThrownBy(() -> client().putItem(
                                request -> request.tableName("hash").item(item).expected(one)))
                .isInstanceOf(ConditionalCheckFailedException.class);
        client().deleteItem(request -> request.tableName("hash")
                .key(item("pk", "e"))
                .expected(Map.of(
                        "status",
                        ExpectedAttributeValue.builder()
                                .exists(true)
                                .value(s("active"))
                                .build())));
        assertThat(client().getItem(request -> request.tableName("hash").key(item("pk", "e")))
                        .hasItem())
                .isFalse();
    }

    @Test
    void keyConditionsAndQueryFilterSelect() {
        QueryResponse all = client().query(request ->
                request.tableName("sorted").keyConditions(Map.of("pk", condition(ComparisonOperator.EQ, s("q")))));
        assertThat(all.items()).hasSize(5);
        QueryResponse some = client().query(request -> request.tableName("sorted")
                .keyConditions(Map.of(
                        "pk", condition(ComparisonOperator.EQ, s("q")),
                        "sk", condition(ComparisonOperator.BETWEEN, s("b"), s("e"))))
                .scanIndexForward(false)
                .attributesToGet("sk"));
        assertThat(some.items()).containsExactly(item("sk", "delta"), item("sk", "beta"));
        QueryResponse filtered = client().query(request -> request.tableName("sorted")
                .keyConditions(Map.of("pk", condition(ComparisonOperator.EQ, s("q"))))
                .queryFilter(Map.of(
                        "tag", condition(ComparisonOperator.BEGINS_WITH, s("hello")),
                        "val", condition(ComparisonOperator.GT, n(4))))
                .conditionalOperator(ConditionalOperator.AND));
        assertThat(filtered.count()).isEqualTo(1);
        assertThat(filtered.scannedCount()).isEqualTo(5);
    }

    @Test
    void scanFilterSelects() {
        assertThat(scanned("tag", condition(ComparisonOperator.NE, s("bye")))).isEqualTo(3);
        assertThat(scanned("tag", condition(ComparisonOperator.CONTAINS, s("llo"))))
                .isEqualTo(3);
        assertThat(scanned("tag", condition(ComparisonOperator.NOT_CONTAINS, s("llo"))))
                .isEqualTo(2);
        assertThat(scanned("val", condition(ComparisonOperator.IN, n(1), n(5), n(9))))
                .isEqualTo(2);
        assertThat(scanned("val", condition(ComparisonOperator.LE, n(2)))).isEqualTo(2);
        assertThat(scanned("nope", condition(ComparisonOperator.NULL))).isEqualTo(5);
        assertThat(scanned("nope", condition(ComparisonOperator.NE, s("bye")))).isEqualTo(5);
        assertThat(scanned("nope", condition(ComparisonOperator.CONTAINS, s("llo"))))
                .isZero();
        assertThat(scanned("nope", condition(ComparisonOperator.NOT_CONTAINS, s("llo"))))
                .isZero();
        assertThat(scanned("val", condition(ComparisonOperator.NOT_CONTAINS, s("llo"))))
                .isEqualTo(5);
        assertThat(scanned("tag", condition(ComparisonOperator.NOT_NULL))).isEqualTo(5);
    }

    private static int scanned(String attribute, Condition condition) {
        return client().scan(request -> request.tableName("sorted").scanFilter(Map.of(attribute, condition)))
                .count();
    }

    @Test
    void attributesToGetChoosesTopLevelAttributesAndNothingElse() {
        region.put("hash", "pk", "g", "name", "alice", "role", "admin");
        assertThat(client().getItem(request ->
                                request.tableName("hash").key(item("pk", "g")).attributesToGet("name", "nope"))
                        .item())
                .isEqualTo(item("name", "alice"));
        assertThat(client().batchGetItem(request -> request.requestItems(Map.of(
                                "hash",
                                KeysAndAttributes.builder()
                                        .keys(item("pk", "g"))
                                        .attributesToGet("role")
                                        .build())))
                        .responses()
                        .get("hash"))
                .containsExactly(item("role", "admin"));
        assertThatThrownBy(() -> client().getItem(request -> request.tableName("hash")
                        .key(item("pk", "g"))
                        .attributesToGet("role")
                        .projectionExpression("pk")))
                .hasMessageContaining("Can not use both expression and non-expression parameters");
    }
}
