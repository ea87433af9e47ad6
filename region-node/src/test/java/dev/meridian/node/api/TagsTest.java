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

/** How many tags a table may have, and how they are listed. */
class TagsTest {
    private static final String ARN = "\"ResourceArn\":\"arn:aws:dynamodb:here:000000000000:table/table\"";

    @TempDir
    Path folder;

    private OperationsFixture region;

    @BeforeEach
    void makeTable() throws Exception {
        region = new OperationsFixture(folder);
        region.ask("CreateTable", """
                {"TableName":"table","BillingMode":"PAY_PER_REQUEST",
                "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
                "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}""");
    }

    @AfterEach
    void close() {
        region.close();
    }

    private Answer tag(int first, int end) {
        String tags = IntStream.range(first, end)
                .mapToObj(number -> "{\"Key\":\"k" + number + "\",\"Value\":\"" + end + "\"}")
                .collect(Collectors.joining(","));
        return region.ask("TagResource", "{" + ARN + ",\"Tags\":[" + tags + "]}");
    }

    @Test
    void allTagsThatATableMayHaveAreListedAtOnce() {
        assertThat(tag(0, 50).isDone()).isTrue();
        JsonNode listed = region.ask("ListTagsOfResource", "{" + ARN + "}").body();
        assertThat(listed.get("Tags")).hasSize(50);
        assertThat(listed.has("NextToken")).isFalse();
        assertThat(region.ask("ListTagsOfResource", "{" + ARN + ",\"NextToken\":\"any\"}")
                        .body())
                .isEqualTo(listed);
    }

    @Test
    void tagsBeyondTheLimitAreRefusedAndOldOnesMayChange() {
        tag(0, 50);
        assertThat(tag(50, 51).message())
                .isEqualTo("Number of Tags exceed the current limit for the provided ResourceArn");
        assertThat(tag(0, 49).isDone()).isTrue();
    }
}
