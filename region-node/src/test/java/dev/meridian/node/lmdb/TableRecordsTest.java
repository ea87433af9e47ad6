package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.KeyAttribute;
import dev.meridian.model.ScalarType;
import dev.meridian.model.TableId;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.StreamDestination;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TableRecordsTest {
    private static final TableDescriptor PLAIN = new TableDescriptor(
            7,
            new TableId(new UUID(0, 1)),
            "music",
            StoreFixture.COMPOSITE,
            TableStatus.ACTIVE,
            true,
            2,
            TableSettings.ON_DEMAND,
            12,
            List.of());

    @Test
    void whatWasStoredBeforeThereWereIndexesHasNone() {
        String stored =
                StandardCharsets.UTF_8.decode(TableRecords.encode(PLAIN)).toString();
        String early = stored.replace(",\"indexes\":[]", "");
        assertThat(early).isNotEqualTo(stored).startsWith("{\"format\":1,");
        assertThat(TableRecords.decode(ByteBuffer.wrap(early.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(PLAIN);
    }

    @Test
    void whatWasStoredBeforeThereWereDestinationsPublishesByDefault() {
        String stored =
                StandardCharsets.UTF_8.decode(TableRecords.encode(PLAIN)).toString();
        String early = stored.replaceFirst(",\"destination\":.*", "}}");
        assertThat(early).doesNotContain("topics").endsWith("\"indexes\":[]}}");
        TableDescriptor read = TableRecords.decode(ByteBuffer.wrap(early.getBytes(StandardCharsets.UTF_8)));
        assertThat(read).isEqualTo(PLAIN);
        assertThat(read.destination().publishes()).isTrue();
    }

    @Test
    void aDestinationComesBackAsItWasUnderAFormatOfItsOwn() {
        TableDescriptor table = PLAIN.withDestination(StreamDestination.DEFAULT
                        .disabled(new SequenceNumber(3))
                        .enabled(StreamDestination.Precision.MICROSECOND, new SequenceNumber(9))
                        .disabled(new SequenceNumber(11)))
                .withTopics(new TopicSettings(TopicSettings.FOR_EVER, 3));
        ByteBuffer stored = TableRecords.encode(table);
        assertThat(StandardCharsets.UTF_8.decode(stored.duplicate()).toString()).startsWith("{\"format\":3,");
        TableDescriptor read = TableRecords.decode(stored);
        assertThat(read).isEqualTo(table);
        assertThat(read.destination().pausesTillNow())
                .containsExactly(new StreamDestination.Pause(3, 9), new StreamDestination.Pause(11, Long.MAX_VALUE));
    }

    @Test
    void indexesComeBackAsTheyWereUnderAFormatOfTheirOwn() {
        IndexDescriptor index = new IndexDescriptor(
                8,
                "by-title",
                IndexDescriptor.Kind.GLOBAL,
                List.of(new KeyAttribute("title", ScalarType.S), new KeyAttribute("year", ScalarType.N)),
                List.of(new KeyAttribute("sk", ScalarType.B)),
                new IndexProjection(IndexProjection.Type.INCLUDE, List.of("label")),
                IndexStatus.CREATING,
                true,
                5,
                6);
        TableDescriptor table = PLAIN.withIndexes(List.of(index));
        ByteBuffer stored = TableRecords.encode(table);
        assertThat(StandardCharsets.UTF_8.decode(stored.duplicate()).toString()).startsWith("{\"format\":2,");
        assertThat(TableRecords.decode(stored)).isEqualTo(table);
    }
}
