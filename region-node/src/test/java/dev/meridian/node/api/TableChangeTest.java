package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.api.OperationsFixture.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What UpdateTable answers while DynamoDB would still be at it, and what is told of changes afterwards. */
class TableChangeTest {
    private static final Instant START = Instant.parse("2026-10-08T23:20:00Z");

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private OperationsFixture region;

    @BeforeEach
    void open() throws Exception {
        region = new OperationsFixture(folder, now::get);
        create("provisioned", "'BillingMode':'PROVISIONED'," + units(10), "," + units(10));
        create("demanded", "'BillingMode':'PAY_PER_REQUEST'", "");
    }

    @AfterEach
    void close() {
        region.close();
    }

    private void create(String name, String members, String ofIndex) {
        done(
                "CreateTable",
                "{'TableName':'" + name + "'," + members + ",'AttributeDefinitions':["
                        + "{'AttributeName':'pk','AttributeType':'S'},{'AttributeName':'g','AttributeType':'S'}],"
                        + "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],'GlobalSecondaryIndexes':["
                        + "{'IndexName':'by-g','KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],"
                        + "'Projection':{'ProjectionType':'ALL'}" + ofIndex + "}]}");
    }

    private static String units(int units) {
        return units(units, units);
    }

    private static String units(int read, int write) {
        return "'ProvisionedThroughput':{'ReadCapacityUnits':" + read + ",'WriteCapacityUnits':" + write + "}";
    }

    private static String ofIndex(String members) {
        return "'GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'by-g'," + members + "}}]";
    }

    private JsonNode done(String operation, String request) {
        Answer answer = region.ask(operation, request.replace('\'', '"'));
        assertThat(answer.message()).as(request).isEmpty();
        return answer.body();
    }

    private JsonNode update(String table, String members) {
        return done("UpdateTable", "{'TableName':'" + table + "'," + members + "}")
                .get("TableDescription");
    }

    private Answer refused(String table, String members) {
        return region.ask("UpdateTable", ("{'TableName':'" + table + "'," + members + "}").replace('\'', '"'));
    }

    private JsonNode described(String table) {
        return done("DescribeTable", "{'TableName':'" + table + "'}").get("Table");
    }

    private static JsonNode units(JsonNode table) {
        return table.get("ProvisionedThroughput");
    }

    private static JsonNode index(JsonNode table) {
        return table.get("GlobalSecondaryIndexes").get(0);
    }

    private static void assertIs(JsonNode object, String expected) {
        assertThat(object).hasToString(expected.replace('\'', '"'));
    }

    @Test
    void newUnitsAreShownWhenTheTableIsActiveAgain() {
        assertIs(
                units(described("provisioned")),
                "{'NumberOfDecreasesToday':0,'ReadCapacityUnits':10,'WriteCapacityUnits':10}");
        JsonNode answer = update("provisioned", units(9, 11));
        assertThat(answer.get("TableStatus").asText()).isEqualTo("UPDATING");
        String times = "'LastIncreaseDateTime':1.7915016E9,'LastDecreaseDateTime':1.7915016E9,";
        assertIs(
                units(answer),
                "{" + times + "'NumberOfDecreasesToday':0,'ReadCapacityUnits':10,'WriteCapacityUnits':10}");
        JsonNode after = described("provisioned");
        assertThat(after.get("TableStatus").asText()).isEqualTo("ACTIVE");
        assertIs(
                units(after),
                "{" + times + "'NumberOfDecreasesToday':1,'ReadCapacityUnits':9,'WriteCapacityUnits':11}");
        assertIs(after.get("WarmThroughput"), "{'ReadUnitsPerSecond':10,'WriteUnitsPerSecond':11,'Status':'ACTIVE'}");
    }

    @Test
    void anIndexIsChangedByItself() {
        JsonNode answer = update("provisioned", ofIndex(units(12)));
        assertThat(answer.get("TableStatus").asText()).isEqualTo("ACTIVE");
        assertThat(index(answer).get("IndexStatus").asText()).isEqualTo("UPDATING");
        assertIs(
                units(index(answer)),
                "{'LastIncreaseDateTime':1.7915016E9,'NumberOfDecreasesToday':0,'ReadCapacityUnits':10,"
                        + "'WriteCapacityUnits':10}");
        JsonNode after = index(described("provisioned"));
        assertThat(after.get("IndexStatus").asText()).isEqualTo("ACTIVE");
        assertThat(units(after).get("ReadCapacityUnits").asInt()).isEqualTo(12);
        assertThat(units(described("provisioned")).has("LastIncreaseDateTime")).isFalse();
    }

