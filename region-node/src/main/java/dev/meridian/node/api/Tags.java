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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The tags of tables: each region's own, kept as a document beside the table. */
final class Tags {
    private static final String SPACE = WriteView.OF_TABLES + "tags";
    private static final int MOST = 50;

    /** Letters, digits and spaces of any script, and some signs. */
    private static final Pattern ALLOWED = Pattern.compile("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");

    /** No tag of a user begins so, in letters of either case. */
    private static final String RESERVED = "aws:";

    private static final ObjectMapper JSON = new ObjectMapper();

    private Tags() {}

    /** Tags of a request. @throws ApiException if there are too many, a key is there twice, or one is none */
    static Map<String, String> read(RequestReader request) {
        Map<String, String> tags = new LinkedHashMap<>();
        List<RequestReader> given = request.objects("Tags");
        requireFew(given.size());
        for (RequestReader tag : given) {
            String key = tag.requiredText("Key");
            String value = tag.requiredText("Value");
            checkKey(key);
            if (!ALLOWED.matcher(value).matches()) {
                throw ApiException.validation("The Tag Value provided is invalid, Value: " + value);
            }
            if (tags.put(key, value) != null) {
                throw ApiException.validation("Duplicate Tag Keys provided as input: Duplicate Tag Key found " + key);
            }
        }
        return tags;
    }

    /** Keys of a request to remove tags. @throws ApiException if there are too many, or one is none */
    static List<String> readKeys(RequestReader request) {
        List<String> keys = Objects.requireNonNull(request.textList("TagKeys"));
        requireFew(keys.size());
        keys.forEach(Tags::checkKey);
        return keys;
    }

    private static void checkKey(String key) {
        if (!ALLOWED.matcher(key).matches()) {
            throw ApiException.validation("The Tag Key provided is invalid, Key: " + key);
        }
        if (key.regionMatches(true, 0, RESERVED, 0, RESERVED.length())) {
            throw ApiException.validation("Tag Key cannot be prefixed with aws:, Key: " + key);
        }
    }

    private static void requireFew(int count) {
        if (count > MOST) {
            throw ApiException.validation("Number of Tags exceed the current limit for the provided ResourceArn");
        }
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

    /** Adds tags to those that are there. @throws ApiException before any edit, if there are too many then */
    static void put(WriteView view, TableId table, Map<String, String> tags) {
        if (tags.isEmpty()) {
            return;
        }
        SortedMap<String, String> all = of(view, table);
        all.putAll(tags);
        requireFew(all.size());
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
