package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Life;
import dev.meridian.model.Property;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Headers;
import dev.meridian.streams.RecordLink;
import dev.meridian.streams.TopicPartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChainTest {
    private static final TopicPartition AT = new TopicPartition("t", 0);

    private static BusRecord record(long sequence, RecordLink after) {
        return record(sequence, after, Map.of());
    }

    private static BusRecord record(long sequence, RecordLink after, Map<String, String> others) {
        TreeMap<String, String> headers = new TreeMap<>(Map.of(
                Headers.SEQUENCE,
                String.valueOf(sequence),
                Headers.AFTER,
                after.toString(),
                Headers.LIFE,
                new Life(1).toString(),
                Headers.VERSION,
                "0000000000000001@a"));
        headers.putAll(others);
        return new BusRecord(AT, sequence, 1, null, null, headers);
    }

    /** Takes records that follow each other. @return what identifies each, that before the first included */
    private static List<RecordLink> take(Chain chain, int records) {
        List<RecordLink> links = new ArrayList<>(List.of(RecordLink.NONE));
        for (int sequence = 1; sequence <= records; sequence++) {
            BusRecord next = record(sequence, links.get(sequence - 1));
            assertThat(chain.take(next)).isEqualTo(RecordLink.of(next));
            links.add(RecordLink.of(next));
        }
        return links;
    }

    @Test
    void aRecordMayFollowOneOfTheLastTenThousandAndNoneBefore() {
        for (int records : new int[] {10_000, 10_001, 25_000}) {
            Chain chain = Chain.behind(RecordLink.NONE);
            List<RecordLink> links = take(chain, records);
            int oldest = records - 10_000;
            if (oldest > 0) {
                assertThat(chain.take(record(90_000, links.get(oldest - 1)))).isNull();
            }
            assertThat(chain.take(record(90_001, new RecordLink(17, 18)))).isNull();
            assertThat(chain.take(record(90_002, links.get(oldest)))).isNotNull();
            assertThat(chain.take(record(90_003, links.get(records)))).isNotNull();
        }
    }

    /** Beside a queue that does the same. */
    @Test
    void theRingKeepsTheLastOnes() {
        Property.holds(300, random -> {
            int max = random.nextInt(1, 100);
            RecentLinks links = new RecentLinks(max);
            ArrayDeque<RecordLink> model = new ArrayDeque<>();
            for (int i = random.nextInt(5 * max); i > 0; i--) {
                RecordLink link = new RecordLink(random.nextInt(200), random.nextInt(2));
                links.add(link);
                model.add(link);
                if (model.size() > max) {
                    model.remove();
                }
                RecordLink asked = new RecordLink(random.nextInt(200), random.nextInt(2));
                assertThat(links.contains(asked)).isEqualTo(model.contains(asked));
                assertThat(model).allMatch(links::contains);
            }
            assertThat(links.contains(new RecordLink(0, 7))).isFalse();
        });
    }

    @Test
    void aRecordWithABrokenHeaderIsRefusedAndTheNextIsTaken() {
        for (String header : List.of(Headers.VERSION, Headers.LIFE, Headers.AFTER, Headers.SEQUENCE)) {
            Chain chain = Chain.fromTheStart(HybridTimestamp.ZERO.next());
            BusRecord broken = record(1, RecordLink.NONE, Map.of(header, "?"));
            assertThatThrownBy(() -> {
                        chain.beginsTooLate(broken);
                        chain.take(broken);
                    })
                    .as(header)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(take(chain, 3)).as(header).hasSize(4);
        }
    }
}
