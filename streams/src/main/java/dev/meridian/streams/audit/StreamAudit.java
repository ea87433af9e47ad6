package dev.meridian.streams.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Bytes;
import dev.meridian.model.Version;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Recognition;
import dev.meridian.streams.audit.Finding.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares a table's stream topic with the change rows and items of the region's store, while writes go on.
 *
 * <p>It looks at three things, told in this order: the items, read one by one between two points of the store's sequence;
 * the change rows that are still kept, up to the second point; and the topic's records up to there. An item was read at some
 * instant between the points, so it must be what the last record up to the first point left, or any later one.
 *
 * <p>Keeps some hundred bytes for each item and eight for each record in memory.
 */
public final class StreamAudit {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DIGEST_BYTES = 16;

    /** The digest of no item. */
    private static final String NOTHING = "";

    private final String tableId;
    private final long from;
    private final Map<String, String> items = new HashMap<>();
    private final Map<String, History> histories = new HashMap<>();
    private final Map<Integer, Partition> partitions = new TreeMap<>();
    private final List<Finding> findings = new ArrayList<>();
    private final List<Pause> pauses = new ArrayList<>();
    private long through;
    private long records;
    private long rows;

    private record Pause(long after, long last) {}

    /** What the topic says of an item. */
    private static final class History {
        final int partition;

        @Nullable
        Version version;

        String image = NOTHING;

        /** What the item may have been since the first point. */
        final Set<String> possible = new HashSet<>();

        long lastSequence;

        /** Of its last change that was not behind the first point. */
        long lastBefore;

        History(int partition) {
            this.partition = partition;
        }
    }

    /** A partition of the topic, and the rows of the store that belong to it. */
    private static final class Partition {
        boolean trimmed;
        long[] sequences = new long[1024];
        int count;
        long rowsFrom = Long.MAX_VALUE;
        final TreeMap<Long, String> rows = new TreeMap<>();
        final Set<Long> missing = new TreeSet<>();

        long last() {
            return count == 0 ? 0 : sequences[count - 1];
        }

        boolean has(long sequence) {
            return Arrays.binarySearch(sequences, 0, count, sequence) >= 0;
        }

        void add(long sequence) {
            if (count == sequences.length) {
                sequences = Arrays.copyOf(sequences, 2 * count);
            }
            sequences[count++] = sequence;
        }
    }

    /**
     * @param from the last sequence number of the store before the items were read
     */
    public StreamAudit(String tableId, long from) {
        this.tableId = tableId;
        this.from = from;
    }

