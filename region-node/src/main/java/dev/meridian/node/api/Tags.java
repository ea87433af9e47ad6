package dev.meridian.node.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.Bytes;
import dev.meridian.model.TableId;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.WriteView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tags of tables: each region's own, kept as a document beside the table. */
final class Tags {
    private static final String SPACE = WriteView.OF_TABLES + "tags";
    private static final int MOST = 50;
    private static final ObjectMapper JSON = new ObjectMapper();

    private Tags() {}

    /** Tags of a request. @throws ApiException if a key is there twice */
    static Map<String, String> read(RequestReader request) {
        Map<String, String> tags = new LinkedHashMap<>();
        for (RequestReader tag : request.objects("Tags")) {
            String key = tag.requiredText("Key");
            if (tags.put(key, tag.requiredText("Value")) != null) {
                throw ApiException.validation("Duplicate tag keys: " + key);
            }
            if (key.startsWith("aws:")) {
                throw ApiException.validation("Tag keys starting with 'aws:' are reserved for system use");
            }
        }
        return tags;
    }

    static SortedMap<String, String> of(ReadView view, TableId table) {
        return view.document(SPACE, table.toString()).map(Tags::decode).orElseGet(TreeMap::new);
    }

    private static SortedMap<String, String> decode(Bytes bytes) {
        try {
            return JSON.readValue(bytes.toArray(), new TypeReference<TreeMap<String, String>>() {});
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Adds tags to those that are there. */
    static void put(WriteView view, TableId table, Map<String, String> tags) {
        if (tags.isEmpty()) {
            return;
        }
        SortedMap<String, String> all = of(view, table);
        all.putAll(tags);
        if (all.size() > MOST) {
            throw ApiException.validation("Too many tags: a resource has at most " + MOST);
        }
        store(view, table, all);
    }

    static void store(WriteView view, TableId table, SortedMap<String, String> tags) {
        try {
            view.document(SPACE, table.toString(), tags.isEmpty() ? null : Bytes.wrap(JSON.writeValueAsBytes(tags)));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
