package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.api.OperationsFixture.Answer;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What UpdateTable makes of a table and its indexes, one request after another. */
class TableUpdatesTest {
    @TempDir
    Path folder;

    private OperationsFixture region;

    @BeforeEach
    void makeTable() throws Exception {
        region = new OperationsFixture(folder);
        done(
                "CreateTable",
                "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
                        + attribute("pk", "S") + "," + attribute("g", "S") + "],'KeySchema':[" + hash("pk")
                        + "],'GlobalSecondaryIndexes':[" + index("by-g", "g", "'ALL'") + "]}");
    }

    @AfterEach
    void close() {
        region.close();
    }

    private Answer ask(String operation, String request) {
        return region.ask(operation, request.replace('\'', '"'));
    }

    private void done(String operation, String request) {
        Answer answer = ask(operation, request);
        assertThat(answer.isDone()).as(request + ": " + answer.message()).isTrue();
    }

    private void update(String members) {
        done("UpdateTable", "{'TableName':'tab'," + members + "}");
    }

    private void refused(String members, String error, String message) {
        Answer answer = ask("UpdateTable", "{'TableName':'tab'," + members + "}");
        assertThat(answer.error()).as(answer.message()).isEqualTo(error);
        assertThat(answer.message()).isEqualTo(message);
    }

    private JsonNode table() {
        return ask("DescribeTable", "{'TableName':'tab'}").body().path("Table");
    }

    private static String attribute(String name, String type) {
        return "{'AttributeName':'" + name + "','AttributeType':'" + type + "'}";
    }

    private static String hash(String name) {
        return "{'AttributeName':'" + name + "','KeyType':'HASH'}";
    }

    private static String index(String name, String key, String projection) {
        return "{'IndexName':'" + name + "','KeySchema':[" + hash(key) + "],'Projection':{'ProjectionType':"
                + projection + "}}";
    }

    private static String create(String name, String key) {
        return "'GlobalSecondaryIndexUpdates':[{'Create':" + index(name, key, "'KEYS_ONLY'") + "}]";
    }

    private static String units(int units) {
        return "'ProvisionedThroughput':{'ReadCapacityUnits':" + units + ",'WriteCapacityUnits':" + units + "}";
    }

    @Test
    void aTableBecomesProvisionedTogetherWithItsIndexes() {
        String provisioned = "'BillingMode':'PROVISIONED'," + units(5);
        refused(
                provisioned,
                "ValidationException",
                "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: by-g");
        assertThat(table().path("BillingModeSummary").path("BillingMode").asText())
                .isEqualTo("PAY_PER_REQUEST");
        update(provisioned + ",'GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'by-g'," + units(7) + "}}]");
        JsonNode index = table().path("GlobalSecondaryIndexes").path(0);
        assertThat(index.path("ProvisionedThroughput")
                        .path("WriteCapacityUnits")
                        .asInt())
                .isEqualTo(7);
        update("'BillingMode':'PAY_PER_REQUEST'");
        index = table().path("GlobalSecondaryIndexes").path(0);
        assertThat(index.path("ProvisionedThroughput")
                        .path("WriteCapacityUnits")
                        .asInt())
                .isZero();
    }

    @Test
    void anAttributeKeepsItsTypeWhateverIsDefinedForIt() {
        update("'AttributeDefinitions':[" + attribute("pk", "N") + "," + attribute("g", "B") + "," + attribute("h", "N")
                + "]," + create("by-h", "h"));
        assertThat(table().path("AttributeDefinitions").findValuesAsText("AttributeType"))
                .containsExactlyInAnyOrder("S", "S", "N");
        done("PutItem", "{'TableName':'tab','Item':{'pk':{'S':'a'},'g':{'S':'b'},'h':{'N':'1'}}}");
    }

