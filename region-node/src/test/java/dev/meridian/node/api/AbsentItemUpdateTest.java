package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.api.OperationsFixture.Answer;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.SequenceNumber;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What UpdateItem makes of an item that is not there: an update that only takes away makes none. */
class AbsentItemUpdateTest {
    private static final String TABLE = "{'TableName':'things','BillingMode':'PAY_PER_REQUEST',"
            + "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],"
            + "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
            + "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'}}";
    private static final String VALUES = ",'ExpressionAttributeValues':{':s':{'SS':['a']}}";

    @TempDir
    Path folder;

    private OperationsFixture region;

    @BeforeEach
    void open() throws Exception {
        region = new OperationsFixture(folder);
        done("CreateTable", TABLE);
    }

    @AfterEach
    void close() {
        region.close();
    }

    private Answer ask(String operation, String request) {
        return region.ask(operation, request.replace('\'', '"'));
    }

    private JsonNode done(String operation, String request) {
        Answer answer = ask(operation, request);
        assertThat(answer.error()).as(answer.message()).isEmpty();
        return answer.body();
    }

    private JsonNode update(String more) {
        return done("UpdateItem", "{'TableName':'things','Key':{'pk':{'S':'k'}}" + more + "}");
    }

    private JsonNode item() {
        return done("GetItem", "{'TableName':'things','Key':{'pk':{'S':'k'}},'ConsistentRead':true}")
                .path("Item");
    }

    private SequenceNumber lastChange() {
        return region.store().write(WriteView::last).toCompletableFuture().join();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",'UpdateExpression':'REMOVE a'",
                ",'UpdateExpression':'REMOVE a, b.c, d[0]'",
                ",'UpdateExpression':'DELETE a :s'" + VALUES,
                ",'UpdateExpression':'REMOVE b DELETE a :s'" + VALUES,
                ",'UpdateExpression':'REMOVE a','ConditionExpression':'attribute_not_exists(pk)'",
                ",'AttributeUpdates':{'a':{'Action':'DELETE'}}",
                ",'AttributeUpdates':{'a':{'Action':'DELETE','Value':{'SS':['a']}},'b':{'Action':'DELETE'}}",
            })
    void whatOnlyTakesAwayMakesNoItemAndIsNoChange(String update) {
        SequenceNumber before = lastChange();
        for (String returned : new String[] {"NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"}) {
            JsonNode answer = update(update + ",'ReturnValues':'" + returned + "','ReturnConsumedCapacity':'TOTAL'");
            assertThat(answer.has("Attributes")).as(returned).isFalse();
            assertThat(answer.at("/ConsumedCapacity/CapacityUnits").doubleValue())
                    .isEqualTo(1.0);
        }
        done(
                "TransactWriteItems",
                "{'TransactItems':[{'Update':{'TableName':'things','Key':{'pk':{'S':'k'}}"
                        + (update.contains("UpdateExpression") ? update : ",'UpdateExpression':'REMOVE a'") + "}}]}");
        assertThat(item().isMissingNode()).isTrue();
        assertThat(lastChange()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",'AttributeUpdates':{}"})
    void whatUpdatesNothingMakesTheBareItem(String nothing) {
        JsonNode answer = update(nothing + ",'ReturnValues':'ALL_NEW'");
        assertThat(answer.path("Attributes").toString()).isEqualTo("{\"pk\":{\"S\":\"k\"}}");
        assertThat(item().toString()).isEqualTo("{\"pk\":{\"S\":\"k\"}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",'UpdateExpression':'SET a = :s REMOVE b, c.d'" + VALUES,
                ",'UpdateExpression':'ADD a :s DELETE b :s'" + VALUES,
                ",'AttributeUpdates':{'a':{'Value':{'SS':['a']}},'b':{'Action':'DELETE'}}",
            })
    void whatAlsoPutsSomethingMakesTheItem(String update) {
        update(update);
        assertThat(item().toString()).isEqualTo("{\"a\":{\"SS\":[\"a\"]},\"pk\":{\"S\":\"k\"}}");
    }

    @Test
    void aConditionIsCheckedAllTheSame() {
        Answer answer = ask(
                "UpdateItem",
                "{'TableName':'things','Key':{'pk':{'S':'k'}},'UpdateExpression':'REMOVE a',"
                        + "'ConditionExpression':'attribute_exists(pk)'}");
        assertThat(answer.error()).isEqualTo("ConditionalCheckFailedException");
    }

    @Test
    void anItemThatIsThereStays() {
        done("PutItem", "{'TableName':'things','Item':{'pk':{'S':'k'},'a':{'S':'x'}}}");
        update(",'UpdateExpression':'REMOVE a'");
        assertThat(item().toString()).isEqualTo("{\"pk\":{\"S\":\"k\"}}");
    }
}