    @Test
    void unitsAreDecreasedFourTimesADayAndThenOnceAnHour() {
        for (int units = 9; units >= 6; units--) {
            update("provisioned", units(10, units));
        }
        String limit = "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day."
                + " After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most"
                + " once every 3600 seconds. Number of decreases today: 4. Last decrease at Thursday, October 8, 2026 at"
                + " 11:20:00 PM Coordinated Universal Time. Next decrease can be made at Friday, October 9, 2026 at"
                + " 12:00:00 AM Coordinated Universal Time";
        Answer fifth = refused("provisioned", units(11, 5) + "," + ofIndex(units(9)));
        assertThat(fifth.error()).isEqualTo("LimitExceededException");
        assertThat(fifth.message()).isEqualTo(limit);
        assertThat(units(index(described("provisioned")))
                        .get("ReadCapacityUnits")
                        .asInt())
                .isEqualTo(10);
        update("provisioned", ofIndex(units(9)));
        update("provisioned", units(11, 7));
        now.set(Instant.parse("2026-10-09T00:00:00Z"));
        assertThat(units(described("provisioned")).get("NumberOfDecreasesToday").asInt())
                .isZero();
        for (int units = 6; units >= 3; units--) {
            update("provisioned", units(11, units));
        }
        now.set(now.get().plus(Duration.ofMinutes(59)));
        assertThat(refused("provisioned", units(11, 2)).error()).isEqualTo("LimitExceededException");
        now.set(now.get().plus(Duration.ofMinutes(1)));
        update("provisioned", units(11, 2));
        assertThat(units(described("provisioned")).get("NumberOfDecreasesToday").asInt())
                .isEqualTo(5);
    }

    @Test
    void aCapacityModeIsShownAtOnce() {
        JsonNode answer = update("provisioned", "'BillingMode':'PAY_PER_REQUEST'");
        assertThat(answer.get("TableStatus").asText()).isEqualTo("UPDATING");
        assertIs(answer.get("BillingModeSummary"), "{'BillingMode':'PAY_PER_REQUEST'}");
        assertThat(units(answer).get("ReadCapacityUnits").asInt()).isZero();
        assertThat(answer.get("WarmThroughput").get("ReadUnitsPerSecond").asInt())
                .isEqualTo(10);
        JsonNode after = described("provisioned");
        assertThat(after.get("BillingModeSummary").has("LastUpdateToPayPerRequestDateTime"))
                .isTrue();
        assertThat(units(after).get("NumberOfDecreasesToday").asInt()).isZero();
        assertThat(units(index(after)).get("NumberOfDecreasesToday").asInt()).isEqualTo(1);
        update("provisioned", "'BillingMode':'PROVISIONED'," + units(1) + "," + ofIndex(units(1)));
        assertIs(
                described("provisioned").get("WarmThroughput"),
                "{'ReadUnitsPerSecond':12000,'WriteUnitsPerSecond':4000,'Status':'ACTIVE'}");
    }

    @Test
    void aTableThatWasMadeOnDemandGoesOnToTellOfIt() {
        update("demanded", "'BillingMode':'PROVISIONED'," + units(1) + "," + ofIndex(units(1)));
        assertIs(
                described("demanded").get("BillingModeSummary"),
                "{'BillingMode':'PROVISIONED','LastUpdateToPayPerRequestDateTime':1.7915016E9}");
    }

    @Test
    void whatChangesNothingIsAnsweredAsAChange() {
        for (String same : new String[] {"'BillingMode':'PAY_PER_REQUEST'", "'TableClass':'STANDARD'"}) {
            JsonNode answer = update("demanded", same);
            assertThat(answer.get("TableStatus").asText()).as(same).isEqualTo("UPDATING");
            assertThat(described("demanded").has("TableClassSummary")).isFalse();
        }
    }

