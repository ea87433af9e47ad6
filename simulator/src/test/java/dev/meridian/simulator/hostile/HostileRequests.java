package dev.meridian.simulator.hostile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.node.api.shape.Shape;
import dev.meridian.node.api.shape.Shapes;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Requests in the shapes of the service's model, mostly about tables that are there, of which a part is spoiled. */
final class HostileRequests {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** One member of these is set, and no more. */
    private static final Set<String> UNIONS = Set.of(
            "TransactWriteItem",
            "WriteRequest",
            "GlobalSecondaryIndexUpdate",
            "ReplicationGroupUpdate",
            "ReplicaUpdate");

    private static final Set<String> LEGACY = Set.of(
            "AttributesToGet",
            "Expected",
            "AttributeUpdates",
            "KeyConditions",
            "QueryFilter",
            "ScanFilter",
            "ConditionalOperator");

    /** What Meridian always refuses. */
    private static final Set<String> REFUSED = Set.of(
            "VectorIndexes",
            "VectorIndexUpdates",
            "GlobalTableSourceArn",
            "GlobalTableSettingsReplicationMode",
            "GlobalTableWitnessUpdates",
            "MultiRegionConsistency");

    private static final List<String> POLICIES = List.of(
            "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\","
                    + "\"Resource\":\"*\"}]}");

    private final RandomGenerator random;
    private final HostileValues values;
    private final Expressions expressions;
    private final Statements statements;
    private final SeenValues seen;
    private final List<String> regions;
    private TableShape table = TableShape.ALL.get(0);

    /** @param regions that there are */
    HostileRequests(RandomGenerator random, SeenValues seen, List<String> regions) {
        this.random = random;
        this.seen = seen;
        this.regions = regions;
        values = new HostileValues(random);
        expressions = new Expressions(random, values);
        statements = new Statements(random, values);
    }

    /** One request of an operation. */
    ObjectNode of(Shapes shapes, String operation) {
        table = values.any(TableShape.ALL);
        ObjectNode request =
                switch (operation) {
                    case "CreateTable" -> values.oneIn(3) ? structure(shapes.request(operation)) : creation(table);
                    case "CreateGlobalTable" -> globalTable();
                    default -> structure(shapes.request(operation));
                };
        if (operation.equals("Query") && !request.has("KeyConditions") && !request.has("KeyConditionExpression")) {
            addKeyCondition(request);
        }
        if (operation.equals("GetShardIterator") && random.nextBoolean()) {
            nameShard(request);
        } else if (operation.endsWith("KinesisStreamingDestination") && random.nextBoolean()) {
            nameDestination(request);
        }
        if (values.oneIn(3)) {
            values.spoil(request);
        }
        return request;
    }

    /** A table as it should be. */
    static ObjectNode creation(TableShape table) {
        ObjectNode request = JSON.objectNode().put("TableName", table.name()).put("BillingMode", "PAY_PER_REQUEST");
        ArrayNode attributes = request.putArray("AttributeDefinitions");
        Set<String> defined = new TreeSet<>();
        ArrayNode globals = JSON.arrayNode();
        ArrayNode locals = JSON.arrayNode();
        define(table.keys(), defined, attributes);
        request.set("KeySchema", keySchema(table.keys()));
        for (TableShape.Index index : table.indexes()) {
            define(index.keys(), defined, attributes);
            ObjectNode made = (index.local() ? locals : globals).addObject().put("IndexName", index.name());
            made.set("KeySchema", keySchema(index.keys()));
            made.putObject("Projection").put("ProjectionType", index.local() ? "KEYS_ONLY" : "ALL");
        }
        if (!globals.isEmpty()) {
            request.set("GlobalSecondaryIndexes", globals);
        }
        if (!locals.isEmpty()) {
            request.set("LocalSecondaryIndexes", locals);
        }
        request.putObject("StreamSpecification").put("StreamEnabled", true).put("StreamViewType", "NEW_AND_OLD_IMAGES");
        return request;
    }

    private ObjectNode globalTable() {
        ObjectNode request = JSON.objectNode().put("GlobalTableName", table.name());
        ArrayNode group = request.putArray("ReplicationGroup");
        regions.forEach(region -> group.addObject().put("RegionName", region));
        return request;
    }

    private static void define(List<TableShape.Key> keys, Set<String> defined, ArrayNode attributes) {
        for (TableShape.Key key : keys) {
            if (defined.add(key.name())) {
                attributes.addObject().put("AttributeName", key.name()).put("AttributeType", key.type());
            }
        }
    }

