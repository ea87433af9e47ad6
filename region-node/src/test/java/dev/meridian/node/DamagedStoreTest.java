package dev.meridian.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.RegionId;
import dev.meridian.node.config.HttpConfig;
import dev.meridian.node.config.KafkaConfig;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.lmdb.FlippedBytes;
import dev.meridian.node.lmdb.LmdbStore;
import dev.meridian.node.store.Position;
import dev.meridian.streams.LogPosition;
import dev.meridian.streams.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a region says that cannot start, for its store is damaged where nothing works without it. */
class DamagedStoreTest {
    private static final RegionId HERE = new RegionId("here");
    private static final RegionId THERE = new RegionId("there");

    @TempDir
    Path folder;

    @Test
    void aPositionThatCannotBeReadIsOneLineWithTheChoices() throws Exception {
        Path store = folder.resolve(StartCheck.STORE);
        try (LmdbStore made = LmdbStore.open(LmdbStore.Config.durable(store, HERE, InstantSource.system()))) {
            CompletionStage<Boolean> written = made.write(view -> {
                view.position(new Position(THERE, new TopicPartition("a-topic", 0), new LogPosition(7)));
                return true;
            });
            made.writer().turn();
            written.toCompletableFuture().join();
        }
        assertThat(FlippedBytes.replace(store, bytes("there\u0000a-topic\u00000"), bytes("there\u0000a-topic_0")))
                .isPositive();
        RegionConfig config = new RegionConfig(
                HERE,
                folder,
                new HttpConfig("127.0.0.1", 1),
                new KafkaConfig.Outside("127.0.0.1:1", Map.of()),
                List.of(new PeerConfig(THERE, "127.0.0.1:1", Map.of())),
                1,
                false,
                Duration.ZERO,
                null);

        assertThatThrownBy(() -> RegionNode.start(config))
                .isInstanceOf(StartException.class)
                .hasMessage("here: the store in " + store + " cannot be opened: a damaged value: the position under"
                        + " 0x746865726500612d746f7069635f30 cannot be read. Choose: put a copy of the folder back; or"
                        + " begin empty with --start-empty: what is left is moved aside, and its tables are loaded from"
                        + " the regions that have them. Tables that no other region has are then only in what was moved"
                        + " aside");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
