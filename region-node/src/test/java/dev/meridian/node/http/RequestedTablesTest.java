package dev.meridian.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequestedTablesTest {
    private static Set<String> of(String json) {
        return RequestedTables.of(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theTableOfAnItemOperation() {
        assertThat(of("{\"Item\":{\"TableName\":{\"S\":\"no\"}},\"TableName\":\"red\"}"))
                .containsExactly("red");
        assertThat(of("{\"TableName\":\"arn:aws:dynamodb:a:000000000000:table/red\"}"))
                .containsExactly("red");
    }

    @Test
    void theTablesOfABatch() {
        assertThat(
                        of(
                                "{\"RequestItems\":{\"red\":{\"Keys\":[{\"pk\":{\"S\":\"1\"}}]},\"blue\":{}},\"Other\":{\"no\":{}}}"))
                .containsExactly("blue", "red");
    }

    @Test
    void theTablesOfATransaction() {
        assertThat(of("{\"TransactItems\":[{\"Get\":{\"TableName\":\"red\"}},{\"Get\":{\"TableName\":\"blue\"}}]}"))
                .containsExactly("blue", "red");
    }

    @Test
    void whatNamesNoneOrIsBroken() {
        assertThat(of("{\"Statement\":\"SELECT * FROM red\"}")).isEmpty();
        assertThat(of("{\"TableName\":\"red\"")).isEmpty();
    }
}
