package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.node.store.WriteView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No table seems to have backups. */
class ContinuousBackupsTest {
    @TempDir
    Path folder;

    @Test
    void aTableOfABuildThatKeptTheWishIsShownWithoutBackups() throws Exception {
        try (OperationsFixture region = new OperationsFixture(folder)) {
            region.ask("CreateTable", """
                    {"TableName":"table","BillingMode":"PAY_PER_REQUEST",
                    "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
                    "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}""");
            region.store()
                    .write(view -> {
                        view.document(
                                WriteView.OF_TABLES + "continuous-backups",
                                Objects.requireNonNull(view.catalog().table("table"))
                                        .id()
                                        .toString(),
                                Bytes.wrap("35".getBytes(StandardCharsets.UTF_8)));
                        return true;
                    })
                    .toCompletableFuture()
                    .join();
            assertThat(region.ask("DescribeContinuousBackups", "{\"TableName\":\"table\"}")
                            .body()
                            .toString())
                    .isEqualTo("{\"ContinuousBackupsDescription\":{\"ContinuousBackupsStatus\":\"DISABLED\","
                            + "\"PointInTimeRecoveryDescription\":{\"PointInTimeRecoveryStatus\":\"DISABLED\"}}}");
        }
    }
}