    /** What an image is compared by. @param json the item in DynamoDB's JSON, without white space */
    public static String digest(String json) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(json.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new AssertionError(everyJdkHasIt);
        }
    }

    /** An item of the table. @param digest of its image, by {@link #digest} */
    public void item(String key, String digest) {
        items.put(key, digest);
    }

    /** The last sequence number of the store after the items were read: later changes do not count. */
    public void through(long sequence) {
        through = sequence;
    }

    /** The changes behind {@code after} up to and including {@code last} are not in the topic, as was wished. */
    public void paused(long after, long last) {
        pauses.add(new Pause(after, last));
    }

    /** Whether a change between two numbers, neither of them counted, may be missing. */
    private boolean mayMiss(long after, long before) {
        return pauses.stream().anyMatch(pause -> pause.after < before - 1 && pause.last > after);
    }

    /** Change rows before this are no longer kept. The last call counts. */
    public void rowsFrom(int partition, long sequence) {
        partition(partition).rowsFrom = sequence;
    }

    public void row(int partition, long sequence, String version) {
        if (sequence <= through) {
            partition(partition).rows.put(sequence, version);
            partition(partition).missing.add(sequence);
            rows++;
        }
    }

    /** The topic no longer has all that was ever in this partition. */
    public void trimmed(int partition) {
        partition(partition).trimmed = true;
    }

    private Partition partition(int number) {
        return partitions.computeIfAbsent(number, unused -> new Partition());
    }

    /** The last sequence number that the topic has in a partition; 0 if none. */
    public long reached(int partition) {
        return partition(partition).last();
    }

    /** The last row of a partition; the topic is to be read at least up to it. */
    public long lastRow(int partition) {
        TreeMap<Long, String> known = partition(partition).rows;
        return known.isEmpty() ? 0 : known.lastKey();
    }

    public long records() {
        return records;
    }

    public long rows() {
        return rows;
    }

    public long items() {
        return items.size();
    }

    /** A record of the topic; those of one partition in their order. */
    public void record(BusRecord record) {
        int number = record.at().partition();
        Bytes key = record.key();
        Bytes value = record.value();
        String sequenceText = record.headers().get(Headers.SEQUENCE);
        String version = record.headers().get(Headers.VERSION);
        if (!Recognition.isMarked(record)) {
            String junk = "the record at offset " + record.offset() + " is not Meridian's: consumers pass over it";
            find(Kind.FOREIGN, number, 0, "", junk);
            return;
        }
        if (key == null || value == null || sequenceText == null || version == null) {
            noChange(record);
            return;
        }
        if (!tableId.equals(record.headers().get(Headers.TABLE_ID))) {
            return; // Of an earlier table of this name.
        }
        long sequence;
        Version made;
        try {
            sequence = Long.parseLong(sequenceText);
            made = Headers.version(version);
        } catch (IllegalArgumentException unreadable) {
            noChange(record);
            return;
        }
        if (sequence > through) {
            Partition partition = partition(number);
            if (sequence > partition.last()) {
                partition.add(sequence);
            }
            return;
        }
        records++;
        String keyText = new String(key.toArray(), StandardCharsets.UTF_8);
        if (inOrder(number, sequence, keyText, record.offset())) {
            compareWithRow(number, sequence, version, keyText);
            follow(number, sequence, made, keyText, images(value));
        }
    }

    private void noChange(BusRecord record) {
        String what = "the record at offset " + record.offset() + " is no change";
        find(Kind.MISMATCH, record.at().partition(), 0, "", what);
    }

    private boolean inOrder(int number, long sequence, String key, long offset) {
        Partition partition = partition(number);
        if (sequence > partition.last()) {
            partition.add(sequence);
            return true;
        }
        if (partition.has(sequence)) {
            find(Kind.DUPLICATE, number, sequence, key, "again at offset " + offset);
        } else {
            partition.missing.remove(sequence);
            find(Kind.ORDER, number, sequence, key, "behind sequence " + partition.last() + " at offset " + offset);
        }
        return false;
    }

    private void compareWithRow(int number, long sequence, String version, String key) {
        Partition partition = partition(number);
        partition.missing.remove(sequence);
        String row = partition.rows.get(sequence);
        if (row == null && sequence >= partition.rowsFrom) {
            find(Kind.MISMATCH, number, sequence, key, "the store has no such change");
        } else if (row != null && !row.equals(version)) {
            find(Kind.MISMATCH, number, sequence, key, "version " + version + "; the store's change has " + row);
        }
    }

    private record Images(String before, String after) {}

    private static Images images(Bytes value) {
        try {
            JsonNode change = JSON.readTree(value.toArray()).path("dynamodb");
            return new Images(digest(change.path("OldImage")), digest(change.path("NewImage")));
        } catch (JsonProcessingException notJson) {
            return new Images("not JSON", "not JSON");
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
    }

    private static String digest(JsonNode image) {
        return image.isMissingNode() ? NOTHING : digest(image.toString());
    }

    private void follow(int number, long sequence, Version version, String key, Images images) {
        History history = histories.get(key);
        if (history == null) {
            history = new History(number);
            histories.put(key, history);
            if (!images.before.equals(NOTHING) && !partition(number).trimmed && !mayMiss(0, sequence)) {
                find(
                        Kind.GAP,
                        number,
                        sequence,
                        key,
                        "the topic begins with a change of an item that it does not have");
            }
            history.possible.add(images.before);
        } else {
            if (history.partition != number) {
                find(
                        Kind.ORDER,
                        number,
                        sequence,
                        key,
                        "earlier changes of the item are in partition " + history.partition);
            }
            Version before = history.version;
            if (before != null && !mayFollow(version, before, images)) {
                find(Kind.ORDER, number, sequence, key, "version " + version + " behind " + before);
            }
            if (!images.before.equals(history.image) && !mayMiss(history.lastSequence, sequence)) {
                find(
                        Kind.GAP,
                        number,
                        sequence,
                        key,
                        "its old image is not the new image of sequence " + history.lastSequence);
            }
        }
        if (sequence <= from) {
            history.possible.clear();
            history.lastBefore = sequence;
        }
        history.possible.add(images.after);
        history.version = version;
        history.image = images.after;
        history.lastSequence = sequence;
    }

    /** A region that loads its table anew removes an item under the version that it has. */
    private static boolean mayFollow(Version version, Version before, Images images) {
        int order = version.compareTo(before);
        return order > 0 || (order == 0 && images.after.equals(NOTHING));
    }

    private void find(Kind kind, int partition, long sequence, String key, String what) {
        findings.add(new Finding(kind, partition, sequence, key, what));
    }

    /** All that was found; to be asked when everything was told. */
    public List<Finding> finish() {
        partitions.forEach((number, partition) -> {
            long first = partition.count == 0 ? Long.MAX_VALUE : partition.sequences[0];
            for (long sequence : partition.missing) {
                if (!partition.trimmed || sequence > first) {
                    find(
                            Kind.GAP,
                            number,
                            sequence,
                            "",
                            "the store's change " + partition.rows.get(sequence) + " is not in the topic");
                }
            }
        });
        boolean anyTrimmed = partitions.values().stream().anyMatch(partition -> partition.trimmed);
        items.forEach((key, digest) -> {
            History history = histories.get(key);
            if (history == null) {
                if (!anyTrimmed && !mayMiss(0, through + 1)) {
                    find(Kind.GAP, -1, 0, key, "the topic has no change of this item");
                }
            } else if (!history.possible.contains(digest) && !mayMiss(history.lastBefore, through + 1)) {
                find(
                        Kind.GAP,
                        history.partition,
                        history.lastSequence,
                        key,
                        "the item is not what its last change left");
            }
        });
        histories.forEach((key, history) -> {
            boolean whole = !mayMiss(history.lastBefore, through + 1);
            if (whole && !items.containsKey(key) && !history.possible.contains(NOTHING)) {
                find(
                        Kind.GAP,
                        history.partition,
                        history.lastSequence,
                        key,
                        "the item is not there; its last change left it");
            }
        });
        return List.copyOf(findings);
    }
}
