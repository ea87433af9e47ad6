package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.api.OperationsFixture.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the actions of AttributeUpdates make of what an attribute holds, as DynamoDB has it. */
class LegacyUpdatesTest {
    private static final String TABLE = "{'TableName':'things','BillingMode':'PAY_PER_REQUEST',"
            + "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],"
            + "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}]}";

    @TempDir
    Path folder;

    private OperationsFixture region;

    @BeforeEach
    void open() throws Exception {
        region = new OperationsFixture(folder);
        assertThat(ask("CreateTable", TABLE).isDone()).isTrue();
    }

    @AfterEach
    void close() {
        region.close();
    }

    private Answer ask(String operation, String request) {
        return region.ask(operation, request.replace('\'', '"'));
    }

    /** @param held what the attribute has before; empty for an item that is not there */
    private Answer update(String held, String action, String value) {
        if (!held.isEmpty()) {
            assertThat(ask("PutItem", "{'TableName':'things','Item':{'pk':{'S':'k'}" + held + "}}")
                            .isDone())
                    .isTrue();
        }
        return ask(
                "UpdateItem",
                "{'TableName':'things','Key':{'pk':{'S':'k'}},'AttributeUpdates':{'a':{'Action':'" + action
                        + "','Value':" + value + "}},'ReturnValues':'ALL_NEW'}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ",'a':{'L':[{'N':'1'}]} | {'L':[{'N':'2'},{'S':'x'}]} | {'L':[{'N':'1'},{'N':'2'},{'S':'x'}]}",
                ",'a':{'L':[{'N':'1'}]} | {'L':[{'N':'1'}]} | {'L':[{'N':'1'},{'N':'1'}]}",
                ",'a':{'L':[]} | {'L':[]} | {'L':[]}",
                ",'b':{'L':[]} | {'L':[{'N':'2'}]} | {'L':[{'N':'2'}]}",
                "`` | {'L':[{'N':'2'}]} | {'L':[{'N':'2'}]}",
                ",'a':{'N':'1'} | {'N':'-3.5'} | {'N':'-2.5'}",
                ",'b':{'N':'1'} | {'N':'7'} | {'N':'7'}",
                "`` | {'N':'7'} | {'N':'7'}",
                ",'a':{'SS':['x']} | {'SS':['x','y']} | {'SS':['x','y']}",
                "`` | {'BS':['AA==']} | {'BS':['AA==']}",
            })
    void addAddsNumbersJoinsSetsAndAppendsLists(String held, String value, String expected) {
        Answer answer = update(held, "ADD", value);
        assertThat(answer.message()).isEmpty();
        assertThat(answer.body().at("/Attributes/a").toString()).isEqualTo(expected.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ADD | {'SS':['x']} | {'N':'2'}",
                "ADD | {'SS':['x']} | {'L':[{'S':'x'}]}",
                "ADD | {'SS':['x']} | {'NS':['1']}",
                "ADD | {'L':[{'S':'x'}]} | {'SS':['x']}",
                "ADD | {'L':[{'S':'x'}]} | {'N':'3'}",
                "ADD | {'N':'2'} | {'L':[{'S':'x'}]}",
                "ADD | {'N':'2'} | {'SS':['x']}",
                "ADD | {'S':'2'} | {'N':'2'}",
                "DELETE | {'S':'x'} | {'SS':['x']}",
                "DELETE | {'NS':['1']} | {'SS':['x']}",
                "DELETE | {'L':[{'S':'x'}]} | {'SS':['x']}",
            })
    void whatAnAttributeHoldsMustBeOfTheTypeOfTheValue(String action, String held, String value) {
        Answer answer = update(",'a':" + held, action, value);
        assertThat(answer.error()).isEqualTo("ValidationException");
        assertThat(answer.message()).isEqualTo("Type mismatch for attribute to update");
    }
}
