package dev.meridian.node.api;

import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings.Throughput;
import dev.meridian.replicator.SharedSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Keys and indexes as CreateTable and UpdateTable define them. */
final class IndexRequests {
    private static final int LOCAL_MOST = 5;
    static final int GLOBAL_MOST = SharedSettings.GLOBAL_INDEXES_MAX;

    /** Of all indexes of a table together. */
    private static final int NON_KEY_MOST = SharedSettings.PROJECTED_ATTRIBUTES_MAX;

    private final Map<String, ScalarType> attributes;

    /** @param request with AttributeDefinitions */
    IndexRequests(RequestReader request) {
        attributes = new LinkedHashMap<>();
        for (RequestReader definition : request.objects("AttributeDefinitions")) {
            String name = definition.requiredText("AttributeName");
            ScalarType type = ScalarType.valueOf(definition.requiredText("AttributeType"));
            ScalarType before = attributes.put(name, type);
            if (before != null) {
                throw ApiException.validation("Attribute Name is duplicated: " + name);
            }
        }
    }

    /** An index that is not yet in a store. */
    record Definition(
            String name,
            IndexDescriptor.Kind kind,
            List<KeyAttribute> partition,
            List<KeyAttribute> sort,
            IndexProjection projection,
            long read,
            long write) {
        IndexDescriptor numbered(int number, IndexStatus status) {
            return new IndexDescriptor(number, name, kind, partition, sort, projection, status, false, read, write);
        }
    }

    /** The key of a new table. */
    KeySchema tableKey(RequestReader request) {
        List<RequestReader> elements = request.objects("KeySchema");
        List<String> names = names(elements);
        if (names.size() > attributes.size()) {
            throw ApiException.validation("Invalid KeySchema: Some index key attribute have no definition");
        }
        requireDefined(names);
        KeyHalves halves = halves(elements, names, false);
        return new KeySchema(
                halves.partition().get(0),
                halves.sort().isEmpty() ? null : halves.sort().get(0));
    }

    /** The indexes of a new table. */
    List<Definition> indexes(RequestReader request, KeySchema table, boolean onDemand) {
        List<RequestReader> local = request.objects("LocalSecondaryIndexes");
        List<RequestReader> global = request.objects("GlobalSecondaryIndexes");
        if (request.has("LocalSecondaryIndexes") && local.isEmpty()) {
            throw Keys.invalid("List of LocalSecondaryIndexes is empty");
        }
        if (request.has("GlobalSecondaryIndexes") && global.isEmpty()) {
            throw Keys.invalid("List of GlobalSecondaryIndexes is empty");
        }
        if (local.isEmpty() && global.isEmpty() && attributes.size() != (table.isComposite() ? 2 : 1)) {
            throw Keys.invalid("Number of attributes in KeySchema does not exactly match number of attributes defined"
                    + " in AttributeDefinitions");
        }
        if (!local.isEmpty() && !table.isComposite()) {
            throw Keys.invalid("Table KeySchema does not have a range key, which is required when specifying a"
                    + " LocalSecondaryIndex");
        }
        List<Definition> definitions = new ArrayList<>();
        local.forEach(each -> definitions.add(local(each, table)));
        global.forEach(each -> definitions.add(global(each, onDemand)));
        requireDistinct(definitions);
        if (local.size() > LOCAL_MOST) {
            throw Keys.invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
        }
        if (global.size() > GLOBAL_MOST) {
            throw Keys.invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20");
        }
        requireFewNonKeys(definitions.stream().map(Definition::projection));
        requireAllUsed(table, definitions);
        return definitions;
    }

    private static void requireDistinct(List<Definition> definitions) {
        Set<String> names = new LinkedHashSet<>();
        for (Definition definition : definitions) {
            if (!names.add(definition.name())) {
                throw Keys.invalid("Duplicate index name: " + definition.name());
            }
        }
    }

    private static void requireFewNonKeys(Stream<IndexProjection> projections) {
        int count = projections
                .mapToInt(projection -> projection.nonKeyAttributes().size())
                .sum();
        if (count > NON_KEY_MOST) {
            throw Keys.invalid("Total number of NonKeyAttributes over all indexes exceeds the limit of " + NON_KEY_MOST
                    + ": " + count);
        }
    }