    private static ArrayNode keySchema(List<TableShape.Key> keys) {
        ArrayNode schema = JSON.arrayNode();
        for (TableShape.Key key : keys) {
            schema.addObject().put("AttributeName", key.name()).put("KeyType", key == keys.get(0) ? "HASH" : "RANGE");
        }
        return schema;
    }

    private void addKeyCondition(ObjectNode request) {
        if (request.has("ExpressionAttributeValues") || request.has("ExpressionAttributeNames")) {
            request.remove(List.of("ExpressionAttributeValues", "ExpressionAttributeNames"));
            request.remove(List.of("FilterExpression", "ProjectionExpression"));
        }
        Placeholders placeholders = new Placeholders();
        request.put("KeyConditionExpression", expressions.keyCondition(placeholders, readBy(request)));
        placeholders.addTo(request);
    }

    /** A shard of a stream that has it. */
    private void nameShard(ObjectNode request) {
        JsonNode stream = seen.any(SeenValues.STREAM, random);
        if (stream != null && !stream.path("Shards").isEmpty()) {
            int shard = random.nextInt(stream.path("Shards").size());
            request.remove("SequenceNumber");
            request.put("StreamArn", stream.path("StreamArn").asText())
                    .put(
                            "ShardId",
                            stream.path("Shards").path(shard).path("ShardId").asText())
                    .put("ShardIteratorType", "TRIM_HORIZON");
        }
    }

    private void nameDestination(ObjectNode request) {
        JsonNode destinations = seen.any(SeenValues.DESTINATIONS, random);
        if (destinations != null && request.has("StreamArn")) {
            String arn = destinations.path(0).path("StreamArn").asText();
            TableShape.ALL.stream()
                    .filter(each -> arn.contains("." + each.name() + "."))
                    .forEach(each -> request.put("TableName", each.name()));
            request.put("StreamArn", arn);
        }
    }

    /** The keys of the index that is read, or of the table. */
    private List<TableShape.Key> readBy(ObjectNode request) {
        return table.indexes().stream()
                .filter(index -> index.name().equals(request.path("IndexName").asText()))
                .findFirst()
                .map(TableShape.Index::keys)
                .orElse(table.keys());
    }

    private ObjectNode structure(Shape.Structure shape) {
        ObjectNode object = JSON.objectNode();
        if (UNIONS.contains(shape.name()) && !values.oneIn(40)) {
            Shape.Member one = values.any(shape.members());
            object.set(one.name(), of(one.shape(), one.name(), Placeholders::new));
            return object;
        }
        boolean isLegacy = values.oneIn(6);
        Placeholders placeholders = new Placeholders();
        for (Shape.Member member : shape.members()) {
            String name = member.name();
            if (name.startsWith("ExpressionAttribute") || name.equals("Parameters")) {
                continue;
            }
            boolean isOptional = !member.required();
            boolean isOfOtherForm = isOptional
                    && LEGACY.contains(name) != isLegacy
                    && (LEGACY.contains(name) || name.endsWith("Expression"));
            int oneIn = REFUSED.contains(name) ? 60 : isOfOtherForm ? 50 : isOptional ? 4 : 1;
            if (!values.oneIn(oneIn) || (oneIn == 1 && values.oneIn(60))) {
                continue;
            }
            if (name.equals("Statement")) {
                statements.addTo(object, table, values.oneIn(3));
            } else {
                object.set(name, of(member.shape(), name, () -> placeholders));
            }
        }
        placeholders.addTo(object);
        return object;
    }

    /** Where placeholders of an expression belong. */
    private interface Scope {
        Placeholders placeholders();
    }

    private JsonNode of(Shape shape, String member, Scope scope) {
        if (shape instanceof Shape.Structure structure) {
            return structure(structure);
        } else if (shape instanceof Shape.ListOf list) {
            return list(list, member, scope);
        } else if (shape instanceof Shape.MapOf map) {
            return map(map, member);
        } else if (shape instanceof Shape.Table) {
            return JSON.textNode(
                    values.oneIn(10)
                            ? "arn:aws:dynamodb:" + values.any(regions) + ":000000000000:table/" + table.name()
                            : table.name());
        } else if (shape instanceof Shape.Enumerated enumerated) {
            return JSON.textNode(values.any(enumerated.values()));
        } else if (shape instanceof Shape.Number) {
            return JSON.numberNode(random.nextInt(1, values.oneIn(3) ? 1_000 : 6));
        } else if (shape instanceof Shape.Flag) {
            return JSON.booleanNode(random.nextBoolean());
        } else if (shape instanceof Shape.Timestamp) {
            return JSON.numberNode(1_767_225_600 + random.nextInt(100));
        } else if (shape instanceof Shape.Blob) {
            return JSON.textNode(values.base64());
        } else if (shape instanceof Shape.Value) {
            return values.value(3);
        }
        return text(member, scope);
    }

