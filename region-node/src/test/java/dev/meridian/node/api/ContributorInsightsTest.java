package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.node.api.OperationsFixture.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contributor insights of tables and of global indexes. */
class ContributorInsightsTest {
    private static final String OF_INDEX = "\"IndexName\":\"by-owner\"";
    private static final String ENABLE = "\"ContributorInsightsAction\":\"ENABLE\"";
    private static final String DISABLE = "\"ContributorInsightsAction\":\"DISABLE\"";

    @TempDir
    Path folder;

    private OperationsFixture region;

    @BeforeEach
    void makeTable() throws Exception {
        region = new OperationsFixture(folder);
        done("CreateTable", """
                "BillingMode":"PAY_PER_REQUEST",
                "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"},
                  {"AttributeName":"owner","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
                "LocalSecondaryIndexes":[{"IndexName":"local","Projection":{"ProjectionType":"ALL"},
                  "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"owner","KeyType":"RANGE"}]}],
                "GlobalSecondaryIndexes":[{"IndexName":"by-owner","Projection":{"ProjectionType":"ALL"},
                  "KeySchema":[{"AttributeName":"owner","KeyType":"HASH"}]}]""");
    }

    @AfterEach
    void close() {
        region.close();
    }

    private Answer ask(String operation, String... members) {
        return region.ask(operation, "{\"TableName\":\"table\"," + String.join(",", members) + "}");
    }

    private JsonNode done(String operation, String... members) {
        Answer answer = ask(operation, members);
        assertThat(answer.message()).isEmpty();
        return answer.body();
    }

    private String update(String... members) {
        return done("UpdateContributorInsights", members)
                .get("ContributorInsightsStatus")
                .asText();
    }

    /** As {@code table} or {@code table/index}. */
    private static List<String> listed(JsonNode page) {
        List<String> names = new ArrayList<>();
        page.get("ContributorInsightsSummaries")
                .forEach(entry -> names.add(entry.get("TableName").asText()
                        + (entry.has("IndexName") ? "/" + entry.get("IndexName").asText() : "")));
        return names;
    }

    private JsonNode list(String members) {
        Answer answer = region.ask("ListContributorInsights", "{" + members + "}");
        assertThat(answer.message()).isEmpty();
        return answer.body();
    }

    @Test
    void aTableAndItsIndexAreSwitchedEachByItself() {
        assertThat(update(OF_INDEX, ENABLE)).isEqualTo("ENABLING");
        JsonNode ofIndex = done("DescribeContributorInsights", OF_INDEX);
        assertThat(ofIndex.get("IndexName").asText()).isEqualTo("by-owner");
        assertThat(ofIndex.get("ContributorInsightsStatus").asText()).isEqualTo("ENABLED");
        assertThat(ofIndex.get("ContributorInsightsRuleList")).hasSize(2);
        assertThat(ofIndex.get("ContributorInsightsRuleList").get(0).asText())
                .startsWith("DynamoDBContributorInsights-PKC-table-by-owner-");
        assertThat(region.ask("DescribeContributorInsights", "{\"TableName\":\"table\"}")
                        .body()
                        .toString())
                .isEqualTo("{\"TableName\":\"table\",\"ContributorInsightsStatus\":\"DISABLED\"}");
        assertThat(update(ENABLE)).isEqualTo("ENABLING");
        assertThat(region.ask("DescribeContributorInsights", "{\"TableName\":\"table\"}")
                        .body()
                        .get("ContributorInsightsRuleList"))
                .hasSize(4);
        assertThat(update(OF_INDEX, DISABLE)).isEqualTo("DISABLING");
        assertThat(listed(list(""))).containsExactly("table");
    }

    @Test
    void whatIsSoAlreadyStaysAsItIs() {
        assertThat(update(DISABLE)).isEqualTo("DISABLED");
        assertThat(update(ENABLE)).isEqualTo("ENABLING");
        JsonNode before = region.ask("DescribeContributorInsights", "{\"TableName\":\"table\"}")
                .body();
        assertThat(update(ENABLE)).isEqualTo("ENABLED");
        assertThat(region.ask("DescribeContributorInsights", "{\"TableName\":\"table\"}")
                        .body())
                .isEqualTo(before);
        assertThat(update(ENABLE, "\"ContributorInsightsMode\":\"THROTTLED_KEYS\""))
                .isEqualTo("ENABLING");
        assertThat(region.ask("DescribeContributorInsights", "{\"TableName\":\"table\"}")
                        .body()
                        .get("ContributorInsightsRuleList"))
                .hasSize(2);
    }

    @Test
    void whatIsEnabledIsListedPageByPage() {
        assertThat(listed(list("\"TableName\":\"table\""))).isEmpty();
        update(OF_INDEX, ENABLE);
        update(ENABLE);
        JsonNode first = list("\"MaxResults\":1");
        assertThat(listed(first)).containsExactly("table");
        JsonNode second = list(
                "\"MaxResults\":1,\"NextToken\":\"" + first.get("NextToken").asText() + "\"");
        assertThat(listed(second)).containsExactly("table/by-owner");
        assertThat(second.has("NextToken")).isFalse();
    }

    @Test
    void otherIndexesAreNotFound() {
        for (String name : List.of("local", "nowhere")) {
            Answer answer = ask("DescribeContributorInsights", "\"IndexName\":\"" + name + "\"");
            assertThat(answer.error()).isEqualTo("ResourceNotFoundException");
            assertThat(answer.message())
                    .isEqualTo("Requested resource not found: Index: " + name + " not found for table: table");
            assertThat(ask("UpdateContributorInsights", "\"IndexName\":\"" + name + "\"", ENABLE)
                            .message())
                    .isEqualTo(answer.message());
        }
    }

    @Test
    void theKeysThatAnIndexIsQueriedByAreCountedAlsoAfterARestart() throws Exception {
        update(OF_INDEX, ENABLE);
        region.close();
        region = new OperationsFixture(folder);
        for (String owner : List.of("ann", "bob", "ann")) {
            done(
                    "Query",
                    OF_INDEX,
                    "\"KeyConditionExpression\":\"#o = :o\",\"ExpressionAttributeNames\":{\"#o\":\"owner\"}",
                    "\"ExpressionAttributeValues\":{\":o\":{\"S\":\"" + owner + "\"}}");
        }
        JsonNode page = new ObjectMapper().readTree(region.insights().page());
        assertThat(page.toString())
                .isEqualTo("{\"table\":{\"indexes\":{\"by-owner\":{\"mostAccessedPartitionKeys\":["
                        + "{\"key\":{\"owner\":{\"S\":\"ann\"}},\"count\":2},"
                        + "{\"key\":{\"owner\":{\"S\":\"bob\"}},\"count\":1}],\"mostThrottledPartitionKeys\":[]}}}}");
    }

    @Test
    void anIndexThatWasDeletedTakesItsInsightsAlong() {
        update(OF_INDEX, ENABLE);
        done("UpdateTable", "\"GlobalSecondaryIndexUpdates\":[{\"Delete\":{" + OF_INDEX + "}}]");
        assertThat(listed(list(""))).isEmpty();
        assertThat(ask("DescribeContributorInsights", OF_INDEX).error()).isEqualTo("ResourceNotFoundException");
    }
}
