package dev.meridian.streams.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Headers;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.audit.Finding.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A right topic passes, and each kind of harm is found. */
class StreamAuditTest {
    private static final String TABLE = new UUID(1, 1).toString();
    private static final int ITEMS = 6;

    /** A store and its topic after some changes; some of the last ones are made while the items are read. */
    private static final class World {
        final List<BusRecord> topic = new ArrayList<>();
        final Map<String, String> items = new HashMap<>();
        final Map<String, String> read = new HashMap<>();
        final int from;

        World(RandomGenerator random, int changes) {
            from = random.nextInt(changes);
            for (int i = 1; i <= changes; i++) {
                change(i, "{\"pk\":{\"S\":\"k" + random.nextInt(ITEMS) + "\"}}", random.nextInt(4) == 0);
                if (i >= from) {
                    // Each item is read once, at any instant.
                    items.forEach((key, image) -> {
                        if (random.nextInt(5) == 0) {
                            read.putIfAbsent(key, image);
                        }
                    });
                }
            }
            items.forEach(read::putIfAbsent);
        }

        private void change(int sequence, String key, boolean delete) {
            String before = items.get(key);
            if (delete && before == null) {
                return;
            }
            String after = delete ? null : "{\"n\":{\"N\":\"" + sequence + "\"}}";
            if (delete) {
                items.remove(key);
                read.remove(key);
            } else {
                items.put(key, after);
            }
            topic.add(record(Math.floorMod(key.hashCode(), 2), sequence, key, before, after));
        }

        List<Finding> audit(List<BusRecord> topicRead) {
            return audit(topicRead, topic, 0, 0);
        }

        /** @param rows that the store has for the topic: none behind {@code after} up to {@code last} */
        List<Finding> audit(List<BusRecord> topicRead, List<BusRecord> rows, int after, int last) {
            StreamAudit audit = new StreamAudit(TABLE, from);
            read.forEach((key, image) -> audit.item(key, StreamAudit.digest(image)));
            audit.through(1_000);
            audit.rowsFrom(0, 1);
            audit.rowsFrom(1, 1);
            if (last > after) {
                audit.paused(after, last);
            }
            rows.forEach(record -> audit.row(
                    record.at().partition(),
                    Long.parseLong(record.headers().get(Headers.SEQUENCE)),
                    record.headers().get(Headers.VERSION)));
            topicRead.forEach(audit::record);
            return audit.finish();
        }
    }

    private static BusRecord record(
            int partition, int sequence, String key, @Nullable String before, @Nullable String after) {
        return record(partition, sequence, sequence, key, before, after);
    }

