package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ContinuousBackupsStatus;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.PolicyNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.SSEStatus;
import software.amazon.awssdk.services.dynamodb.model.SSEType;
import software.amazon.awssdk.services.dynamodb.model.TableClass;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.Tag;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** Tags, time to live, resource policies and the settings of tables, through the AWS SDK. */
class SdkSettingsTest {
    private static final String POLICY = "{\"Version\":\"2012-10-17\",\"Statement\":[]}";

    @TempDir
    static Path folder;

    private static OneRegion region;

    @BeforeAll
    static void start() throws Exception {
        region = new OneRegion(folder);
        region.createTable("set", table -> table.tags(tag("made", "at birth")), 1, "pk S");
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    private static DynamoDbClient client() {
        return region.client();
    }

    private static Tag tag(String key, String value) {
        return Tag.builder().key(key).value(value).build();
    }

    private static TableDescription described(String table) {
        return client().describeTable(request -> request.tableName(table)).table();
    }

    @Test
    void tagsArePutReplacedAndTakenAway() {
        String arn = described("set").tableArn();
        client().tagResource(request -> request.resourceArn(arn).tags(tag("a", "1"), tag("b", "2")));
        client().tagResource(request -> request.resourceArn(arn).tags(tag("a", "3")));
        assertThat(tags(arn)).containsExactlyInAnyOrder(tag("a", "3"), tag("b", "2"), tag("made", "at birth"));
        client().untagResource(request -> request.resourceArn(arn).tagKeys("a", "b", "never"));
        assertThat(tags(arn)).containsExactly(tag("made", "at birth"));
        assertThatThrownBy(() -> tags(arn + "-not")).isInstanceOf(DynamoDbException.class);
    }

    private static List<Tag> tags(String arn) {
        return client().listTagsOfResource(request -> request.resourceArn(arn)).tags();
    }

    @Test
    void timeToLiveIsSwitchedOnAndOff() {
        region.createTable("expiring", table -> {}, 1, "pk S");
        assertThat(timeToLive("expiring")).isEqualTo(TimeToLiveStatus.DISABLED);
        switchTimeToLive("expiring", true, "until");
        assertThat(timeToLive("expiring")).isEqualTo(TimeToLiveStatus.ENABLED);
        assertThat(client().describeTimeToLive(request -> request.tableName("expiring"))
                        .timeToLiveDescription()
                        .attributeName())
                .isEqualTo("until");
        assertThatThrownBy(() -> switchTimeToLive("expiring", true, "until"))
                .hasMessageContaining("TimeToLive is already enabled");
        assertThatThrownBy(() -> switchTimeToLive("expiring", true, "other"))
                .hasMessageContaining(
                        "TimeToLive is active on a different AttributeName: current AttributeName is until");
        switchTimeToLive("expiring", false, "until");
        assertThat(timeToLive("expiring")).isEqualTo(TimeToLiveStatus.DISABLED);
    }

    private static void switchTimeToLive(String table, boolean enabled, String attribute) {
        client().updateTimeToLive(request -> request.tableName(table)
                .timeToLiveSpecification(
                        specification -> specification.enabled(enabled).attributeName(attribute)));
    }

    private static TimeToLiveStatus timeToLive(String table) {
        return client().describeTimeToLive(request -> request.tableName(table))
                .timeToLiveDescription()
                .timeToLiveStatus();
    }

    @Test
    void aResourcePolicyIsKeptShownAndRevised() {
        String arn = described("set").tableArn();
        assertThatThrownBy(() -> client().getResourcePolicy(request -> request.resourceArn(arn)))
                .isInstanceOf(PolicyNotFoundException.class);
        String first = client().putResourcePolicy(
                        request -> request.resourceArn(arn).policy(POLICY).expectedRevisionId("NO_POLICY"))
                .revisionId();
        assertThat(client().getResourcePolicy(request -> request.resourceArn(arn))
                        .policy())
                .isEqualTo(POLICY);
        assertThat(client().getResourcePolicy(request -> request.resourceArn(arn))
                        .revisionId())
                .isEqualTo(first);
        String changed = POLICY.replace("[]", "[ ]");
        assertThatThrownBy(() -> client().putResourcePolicy(request ->
                        request.resourceArn(arn).policy(changed).expectedRevisionId("not-" + first)))
                .isInstanceOf(PolicyNotFoundException.class);
        String second = client().putResourcePolicy(
                        request -> request.resourceArn(arn).policy(changed).expectedRevisionId(first))
                .revisionId();
        assertThat(second).isNotEqualTo(first);
        client().deleteResourcePolicy(request -> request.resourceArn(arn).expectedRevisionId(second));
        assertThatThrownBy(() -> client().getResourcePolicy(request -> request.resourceArn(arn)))
                .isInstanceOf(PolicyNotFoundException.class);
    }

    @Test
    void aTableChangesItsSettings() {
        region.createTable("changing", table -> {}, 1, "pk S");
        assertThat(described("changing").billingModeSummary().billingMode()).isEqualTo(BillingMode.PAY_PER_REQUEST);
        client().updateTable(request -> request.tableName("changing")
                .billingMode(BillingMode.PROVISIONED)
                .provisionedThroughput(units -> units.readCapacityUnits(3L).writeCapacityUnits(4L)));
        assertThat(described("changing").provisionedThroughput().readCapacityUnits())
                .isEqualTo(3);
        assertThat(described("changing").provisionedThroughput().writeCapacityUnits())
                .isEqualTo(4);
        client().updateTable(request -> request.tableName("changing").billingMode(BillingMode.PAY_PER_REQUEST));
        client().updateTable(request -> request.tableName("changing")
                .onDemandThroughput(most -> most.maxReadRequestUnits(50L).maxWriteRequestUnits(60L)));
        assertThat(described("changing").onDemandThroughput().maxWriteRequestUnits())
                .isEqualTo(60);
        client().updateTable(
                        request -> request.tableName("changing").tableClass(TableClass.STANDARD_INFREQUENT_ACCESS));
        assertThat(described("changing").tableClassSummary().tableClass())
                .isEqualTo(TableClass.STANDARD_INFREQUENT_ACCESS);
        client().updateTable(request -> request.tableName("changing")
                .sseSpecification(encryption ->
                        encryption.enabled(true).sseType(SSEType.KMS).kmsMasterKeyId("alias/mine")));
        assertThat(described("changing").sseDescription().status()).isEqualTo(SSEStatus.ENABLED);
        assertThat(described("changing").sseDescription().kmsMasterKeyArn()).endsWith("alias/mine");
    }

    @Test
    void aProtectedTableIsNotDeleted() {
        region.createTable("protected", table -> table.deletionProtectionEnabled(true), 1, "pk S");
        assertThatThrownBy(() -> client().deleteTable(request -> request.tableName("protected")))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("deletion");
        client().updateTable(request -> request.tableName("protected").deletionProtectionEnabled(false));
        client().deleteTable(request -> request.tableName("protected"));
        client().waiter().waitUntilTableNotExists(request -> request.tableName("protected"));
        assertThatThrownBy(() -> described("protected")).isInstanceOf(ResourceNotFoundException.class);
        assertThatThrownBy(() -> region.createTable("set", table -> {}, 1, "pk S"))
                .isInstanceOf(ResourceInUseException.class);
    }

    @Test
    void toolsThatAskForBackupsLimitsAndEndpointsAreAnswered() {
        assertThat(client().describeContinuousBackups(request -> request.tableName("set"))
                        .continuousBackupsDescription()
                        .continuousBackupsStatus())
                .isEqualTo(ContinuousBackupsStatus.DISABLED);
        client().updateContinuousBackups(request -> request.tableName("set")
                .pointInTimeRecoverySpecification(recovery -> recovery.pointInTimeRecoveryEnabled(false)));
        assertThatThrownBy(() -> client().updateContinuousBackups(request -> request.tableName("set")
                        .pointInTimeRecoverySpecification(recovery -> recovery.pointInTimeRecoveryEnabled(true))))
                .isInstanceOf(DynamoDbException.class)
                .hasMessageContaining("no backups");
        assertThat(client().describeLimits().tableMaxReadCapacityUnits()).isPositive();
        assertThat(client().describeEndpoints().endpoints()).isNotEmpty();
        assertThat(client().listTablesPaginator(request -> request.limit(1)).tableNames())
                .contains("set");
    }
}