    @Test
    void oneIndexAtATimeComesOrGoes() {
        String limit = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per"
                + " table";
        String definitions = "'AttributeDefinitions':[" + attribute("h", "N") + "],";
        update(definitions + create("by-h", "h"));
        refused(definitions + create("by-h2", "h"), "LimitExceededException", limit);
        String delete = "'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]";
        refused(delete, "LimitExceededException", limit);
        region.sweep();
        update(delete);
        refused(definitions + create("by-h2", "h"), "LimitExceededException", limit);
        refused(
                delete,
                "ResourceInUseException",
                "Attempt to change a resource which is still in use: Index is being deleted. Table: tab Index: by-g");
        refused(
                "'BillingMode':'PROVISIONED'," + units(5),
                "ResourceInUseException",
                "Attempt to change a resource which is still in use: Can't change table IOPS when an index is being"
                        + " deleted. Table: tab Indexes: [by-g]");
        region.sweep();
        update(definitions + create("by-h2", "h"));
    }

    @Test
    void aTableIsNotDeletedWhileAnIndexComesOrGoes() {
        String using = "Attempt to change a resource which is still in use: Cannot delete table while indexes are being"
                + " created, updated, or deleted.";
        update("'AttributeDefinitions':[" + attribute("h", "N") + "]," + create("by-h", "h"));
        assertThat(ask("DeleteTable", "{'TableName':'tab'}").message()).isEqualTo(using);
        region.sweep();
        update("'GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'by-g'}}]");
        assertThat(ask("DeleteTable", "{'TableName':'tab'}").message()).isEqualTo(using);
        refused(
                "'AttributeDefinitions':[" + attribute("g", "S") + "]," + create("by-g", "g"),
                "ResourceInUseException",
                "Attempt to change a resource which is still in use: Index is being deleted. Table: tab Index: by-g");
        region.sweep();
        done("DeleteTable", "{'TableName':'tab'}");
    }

    @Test
    void aTableHasTwentyGlobalIndexesAtMost() {
        for (int i = 1; i < 20; i++) {
            update("'AttributeDefinitions':[" + attribute("g", "S") + "]," + create("index" + i, "g"));
            region.sweep();
        }
        refused(
                "'AttributeDefinitions':[" + attribute("g", "S") + "]," + create("index20", "g"),
                "LimitExceededException",
                "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20");
    }

    @Test
    void whatIsNotSaidOfALimitStays() {
        update("'OnDemandThroughput':{'MaxReadRequestUnits':1000,'MaxWriteRequestUnits':500}");
        update("'OnDemandThroughput':{'MaxReadRequestUnits':2000}");
        assertThat(table().path("OnDemandThroughput")
                        .path("MaxReadRequestUnits")
                        .asInt())
                .isEqualTo(2000);
        assertThat(table().path("OnDemandThroughput")
                        .path("MaxWriteRequestUnits")
                        .asInt())
                .isEqualTo(500);
        update("'WarmThroughput':{'ReadUnitsPerSecond':13000}");
        update("'WarmThroughput':{'WriteUnitsPerSecond':5000}");
        assertThat(table().path("WarmThroughput").path("ReadUnitsPerSecond").asInt())
                .isEqualTo(13000);
    }

    @Test
    void aProjectionMayNameKeys() {
        update("'AttributeDefinitions':[" + attribute("h", "S")
                + "],'GlobalSecondaryIndexUpdates':[{'Create':"
                + index("by-h", "h", "'INCLUDE','NonKeyAttributes':['pk','h','x']") + "}]");
        assertThat(table().path("GlobalSecondaryIndexes").findPath("NonKeyAttributes"))
                .hasSize(3);
    }

    @Test
    void aTableHasFiftyTagsAtMost() {
        String arn = "'ResourceArn':'arn:aws:dynamodb:here:000000000000:table/tab'";
        String fifty = IntStream.range(0, 50)
                .mapToObj(i -> "{'Key':'k" + i + "','Value':'v'}")
                .collect(Collectors.joining(","));
        done("TagResource", "{" + arn + ",'Tags':[" + fifty + "]}");
        Answer refused =
                ask("TagResource", "{" + arn + ",'Tags':[{'Key':'k0','Value':'w'},{'Key':'k50','Value':'v'}]}");
        assertThat(refused.error()).isEqualTo("ValidationException");
        assertThat(refused.message()).isEqualTo("Number of Tags exceed the current limit for the provided ResourceArn");
        done("TagResource", "{" + arn + ",'Tags':[{'Key':'k0','Value':'w'}]}");
        assertThat(ask("ListTagsOfResource", "{" + arn + "}").body().path("Tags"))
                .hasSize(50);
    }
}
