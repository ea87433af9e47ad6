package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.TableId;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.StreamDescriptor.Generation;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.streamsapi.Shard;
import dev.meridian.streams.SequenceNumber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StreamRecordsTest {
    private static StreamDescriptor stream(Generation... generations) {
        return new StreamDescriptor(
                7,
                new TableId(new UUID(0, 7)),
                "music",
                StoreFixture.COMPOSITE,
                4,
                "label",
                StreamViewType.KEYS_ONLY,
                1_000,
                List.of(generations),
                null,
                0);
    }

    private static String text(ByteBuffer stored) {
        return StandardCharsets.UTF_8.decode(stored.duplicate()).toString();
    }

    /** Readers of a store that is upgraded know these ids. */
    @Test
    void aStreamOfBeforeThereWereNumbersOfShardsKeepsAShardForEachPartition() {
        String stored = text(StreamRecords.encode(stream(
                new Generation(0, 1_000, 0, new SequenceNumber(10), 4, 0),
                new Generation(1, 2_000, 1_000, new SequenceNumber(20), 4, 4))));
        String before = stored.replace(",\"shards\":4", "")
                .replace(",\"parentShards\":0", "")
                .replace(",\"parentShards\":4", "");
        assertThat(before).contains("\"format\":1").doesNotContain("hards\":");
        StreamDescriptor stream = StreamRecords.decode(ByteBuffer.wrap(before.getBytes(StandardCharsets.UTF_8)));
        assertThat(Shard.of(stream))
                .extracting(Shard::id)
                .containsExactly(
                        "shardId-00000000000000001000-00000000",
                        "shardId-00000000000000001000-00010000",
                        "shardId-00000000000000001000-00020000",
                        "shardId-00000000000000001000-00030000",
                        "shardId-00000000000000002000-00000001",
                        "shardId-00000000000000002000-00010001",
                        "shardId-00000000000000002000-00020001",
                        "shardId-00000000000000002000-00030001");
        assertThat(Shard.of(stream).get(6).parentId()).contains("shardId-00000000000000001000-00020000");
        assertThat(stream.rolled(3_000, new SequenceNumber(30), 1)).isSameAs(stream);
    }

    @Test
    void whatEarlierBuildsWouldShowAsOtherShardsHasAnotherFormat() {
        StreamDescriptor stream = stream(new Generation(0, 1_000, 0, new SequenceNumber(10), 1, 0));
        ByteBuffer stored = StreamRecords.encode(stream);
        assertThat(text(stored)).contains("\"format\":2");
        assertThat(StreamRecords.decode(stored)).isEqualTo(stream);
    }
}
