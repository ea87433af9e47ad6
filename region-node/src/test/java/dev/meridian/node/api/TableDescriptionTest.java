package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.api.OperationsFixture.Answer;
import dev.meridian.node.store.TableDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which members the answers about a table have, and in which order. */
class TableDescriptionTest {
    @TempDir
    Path folder;

    private OperationsFixture region;

    @BeforeEach
    void open() throws Exception {
        region = new OperationsFixture(folder);
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Attributes, indexes and what they include are sent in an order that is not that of their names. */
    private JsonNode create() {
        return done("CreateTable", """
                        {"TableName":"table","BillingMode":"PAY_PER_REQUEST",
                        "AttributeDefinitions":[{"AttributeName":"z","AttributeType":"S"},
                          {"AttributeName":"a","AttributeType":"N"},{"AttributeName":"m","AttributeType":"B"}],
                        "KeySchema":[{"AttributeName":"m","KeyType":"HASH"},{"AttributeName":"a","KeyType":"RANGE"}],
                        "LocalSecondaryIndexes":[{"IndexName":"local",
                          "KeySchema":[{"AttributeName":"m","KeyType":"HASH"},{"AttributeName":"z","KeyType":"RANGE"}],
                          "Projection":{"ProjectionType":"KEYS_ONLY"}}],
                        "GlobalSecondaryIndexes":[{"IndexName":"g-z",
                          "KeySchema":[{"AttributeName":"z","KeyType":"HASH"}],
                          "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["zz","aa","mm"]}},
                        {"IndexName":"g-a","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
                          "Projection":{"ProjectionType":"ALL"}}]}""").get("TableDescription");
    }

    private JsonNode done(String operation, String request) {
        Answer answer = region.ask(operation, request);
        assertThat(answer.message()).isEmpty();
        return answer.body();
    }

    private JsonNode described() {
        return done("DescribeTable", "{\"TableName\":\"table\"}").get("Table");
    }

    private static List<String> texts(JsonNode list, String member) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add((member.isEmpty() ? each : each.get(member)).asText()));
        return texts;
    }

    private static List<String> members(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void attributesStandByTheirNames() {
        for (JsonNode table : List.of(create(), described())) {
            assertThat(texts(table.get("AttributeDefinitions"), "AttributeName"))
                    .containsExactly("a", "m", "z");
            assertThat(texts(table.get("AttributeDefinitions"), "AttributeType"))
                    .containsExactly("N", "B", "S");
            assertThat(texts(table.get("KeySchema"), "AttributeName")).containsExactly("m", "a");
            assertThat(texts(
                            table.get("GlobalSecondaryIndexes")
                                    .get(0)
                                    .get("Projection")
                                    .get("NonKeyAttributes"),
                            ""))
                    .containsExactly("aa", "mm", "zz");
        }
    }

    @Test
    void indexesStandAsTheyWereGiven() {
        create();
        assertThat(texts(described().get("GlobalSecondaryIndexes"), "IndexName"))
                .containsExactly("g-z", "g-a");
    }

    @Test
    void indexesOfAReplicatedTableStandByTheirNames() {
        create();
        region.store()
                .write(view -> {
                    TableDescriptor table =
                            Objects.requireNonNull(view.catalog().table("table"));
                    view.putTable(table.withReplicated(true));
                    return true;
                })
                .toCompletableFuture()
                .join();
        assertThat(texts(described().get("GlobalSecondaryIndexes"), "IndexName"))
                .containsExactly("g-a", "g-z");
    }

    @Test
    void aNewTableHasNoWarmThroughputYetAndNoTimeOfItsBilling() {
        JsonNode made = create();
        assertThat(members(made))
                .doesNotContain("WarmThroughput")
                .contains("CreationDateTime", "KeySchema", "DeletionProtectionEnabled");
        assertThat(members(made.get("BillingModeSummary"))).containsExactly("BillingMode");
        made.get("GlobalSecondaryIndexes")
                .forEach(index -> assertThat(members(index)).doesNotContain("WarmThroughput", "Backfilling"));
        JsonNode there = described();
        assertThat(members(there)).contains("WarmThroughput");
        assertThat(members(there.get("BillingModeSummary")))
                .containsExactly("BillingMode", "LastUpdateToPayPerRequestDateTime");
        there.get("GlobalSecondaryIndexes")
                .forEach(index ->
                        assertThat(members(index)).contains("WarmThroughput").doesNotContain("Backfilling"));
    }

    @Test
    void aDeletedTableIsShownWithoutItsKeysAndIndexes() {
        create();
        JsonNode deleted = done("DeleteTable", "{\"TableName\":\"table\"}").get("TableDescription");
        assertThat(members(deleted))
                .containsExactlyInAnyOrder(
                        "TableName",
                        "TableStatus",
                        "ProvisionedThroughput",
                        "TableSizeBytes",
                        "ItemCount",
                        "TableArn",
                        "TableId",
                        "BillingModeSummary",
                        "DeletionProtectionEnabled");
        assertThat(members(deleted.get("BillingModeSummary"))).contains("LastUpdateToPayPerRequestDateTime");
        assertThat(deleted.get("TableStatus").asText()).isEqualTo("DELETING");
    }

    @Test
    void anIndexThatIsBuiltSaysWhetherItIsBackfilled() {
        create();
        JsonNode changed = done("UpdateTable", """
                        {"TableName":"table","AttributeDefinitions":[{"AttributeName":"n","AttributeType":"S"}],
                        "GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"g-n",
                          "KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],
                          "Projection":{"ProjectionType":"ALL"}}}]}""").get("TableDescription");
        JsonNode index = changed.get("GlobalSecondaryIndexes").get(2);
        assertThat(index.get("IndexStatus").asText()).isEqualTo("CREATING");
        assertThat(index.get("Backfilling").isBoolean()).isTrue();
    }

    @Test
    void limitsOfAnOnDemandTableAreSetAndUnsetOneByOne() {
        create();
        limits("{\"MaxReadRequestUnits\":1000,\"MaxWriteRequestUnits\":500}");
        assertThat(described().get("OnDemandThroughput").toString())
                .isEqualTo("{\"MaxReadRequestUnits\":1000,\"MaxWriteRequestUnits\":500}");
        limits("{\"MaxReadRequestUnits\":2000}");
        assertThat(described().get("OnDemandThroughput").toString())
                .isEqualTo("{\"MaxReadRequestUnits\":2000,\"MaxWriteRequestUnits\":500}");
        limits("{\"MaxReadRequestUnits\":-1}");
        assertThat(described().get("OnDemandThroughput").toString()).isEqualTo("{\"MaxWriteRequestUnits\":500}");
        limits("{\"MaxWriteRequestUnits\":-1}");
        assertThat(members(described())).doesNotContain("OnDemandThroughput");
    }

    @Test
    void limitsOfAnOnDemandTableGoWithItsBillingMode() {
        create();
        limits("{\"MaxReadRequestUnits\":1000}");
        String units = "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":1}";
        String indexes = Stream.of("g-z", "g-a")
                .map(index -> "{\"Update\":{\"IndexName\":\"" + index + "\"," + units + "}}")
                .collect(Collectors.joining(","));
        done(
                "UpdateTable",
                "{\"TableName\":\"table\",\"BillingMode\":\"PROVISIONED\"," + units
                        + ",\"GlobalSecondaryIndexUpdates\":[" + indexes + "]}");
        done("UpdateTable", "{\"TableName\":\"table\",\"BillingMode\":\"PAY_PER_REQUEST\"}");
        assertThat(members(described())).doesNotContain("OnDemandThroughput");
    }

    private void limits(String limits) {
        done("UpdateTable", "{\"TableName\":\"table\",\"OnDemandThroughput\":" + limits + "}");
    }
}