    private ArrayNode list(Shape.ListOf list, String member, Scope scope) {
        ArrayNode elements = JSON.arrayNode();
        boolean isOfMany = Set.of("TransactItems", "TransactStatements", "Statements", "Keys")
                .contains(member);
        for (int i = isOfMany ? random.nextInt(1, 5) : values.oneIn(4) ? 2 : 1; i > 0; i--) {
            elements.add(of(list.element(), member, scope));
        }
        return elements;
    }

    private ObjectNode map(Shape.MapOf map, String member) {
        if (member.equals("ExclusiveStartKey") && random.nextBoolean()) {
            JsonNode told = seen.any(member, random);
            if (told instanceof ObjectNode key) {
                return key.deepCopy();
            }
        }
        ObjectNode object = JSON.objectNode();
        switch (map.name()) {
            case "Key" -> table.keys().forEach(key -> object.set(key.name(), values.scalar(key.type())));
            case "PutItemInputAttributeMap" -> {
                for (int i = random.nextInt(4); i > 0; i--) {
                    object.set(values.any(Expressions.NAMES), values.value(3));
                }
                table.keys().forEach(key -> object.set(key.name(), values.scalar(key.type())));
            }
            case "BatchGetRequestMap", "BatchWriteItemRequestMap" -> {
                for (int i = random.nextInt(1, 3); i > 0; i--) {
                    object.set(table.name(), of(map.value(), member, Placeholders::new));
                    table = values.any(TableShape.ALL);
                }
            }
            case "KeyConditions" -> table.keys().forEach(key -> object.set(key.name(), legacyCondition(key)));
            default -> {
                for (int i = random.nextInt(1, 3); i > 0; i--) {
                    object.set(values.any(Expressions.NAMES), of(map.value(), member, Placeholders::new));
                }
            }
        }
        return object;
    }

    private ObjectNode legacyCondition(TableShape.Key key) {
        ObjectNode condition = JSON.objectNode().put("ComparisonOperator", "EQ");
        condition.putArray("AttributeValueList").add(values.scalar(key.type()));
        return condition;
    }

    private JsonNode text(String member, Scope scope) {
        JsonNode told = values.oneIn(10) ? null : seen.any(member, random);
        return told != null ? told.deepCopy() : JSON.textNode(words(member, scope));
    }

    private String words(String member, Scope scope) {
        return switch (member) {
            case "ConditionExpression", "FilterExpression" -> expressions.condition(scope.placeholders());
            case "UpdateExpression" -> expressions.update(scope.placeholders());
            case "ProjectionExpression" -> expressions.projection(scope.placeholders());
            case "KeyConditionExpression" -> expressions.keyCondition(scope.placeholders(), table.keys());
            case "GlobalTableName", "TableName", "ExclusiveStartTableName", "ExclusiveStartGlobalTableName" ->
                table.name();
            case "IndexName" -> indexName();
            case "RegionName" -> values.oneIn(8) ? "nowhere" : values.any(regions);
            case "AttributeName", "AttributesToGet", "NonKeyAttributes" -> values.any(Expressions.NAMES);
            case "ResourceArn" -> "arn:aws:dynamodb:" + values.any(regions) + ":000000000000:table/" + table.name();
            case "StreamArn", "ExclusiveStartStreamArn" ->
                "arn:aws:kinesis:" + values.any(regions) + ":000000000000:stream/meridian." + values.any(regions) + "."
                        + table.name() + ".stream";
            case "Policy", "ResourcePolicy" -> values.any(POLICIES);
            case "Key", "TagKeys" -> values.any(List.of("k", "team", "meridian:stream.retention", "meridian:x"));
            case "Value" -> values.any(List.of("v", "", "1h", "-1"));
            case "ClientRequestToken" -> values.any(List.of("one", "two", "three", values.hostileText()));
            default -> values.oneIn(3) ? values.hostileText() : values.text();
        };
    }

    private String indexName() {
        return table.indexes().isEmpty() || values.oneIn(3)
                ? values.any(List.of("extra", "by-a", "by-n"))
                : values.any(table.indexes()).name();
    }
}
