package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyHash;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ReadView.Versioned;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a table holds at a cut, as digests of equal shares of the hash space, and as the entries of one share.
 *
 * <p>A digest is the sum of a hash of each item whose version the cut includes: the order does not matter, and what is
 * written while it is computed is not in it. Read in short portions.
 */
public final class TableDigest {
    /** The most shares that make sense: beyond, the answer is longer than what it saves. */
    public static final int SEGMENTS_MAX = 4_096;

    private static final int PORTION = 2_000;

    /** Of the keys in one answer: in the smallest shares, keys of some hundred million items. */
    private static final long ENTRIES_BYTES_MAX = 8L << 20;

    /** What an entry has besides its key. */
    private static final int ENTRY_BYTES = 100;

    private static final ObjectMapper JSON = new ObjectMapper();
    private final Store store;

    public TableDigest(Store store) {
        this.store = store;
    }

    /** Reads {@code region:version,…}, versions in hexadecimal digits. @throws IllegalArgumentException if it is none */
    public static VersionVector cut(String text) {
        TreeMap<RegionId, HybridTimestamp> cut = new TreeMap<>();
        for (String part : text.split(",", -1)) {
            int colon = part.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("a cut is region:version,region:version…, not " + text);
            }
            long bits = Long.parseUnsignedLong(part.substring(colon + 1), 16);
            cut.put(new RegionId(part.substring(0, colon)), new HybridTimestamp(bits));
        }
        return new VersionVector(cut);
    }

    /** @throws IllegalArgumentException if the table is not here */
    public String digests(String name, VersionVector cut, int segments) {
        TableDescriptor table = table(name);
        ObjectNode json = JSON.createObjectNode();
        ArrayNode digests = json.put("table", name).putArray("digests");
        long[] items = {0};
        for (int segment = 0; segment < segments; segment++) {
            long[] sum = {0, 0};
            items(table, segment, segments, item -> {
                items[0]++;
                if (cut.includes(item.stamp().version())) {
                    ByteBuffer hash = ByteBuffer.wrap(hash(item));
                    sum[0] += hash.getLong();
                    sum[1] += hash.getLong();
                }
            });
            digests.add(Long.toHexString(sum[0]) + "." + Long.toHexString(sum[1]));
        }
        return json.put("items", items[0]).toString();
    }

    /**
     * All that is held in a share, tombstones too, also what is behind the cut.
     *
     * @throws IllegalArgumentException if that is too much for one answer
     */
    public String entries(String name, VersionVector cut, int segment, int segments) {
        TableDescriptor table = table(name);
        ObjectNode json = JSON.createObjectNode();
        ArrayNode entries = json.put("table", name).put("segment", segment).putArray("entries");
        long[] bytes = {0};
        items(table, segment, segments, item -> {
            count(item.key(), bytes);
            describe(table, item.key(), item.stamp().version(), cut, entries.addObject())
                    .put("hash", HexFormat.of().formatHex(hash(item)));
        });
        tombstones(table, segment, segments, tombstone -> {
            count(tombstone.key(), bytes);
            describe(table, tombstone.key(), tombstone.stamp().version(), cut, entries.addObject());
        });
        return json.toString();
    }

    private static void count(ItemKey key, long[] bytes) {
        Bytes sort = key.sort();
        bytes[0] += ENTRY_BYTES + key.partition().length() + (sort == null ? 0 : sort.length());
        if (bytes[0] > ENTRIES_BYTES_MAX) {
            throw new IllegalArgumentException("the segment has more than " + ENTRIES_BYTES_MAX
                    + " bytes of keys; ask with more segments, up to " + SEGMENTS_MAX);
        }
    }

    /** Tombstones are looked at without those that are damaged: nobody is to take that for equal. */
    private void checkUndamaged(TableDescriptor table) {
        if (store.damaged().hasReplicatedOf(table.number())) {
            throw new DamagedValueException("table " + table.name() + " has damaged values: see /-/healthy");
        }
    }

    private TableDescriptor table(String name) {
        TableDescriptor table = store.catalog().table(name);
        if (table == null) {
            throw new IllegalArgumentException("there is no table " + name);
        }
        return table;
    }

    private void items(TableDescriptor table, int segment, int segments, Consumer<StoredItem> visitor) {
        ItemKey after = null;
        do {
            ItemKey from = after;
            after = store.read(view -> Optional.ofNullable(portion(view, table, segment, segments, from, visitor)))
                    .orElse(null);
        } while (after != null);
    }

    /** @return the last key, if there may be more */
    private static @Nullable ItemKey portion(
            ReadView view,
            TableDescriptor table,
            int segment,
            int segments,
            @Nullable ItemKey from,
            Consumer<StoredItem> visitor) {
        List<ItemKey> seen = new ArrayList<>();
        view.scan(table, ScanRange.segment(segment, segments, from), item -> {
            visitor.accept(item);
            seen.add(item.key());
            return seen.size() < PORTION;
        });
        return seen.size() < PORTION ? null : seen.get(PORTION - 1);
    }

    private void tombstones(TableDescriptor table, int segment, int segments, Consumer<Versioned> visitor) {
        ItemKey after = null;
        while (true) {
            ItemKey from = after;
            List<Versioned> portion = store.read(view -> view.tombstones(table, from, PORTION));
            for (Versioned tombstone : portion) {
                if (ScanRange.segmentOf(KeyHash.of(tombstone.key().partition()), segments) == segment) {
                    visitor.accept(tombstone);
                }
            }
            checkUndamaged(table);
            if (portion.size() < PORTION) {
                return;
            }
            after = portion.get(PORTION - 1).key();
        }
    }

    private static ObjectNode describe(
            TableDescriptor table, ItemKey key, Version version, VersionVector cut, ObjectNode json) {
        ByteSink id = new ByteSink();
        key.encode(id);
        return json.put("id", HexFormat.of().formatHex(id.toArray()))
                .put("key", keyJson(table.schema(), key))
                .put("version", version.toString())
                .put("behindCut", !cut.includes(version));
    }

    /** A key as DynamoDB writes it. */
    static String keyJson(KeySchema schema, ItemKey key) {
        return AttributeJson.text(key.toItem(schema));
    }

    private static byte[] hash(StoredItem item) {
        ByteSink head = new ByteSink();
        item.key().encode(head);
        item.stamp().version().encode(head);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(head.toArray());
            digest.update(item.image().duplicate());
            return java.util.Arrays.copyOf(digest.digest(), 2 * Long.BYTES);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new AssertionError(everyJdkHasIt);
        }
    }
}