    private static BusRecord record(
            int partition, int sequence, int time, String key, @Nullable String before, @Nullable String after) {
        TreeMap<String, String> headers = new TreeMap<>();
        headers.put(Headers.TABLE_ID, TABLE);
        headers.put(Headers.SEQUENCE, Integer.toString(sequence));
        headers.put(Headers.VERSION, Headers.text(new Version(new HybridTimestamp(time), new RegionId("a"))));
        String images =
                (before == null ? "" : ",\"OldImage\":" + before) + (after == null ? "" : ",\"NewImage\":" + after);
        String value = "{\"dynamodb\":{\"Keys\":" + key + images + "}}";
        return new BusRecord(new TopicPartition("t", partition), sequence, 1, bytes(key), bytes(value), headers);
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aRightTopicPassesWhileWritesGoOn() {
        Property.holds(2_000, random -> {
            World world = new World(random, 1 + random.nextInt(60));
            assertThat(world.audit(world.topic)).isEmpty();
        });
    }

    @Test
    void whatWasNotToBePublishedIsNoGapAndAllElseIs() {
        Property.holds(1_000, random -> {
            World world = new World(random, 60);
            int after = random.nextInt(50);
            int last = after + 1 + random.nextInt(10);
            List<BusRecord> less = new ArrayList<>(world.topic);
            less.removeIf(record -> record.offset() > after && record.offset() <= last);
            assertThat(world.audit(less, less, after, last)).isEmpty();
            List<BusRecord> outside = new ArrayList<>(less);
            if (!outside.isEmpty()) {
                outside.remove(random.nextInt(outside.size()));
                assertThat(world.audit(outside, less, after, last))
                        .extracting(Finding::kind)
                        .contains(Kind.GAP);
            }
        });
    }

    @Test
    void aMissingChangeIsAGap() {
        Property.holds(1_000, random -> {
            World world = new World(random, 60);
            List<BusRecord> less = new ArrayList<>(world.topic);
            less.remove(random.nextInt(less.size()));
            assertThat(world.audit(less)).extracting(Finding::kind).contains(Kind.GAP);
        });
    }

    /** Rows are kept for a minute only: what is older is known from the images, which join up. */
    @Test
    void aMissingChangeIsAGapAlsoWithoutRows() {
        Property.holds(1_000, random -> {
            World world = new World(random, 60);
            List<BusRecord> less = new ArrayList<>(world.topic);
            BusRecord gone = less.remove(random.nextInt(less.size()));
            StreamAudit audit = new StreamAudit(TABLE, 1_000);
            world.items.forEach((key, image) -> audit.item(key, StreamAudit.digest(image)));
            audit.through(1_000);
            less.forEach(audit::record);
            // Without the insert and the remove, or without a change and the one that undid it, nothing is to be seen.
            assertThat(audit.finish())
                    .as("without " + gone)
                    .allMatch(finding -> finding.kind() == Kind.GAP)
                    .isNotEmpty();
        });
    }

    @Test
    void aChangeThatIsThereAgainIsADuplicate() {
        Property.holds(1_000, random -> {
            World world = new World(random, 60);
            List<BusRecord> more = new ArrayList<>(world.topic);
            int at = random.nextInt(more.size());
            more.add(random.nextInt(at, more.size()) + 1, more.get(at));
            assertThat(world.audit(more)).extracting(Finding::kind).containsExactly(Kind.DUPLICATE);
        });
    }

    @Test
    void changesThatAreSwappedAreOutOfOrder() {
        Property.holds(1_000, random -> {
            World world = new World(random, 60);
            List<BusRecord> swapped = new ArrayList<>(world.topic);
            int at = random.nextInt(swapped.size() - 1);
            if (swapped.get(at).at().equals(swapped.get(at + 1).at())) {
                Collections.swap(swapped, at, at + 1);
                assertThat(world.audit(swapped)).extracting(Finding::kind).contains(Kind.ORDER);
            }
        });
    }

    /** A region that loads its table anew no longer knows the version of the delete. */
    @Test
    void onlyARemoveMayHaveTheVersionOfTheChangeBefore() {
        String key = "{\"pk\":{\"S\":\"k\"}}";
        StreamAudit right = new StreamAudit(TABLE, 5);
        right.through(5);
        right.record(record(0, 1, 1, key, null, key));
        right.record(record(0, 2, 1, key, key, null));
        assertThat(right.finish()).isEmpty();
        StreamAudit wrong = new StreamAudit(TABLE, 5);
        wrong.item(key, StreamAudit.digest(key));
        wrong.through(5);
        wrong.record(record(0, 1, 1, key, null, key));
        wrong.record(record(0, 2, 1, key, key, key));
        assertThat(wrong.finish()).extracting(Finding::kind).containsExactly(Kind.ORDER);
    }

    @Test
    void aChangeThatTheStoreDoesNotHaveDiffers() {
        World world = new World(new java.util.SplittableRandom(7), 20);
        List<BusRecord> more = new ArrayList<>(world.topic);
        more.add(record(0, 900, "{\"pk\":{\"S\":\"other\"}}", null, "{\"n\":{\"N\":\"1\"}}"));
        assertThat(world.audit(more)).extracting(Finding::kind).contains(Kind.MISMATCH);
    }

    @Test
    void aRecordWithABrokenHeaderIsAFindingAndTheOthersAreRead() {
        for (String header : List.of(Headers.SEQUENCE, Headers.VERSION)) {
            World world = new World(new java.util.SplittableRandom(7), 20);
            BusRecord right = world.topic.get(0);
            TreeMap<String, String> headers = new TreeMap<>(right.headers());
            headers.put(header, "?");
            List<BusRecord> more = new ArrayList<>(world.topic);
            more.add(new BusRecord(right.at(), 77, 1, right.key(), right.value(), headers));
            assertThat(world.audit(more)).singleElement().satisfies(finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.MISMATCH);
                assertThat(finding.toString()).contains("the record at offset 77 is no change");
            });
        }
    }

    @Test
    void anItemWithoutAnyChangeIsAGapUnlessTheTopicForgot() {
        StreamAudit audit = new StreamAudit(TABLE, 5);
        audit.item("{\"pk\":{\"S\":\"k\"}}", "x");
        audit.through(5);
        assertThat(audit.finish()).extracting(Finding::kind).containsExactly(Kind.GAP);
        StreamAudit forgetful = new StreamAudit(TABLE, 5);
        forgetful.item("{\"pk\":{\"S\":\"k\"}}", "x");
        forgetful.through(5);
        forgetful.trimmed(0);
        assertThat(forgetful.finish()).isEmpty();
    }
}
