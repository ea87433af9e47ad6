package dev.meridian.replicator;

import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.model.Version;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Global indexes that a table cannot have beside its other settings. Regions that do not hear each other may each make a
 * change that is legal there, and not together with the other's. Of two indexes that exclude each other the one that was
 * made later goes; an index without capacity units goes where the table is provisioned, for every write would be throttled.
 *
 * <p>It follows from the merged settings alone, whatever the order in which they came together: all regions find the same.
 */
final class ExcludedIndexes {
    private final Map<String, ScalarType> types = new HashMap<>();
    private final SortedMap<String, String> reasons = new TreeMap<>();
    private int standing;
    private int projected;

    private ExcludedIndexes(KeySchema schema, List<SharedIndex> local) {
        note(Stream.of(schema.partition()));
        KeyAttribute sort = schema.sort();
        note(sort == null ? Stream.empty() : Stream.of(sort));
        local.forEach(this::note);
    }

    /** By name, why they are none of the table's. */
    static SortedMap<String, String> of(KeySchema schema, SharedSettings settings) {
        ExcludedIndexes excluded = new ExcludedIndexes(schema, settings.localIndexes());
        settings.globalIndexes().values().stream()
                .filter(entry -> entry.value().isPresent())
                .sorted(Comparator.comparing(ExcludedIndexes::since)
                        .thenComparing(entry -> entry.value().get().name()))
                .forEach(entry ->
                        excluded.judge(entry.value().get(), settings.capacity().value()));
        return excluded.reasons;
    }

    private static Version since(Latest<Optional<SharedIndex>> entry) {
        Version since = entry.value().map(SharedIndex::since).orElse(null);
        return since == null ? entry.version() : since;
    }

    private void judge(SharedIndex index, SharedSettings.Capacity capacity) {
        String why = reason(index, capacity);
        if (why == null) {
            note(index);
            standing++;
        } else {
            reasons.put(index.name(), why);
        }
    }

    private @Nullable String reason(SharedIndex index, SharedSettings.Capacity capacity) {
        if (!capacity.onDemand() && (index.readCapacityUnits() <= 0 || index.writeCapacityUnits() <= 0)) {
            return "the table is provisioned, and the index has no capacity units: it was made while another region"
                    + " changed the billing mode";
        }
        for (KeyAttribute key : keys(index).toList()) {
            ScalarType known = types.get(key.name());
            if (known != null && known != key.type()) {
                return "another region made an index for which " + key.name() + " is of type " + known
                        + ", for this one it is of type " + key.type();
            }
        }
        if (standing >= SharedSettings.GLOBAL_INDEXES_MAX) {
            return "with those that other regions made there are more than " + SharedSettings.GLOBAL_INDEXES_MAX
                    + " global indexes";
        }
        if (projected + index.nonKeyAttributes().size() > SharedSettings.PROJECTED_ATTRIBUTES_MAX) {
            return "with those that other regions made, indexes show more than "
                    + SharedSettings.PROJECTED_ATTRIBUTES_MAX + " attributes by name";
        }
        return null;
    }

    private void note(SharedIndex index) {
        note(keys(index));
        projected += index.nonKeyAttributes().size();
    }

    private void note(Stream<KeyAttribute> keys) {
        keys.forEach(key -> types.put(key.name(), key.type()));
    }

    private static Stream<KeyAttribute> keys(SharedIndex index) {
        return Stream.concat(index.partition().stream(), index.sort().stream());
    }
}
