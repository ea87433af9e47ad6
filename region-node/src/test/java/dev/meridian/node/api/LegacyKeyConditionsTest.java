package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.api.OperationsFixture.Answer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** KeyConditions on an index whose key has several attributes. */
class LegacyKeyConditionsTest {
    @TempDir
    static Path folder;

    private static OperationsFixture region;

    @BeforeAll
    static void makeTable() throws Exception {
        region = new OperationsFixture(folder);
        done(
                "CreateTable",
                "{'TableName':'things','BillingMode':'PAY_PER_REQUEST',"
                        + "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'AttributeDefinitions':["
                        + Arrays.stream("pk h1 h2 r1 r2".split(" "))
                                .map(name -> "{'AttributeName':'" + name + "','AttributeType':'S'}")
                                .collect(Collectors.joining(","))
                        + "],'GlobalSecondaryIndexes':[{'IndexName':'wide','KeySchema':["
                        + "{'AttributeName':'h1','KeyType':'HASH'},{'AttributeName':'h2','KeyType':'HASH'},"
                        + "{'AttributeName':'r1','KeyType':'RANGE'},{'AttributeName':'r2','KeyType':'RANGE'}],"
                        + "'Projection':{'ProjectionType':'ALL'}}]}");
        for (String keys : new String[] {"a x 1 1", "a x 1 2", "a x 2 1", "a y 1 1"}) {
            String[] values = keys.split(" ");
            done(
                    "PutItem",
                    "{'TableName':'things','Item':{'pk':{'S':'" + keys + "'},'h1':{'S':'" + values[0] + "'},'h2':{'S':'"
                            + values[1] + "'},'r1':{'S':'" + values[2] + "'},'r2':{'S':'" + values[3] + "'}}}");
        }
    }

    @AfterAll
    static void close() {
        region.close();
    }

    private static Answer ask(String operation, String request) {
        return region.ask(operation, request.replace('\'', '"'));
    }

    private static void done(String operation, String request) {
        Answer answer = ask(operation, request);
        assertThat(answer.message()).isEmpty();
    }

    /** @param conditions as {@code attribute OPERATOR value}, with a comma between them */
    private static Answer query(String index, String conditions) {
        return ask(
                "Query",
                "{'TableName':'things'" + index + ",'KeyConditions':{"
                        + Arrays.stream(conditions.split(","))
                                .map(condition -> condition.trim().split(" "))
                                .map(words -> "'" + words[0] + "':{'ComparisonOperator':'" + words[1]
                                        + "','AttributeValueList':[{'S':'" + words[2] + "'}]}")
                                .collect(Collectors.joining(","))
                        + "}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "h1 EQ a, h2 EQ x | 3",
                "h1 EQ a, h2 EQ x, r1 EQ 1 | 2",
                "r1 GT 1, h1 EQ a, h2 EQ x | 1",
                "h1 EQ a, h2 EQ x, r1 EQ 1, r2 EQ 2 | 1",
                "h1 EQ a, h2 EQ x, r1 EQ 1, r2 BEGINS_WITH 1 | 1",
            })
    void asManyConditionsAsTheKeyHasAttributes(String conditions, int found) {
        Answer answer = query(",'IndexName':'wide'", conditions);
        assertThat(answer.message()).isEmpty();
        assertThat(answer.body().path("Count").intValue()).isEqualTo(found);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "h1 EQ a, r1 EQ 1 | Query condition missed key schema element: h2",
                "h1 EQ a, h2 GT x, r1 EQ 1 | Query key condition not supported",
                "h1 EQ a, h2 EQ x, r2 EQ 1 | RANGE key attributes r1 must have equality conditions specified in the query because a condition is present on key attribute r2",
                "h1 EQ a, h2 EQ x, r1 LT 1, r2 EQ 1 | RANGE key attributes r1 must have equality conditions specified in the query because a condition is present on key attribute r2",
                "h1 EQ a, h2 EQ x, r1 EQ 1, r2 EQ 1, pk EQ 1 | The number of query conditions (5) exceeds the number of key attributes defined in the schema (4)",
            })
    void conditionsFitTheKeyAsThoseOfAnExpression(String conditions, String error) {
        assertThat(query(",'IndexName':'wide'", conditions).message()).isEqualTo(error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pk EQ a, h1 EQ 1, h2 EQ 1 | The number of query conditions (3) exceeds the number of key attributes defined in the schema (1)",
                "pk EQ a, h1 EQ 1 | The number of query conditions (2) exceeds the number of key attributes defined in the schema (1)",
            })
    void ofTheTableNoMoreThanItsKeyHas(String conditions, String error) {
        assertThat(query("", conditions).message()).isEqualTo(error);
    }
}