    private void requireAllUsed(KeySchema table, List<Definition> definitions) {
        Set<String> used = new LinkedHashSet<>();
        Keys.attributes(table).forEach(key -> used.add(key.name()));
        for (Definition definition : definitions) {
            definition.partition().forEach(key -> used.add(key.name()));
            definition.sort().forEach(key -> used.add(key.name()));
        }
        if (!used.containsAll(attributes.keySet())) {
            throw Keys.invalid("Some AttributeDefinitions are not used. AttributeDefinitions: " + attributes.keySet()
                    + ", keys used: " + used);
        }
    }

    private Definition local(RequestReader request, KeySchema table) {
        String name = request.requiredText("IndexName");
        List<RequestReader> elements = request.objects("KeySchema");
        List<String> names = names(elements);
        requireDefined(names);
        KeyHalves halves = halves(elements, names, false);
        if (halves.sort().isEmpty()) {
            throw Keys.invalid("Index KeySchema does not have a range key for index: " + name);
        }
        String hash = halves.partition().get(0).name();
        if (!hash.equals(table.partition().name())) {
            throw Keys.invalid("Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                    + name + ". index hash key: " + hash + ", table hash key: "
                    + table.partition().name());
        }
        return new Definition(
                name,
                IndexDescriptor.Kind.LOCAL,
                halves.partition(),
                halves.sort(),
                projection(request.requiredObject("Projection")),
                0,
                0);
    }

    /**
     * An index that a table is to have too.
     *
     * @param table with its new settings
     */
    Definition added(RequestReader request, TableDescriptor table, boolean onDemand) {
        String name = request.requiredText("IndexName");
        if (attributes.isEmpty()) {
            throw Keys.invalid("AttributeDefinitions is not specified for index: " + name);
        }
        if (!onDemand && !request.has("ProvisionedThroughput")) {
            throw Keys.invalid("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " + name);
        }
        Definition definition = global(request, onDemand);
        requireSameTypes(definition, table);
        requireFewNonKeys(Stream.concat(
                table.indexes().stream().map(IndexDescriptor::projection), Stream.of(definition.projection())));
        return definition;
    }

    /** An attribute has one type in all keys of a table: two would leave none that a value could have. */
    private static void requireSameTypes(Definition definition, TableDescriptor table) {
        KeyHalves added = new KeyHalves(definition.partition(), definition.sort());
        List<KeyHalves> existing = new ArrayList<>();
        KeyAttribute sort = table.schema().sort();
        existing.add(new KeyHalves(List.of(table.schema().partition()), sort == null ? List.of() : List.of(sort)));
        table.indexes().forEach(index -> existing.add(new KeyHalves(index.partition(), index.sort())));
        for (KeyHalves schema : existing) {
            if (schema.contradicts(added)) {
                throw Keys.invalid("Attributes cannot be redefined. Please check that your attribute has the same type"
                        + " as previously defined. Existing schema: " + schema + " New schema: " + added);
            }
        }
    }

    /** @param onDemand whether the table is: then the index has no throughput of its own */
    private Definition global(RequestReader request, boolean onDemand) {
        String name = request.requiredText("IndexName");
        List<RequestReader> elements = request.objects("KeySchema");
        List<String> names = names(elements);
        requireDefined(names);
        KeyHalves halves = halves(elements, names, true);
        IndexProjection projection = projection(request.requiredObject("Projection"));
        RequestReader throughput = request.object("ProvisionedThroughput");
        if (onDemand && throughput != null) {
            throw Keys.invalid("ProvisionedThroughput should not be specified for index: " + name
                    + " when BillingMode is PAY_PER_REQUEST");
        }
        if (!onDemand && throughput == null) {
            throw Keys.invalid("ProvisionedThroughput is not specified for index: " + name);
        }
        long read = throughput == null ? 0 : Settings.units(throughput, "ReadCapacityUnits");
        long write = throughput == null ? 0 : Settings.units(throughput, "WriteCapacityUnits");
        ThroughputRequests.checkOfNewIndex(request, name, onDemand ? null : new Throughput(read, write));
        return new Definition(
                name, IndexDescriptor.Kind.GLOBAL, halves.partition(), halves.sort(), projection, read, write);
    }

