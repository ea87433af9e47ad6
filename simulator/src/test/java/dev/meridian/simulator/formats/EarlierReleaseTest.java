package dev.meridian.simulator.formats;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Data folders and topics of earlier releases are opened, and lead to what they would have led to. */
class EarlierReleaseTest {
    private static final Path ALL = Path.of("src/test/resources/releases");

    @TempDir
    Path folder;

    static List<Path> releases() throws IOException {
        try (Stream<Path> releases = Files.list(ALL)) {
            return releases.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("releases")
    void isOpenedAndGoesOn(Path release) throws IOException {
        JsonNode expected = EarlierRelease.expected(release);
        try (EarlierRelease regions = EarlierRelease.open(release, folder)) {
            regions.settle();
            assertThat(regions.items(EarlierRelease.ONE)).isEqualTo(expected);
            assertThat(regions.items(EarlierRelease.TWO).get("shared")).isEqualTo(expected.get("shared"));

            regions.ask(EarlierRelease.TWO, "UpdateItem", """
                    {"TableName":"shared","Key":{"pk":{"S":"all types"}},"UpdateExpression":"SET v = :v",
                     "ExpressionAttributeValues":{":v":{"S":"by this build"}}}""");
            regions.settle();
            JsonNode read = regions.ask(
                    EarlierRelease.ONE, "GetItem", "{\"TableName\":\"shared\",\"Key\":{\"pk\":{\"S\":\"all types\"}}}");
            assertThat(read.at("/Item/v/S").asText()).isEqualTo("by this build");
            assertThat(read.at("/Item/m/M/k/M/k/N").asText()).isEqualTo("1");

            JsonNode group = regions.ask(EarlierRelease.ONE, "Query", """
                    {"TableName":"shared","IndexName":"groups","KeyConditionExpression":"#k = :v",
                     "ExpressionAttributeNames":{"#k":"group"},"ExpressionAttributeValues":{":v":{"S":"g"}}}""");
            assertThat(group.path("Count").asInt()).isEqualTo(6);
            assertThat(regions.ask(EarlierRelease.ONE, "ListTagsOfResource", arn(regions, "alone"))
                            .at("/Tags/0/Value")
                            .asText())
                    .isEqualTo("ä");
            assertThat(regions.regions.get(EarlierRelease.ONE).health()).doesNotContain("alarms");
        }
    }

    private static String arn(EarlierRelease regions, String table) {
        JsonNode described = regions.ask(EarlierRelease.ONE, "DescribeTable", "{\"TableName\":\"" + table + "\"}");
        return "{\"ResourceArn\":" + described.at("/Table/TableArn") + "}";
    }
}