    @Test
    void aTableClassIsShownWhenItHasChanged() {
        JsonNode answer = update("demanded", "'TableClass':'STANDARD_INFREQUENT_ACCESS'");
        assertThat(answer.get("TableStatus").asText()).isEqualTo("UPDATING");
        assertThat(answer.has("TableClassSummary")).isFalse();
        assertIs(
                described("demanded").get("TableClassSummary"),
                "{'TableClass':'STANDARD_INFREQUENT_ACCESS','LastUpdateDateTime':1.7915016E9}");
        create("named", "'BillingMode':'PAY_PER_REQUEST','TableClass':'STANDARD'", "");
        assertIs(described("named").get("TableClassSummary"), "{'TableClass':'STANDARD'}");
    }

    @Test
    void encryptionAndWarmThroughputHaveAStatusOfTheirOwn() {
        JsonNode answer = update("demanded", "'SSESpecification':{'Enabled':true}");
        assertThat(answer.get("TableStatus").asText()).isEqualTo("ACTIVE");
        assertIs(answer.get("SSEDescription"), "{'Status':'UPDATING'}");
        assertThat(described("demanded").get("SSEDescription").get("Status").asText())
                .isEqualTo("ENABLED");
        answer = update("demanded", "'SSESpecification':{'Enabled':false}");
        assertThat(answer.get("SSEDescription").get("KMSMasterKeyArn").asText()).endsWith("alias/aws/dynamodb");
        assertThat(described("demanded").has("SSEDescription")).isFalse();
        answer = update("demanded", "'WarmThroughput':{'ReadUnitsPerSecond':13000}");
        assertThat(answer.get("TableStatus").asText()).isEqualTo("ACTIVE");
        assertIs(
                answer.get("WarmThroughput"),
                "{'ReadUnitsPerSecond':12000,'WriteUnitsPerSecond':4000,'Status':'UPDATING'}");
        assertIs(
                described("demanded").get("WarmThroughput"),
                "{'ReadUnitsPerSecond':13000,'WriteUnitsPerSecond':4000,'Status':'ACTIVE'}");
    }

    @Test
    void encryptionByAKeyNeedNotBeCalledEnabled() {
        create("plain", "'BillingMode':'PAY_PER_REQUEST','SSESpecification':{}", "");
        assertThat(described("plain").has("SSEDescription")).isFalse();
        create("typed", "'BillingMode':'PAY_PER_REQUEST','SSESpecification':{'SSEType':'KMS'}", "");
        assertThat(described("typed").get("SSEDescription").get("Status").asText())
                .isEqualTo("ENABLED");
    }

    @Test
    void aKeyIsRecognizedByItsArnAlone() {
        String key = "'SSESpecification':{'Enabled':true,'SSEType':'KMS','KMSMasterKeyId':'%s'}";
        update("demanded", key.formatted("a-key"));
        update("demanded", key.formatted("a-key"));
        String arn = described("demanded")
                .get("SSEDescription")
                .get("KMSMasterKeyArn")
                .asText();
        assertThat(refused("demanded", key.formatted(arn)).message())
                .isEqualTo("One or more parameter values were invalid: Table is already encrypted with given"
                        + " KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key");
    }

    @Test
    void aLimitThatIsTakenAwayIsAnsweredAsMinusOne() {
        update("demanded", "'OnDemandThroughput':{'MaxReadRequestUnits':1000,'MaxWriteRequestUnits':500}");
        JsonNode answer = update("demanded", "'OnDemandThroughput':{'MaxReadRequestUnits':-1}");
        assertThat(answer.get("TableStatus").asText()).isEqualTo("ACTIVE");
        assertIs(answer.get("OnDemandThroughput"), "{'MaxReadRequestUnits':-1,'MaxWriteRequestUnits':500}");
        assertIs(described("demanded").get("OnDemandThroughput"), "{'MaxWriteRequestUnits':500}");
        answer = update("demanded", "'OnDemandThroughput':{'MaxWriteRequestUnits':-1}");
        assertIs(answer.get("OnDemandThroughput"), "{'MaxWriteRequestUnits':-1}");
        assertThat(described("demanded").has("OnDemandThroughput")).isFalse();
    }

    @Test
    void protectionIsAnsweredAsDone() {
        JsonNode answer = update("demanded", "'DeletionProtectionEnabled':true");
        assertThat(answer.get("TableStatus").asText()).isEqualTo("ACTIVE");
        assertThat(answer.get("DeletionProtectionEnabled").asBoolean()).isTrue();
        answer = update("demanded", "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'KEYS_ONLY'}");
        assertThat(answer.get("TableStatus").asText()).isEqualTo("UPDATING");
        assertThat(answer.has("LatestStreamArn")).isTrue();
    }
}