    private static List<String> names(List<RequestReader> elements) {
        return elements.stream()
                .map(element -> element.requiredText("AttributeName"))
                .toList();
    }

    private void requireDefined(List<String> names) {
        if (!attributes.keySet().containsAll(names)) {
            throw Keys.invalid("Some index key attributes are not defined in AttributeDefinitions. Keys: " + names
                    + ", AttributeDefinitions: " + attributes.keySet());
        }
    }

    private record KeyHalves(List<KeyAttribute> partition, List<KeyAttribute> sort) {
        boolean contradicts(KeyHalves other) {
            return attributes()
                    .anyMatch(mine -> other.attributes()
                            .anyMatch(theirs -> mine.name().equals(theirs.name()) && mine.type() != theirs.type()));
        }

        private Stream<KeyAttribute> attributes() {
            return Stream.concat(partition.stream(), sort.stream());
        }

        /** As the service's errors show it. */
        @Override
        public String toString() {
            return Stream.concat(
                            partition.stream().map(key -> element(key, "HASH")),
                            sort.stream().map(key -> element(key, "RANGE")))
                    .collect(Collectors.joining(", ", "Schema:[", "]"));
        }

        private static String element(KeyAttribute key, String keyType) {
            return "SchemaElement: key{" + key.name() + ":" + key.type() + ":" + keyType + "}";
        }
    }

    /** @param several whether either half may have more than one attribute */
    private KeyHalves halves(List<RequestReader> elements, List<String> names, boolean several) {
        if (new LinkedHashSet<>(names).size() < names.size()) {
            throw ApiException.validation(
                    names.size() > 2
                            ? "The KeySchema contains multiple key attributes with the same name"
                            : "Both the Hash Key and the Range Key element in the KeySchema have the same name");
        }
        List<KeyAttribute> partition = new ArrayList<>();
        List<KeyAttribute> sort = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            boolean hash = elements.get(i).requiredText("KeyType").equals("HASH");
            if (i == 0 && !hash) {
                throw ApiException.validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
            }
            if (several && hash && !sort.isEmpty()) {
                throw Keys.invalid("All HASH key attributes must precede RANGE key attributes in the KeySchema");
            }
            if (i > 0 && hash && !several) {
                throw ApiException.validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
            }
            (hash ? partition : sort)
                    .add(new KeyAttribute(names.get(i), Objects.requireNonNull(attributes.get(names.get(i)))));
        }
        int most = several ? IndexDescriptor.MAX_KEY_PARTS : 1;
        if (partition.size() > most || sort.size() > most) {
            throw Keys.invalid("The KeySchema exceeds the maximum allowed number of "
                    + (partition.size() > most ? "HASH" : "RANGE") + " key attributes");
        }
        return new KeyHalves(partition, sort);
    }

    private static IndexProjection projection(RequestReader request) {
        String type = request.text("ProjectionType");
        if (type == null) {
            throw Keys.invalid("Unknown ProjectionType: null");
        }
        @Nullable List<String> others = request.textList("NonKeyAttributes");
        if (type.equals("INCLUDE")) {
            if (others == null) {
                throw Keys.invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
            }
            requireDistinctNonKeys(others);
            return new IndexProjection(IndexProjection.Type.INCLUDE, others);
        }
        if (others != null) {
            throw Keys.invalid("ProjectionType is " + type + ", but NonKeyAttributes is specified");
        }
        return new IndexProjection(IndexProjection.Type.valueOf(type), List.of());
    }

    /** Attributes of keys may be among them, as the service has it. */
    private static void requireDistinctNonKeys(List<String> attributes) {
        Set<String> names = new LinkedHashSet<>();
        for (String attribute : attributes) {
            if (!names.add(attribute)) {
                throw Keys.invalid("Duplicate element in NonKeyAttributes: " + attribute);
            }
        }
    }
}
