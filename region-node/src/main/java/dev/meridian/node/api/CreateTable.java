package dev.meridian.node.api;

import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** CreateTable. The table is CREATING in the answer and ACTIVE a moment later. */
final class CreateTable implements Operation {
    private final ApiContext context;

    CreateTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        request.refuse(
                "LocalSecondaryIndexes",
                "GlobalSecondaryIndexes",
                "Tags",
                "ResourcePolicy",
                "WarmThroughput",
                "OnDemandThroughput",
                "GlobalTableSourceArn",
                "GlobalTableSettingsReplicationMode");
        refuseUnlessOff(request, "StreamSpecification", "StreamEnabled");
        refuseUnlessOff(request, "SSESpecification", "Enabled");
        if (request.choice("TableClass", "STANDARD", "STANDARD_INFREQUENT_ACCESS")
                .endsWith("ACCESS")) {
            request.refuse("TableClass");
        }
        String name = request.tableName("TableName", context.region());
        Map<String, ScalarType> attributes = attributes(request);
        List<RequestReader> keySchema = request.objects("KeySchema");
        if (!request.has("KeySchema")) {
            request.violation("KeySchema", null, "Member must not be null");
        } else if (keySchema.isEmpty()) {
            request.violation("KeySchema", "[]", "Member must have length greater than or equal to 1");
        } else if (keySchema.size() > 2) {
            request.violation("KeySchema", keySchema.size(), "Member must have length less than or equal to 2");
        }
        TableSettings settings = Settings.forNewTable(request);
        KeySchema schema = schema(request, keySchema, attributes);
        return context.store()
                .write(view -> {
                    if (view.catalog().table(name) != null) {
                        throw ApiException.resourceInUse("Table already exists: " + name);
                    }
                    TableDescriptor table = new TableDescriptor(
                            view.nextTableNumber(),
                            context.tableIds().get(),
                            name,
                            schema,
                            TableStatus.CREATING,
                            false,
                            context.partitions(),
                            settings,
                            context.clock().millis(),
                            List.of());
                    view.putTable(table);
                    return table;
                })
                .thenApply(table -> {
                    activateLater(table);
                    return TableDescription.reply(context, "TableDescription", table);
                });
    }

    private void activateLater(TableDescriptor created) {
        context.store().write(view -> {
            TableDescriptor table = view.catalog().table(created.name());
            if (table != null && table.id().equals(created.id()) && table.status() == TableStatus.CREATING) {
                view.putTable(table.withStatus(TableStatus.ACTIVE));
            }
            return true;
        });
    }

    private static void refuseUnlessOff(RequestReader request, String field, String flag) {
        RequestReader specification = request.object(field);
        if (specification != null && specification.flag(flag)) {
            request.refuse(field);
        }
    }

    private static Map<String, ScalarType> attributes(RequestReader request) {
        Map<String, ScalarType> attributes = new LinkedHashMap<>();
        if (!request.has("AttributeDefinitions")) {
            request.violation("AttributeDefinitions", null, "Member must not be null");
        }
        for (RequestReader definition : request.objects("AttributeDefinitions")) {
            String name = definition.requiredText("AttributeName");
            ScalarType type = ScalarType.valueOf(
                    definition.has("AttributeType") ? definition.choice("AttributeType", "S", "N", "B") : "S");
            if (!definition.has("AttributeType")) {
                definition.violation("AttributeType", null, "Member must not be null");
            }
            if (attributes.put(name, type) != null) {
                request.check();
                throw Keys.invalid("Duplicate AttributeName in AttributeDefinitions: " + name);
            }
        }
        return attributes;
    }

    private static KeySchema schema(
            RequestReader request, List<RequestReader> elements, Map<String, ScalarType> attributes) {
        String[] names = new String[elements.size()];
        String[] types = new String[elements.size()];
        for (int i = 0; i < names.length; i++) {
            names[i] = elements.get(i).requiredText("AttributeName");
            types[i] = elements.get(i).choice("KeyType", "HASH", "RANGE");
            if (!elements.get(i).has("KeyType")) {
                elements.get(i).violation("KeyType", null, "Member must not be null");
            }
        }
        request.check();
        if (!types[0].equals("HASH")) {
            throw Keys.invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
        }
        if (names.length == 2 && !types[1].equals("RANGE")) {
            throw Keys.invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        }
        if (names.length == 2 && names[0].equals(names[1])) {
            throw Keys.invalid("Invalid KeySchema: Some index key attribute have no definition");
        }
        for (String name : names) {
            if (!attributes.containsKey(name)) {
                throw Keys.invalid("Some index key attributes are not defined in AttributeDefinitions. Keys: "
                        + java.util.Arrays.toString(names) + ", AttributeDefinitions: " + attributes.keySet());
            }
        }
        if (attributes.size() > names.length) {
            throw Keys.invalid(
                    "Number of attributes in KeySchema does not exactly match number of attributes defined in"
                            + " AttributeDefinitions");
        }
        return new KeySchema(
                attribute(names[0], attributes), names.length == 2 ? attribute(names[1], attributes) : null);
    }

    private static KeyAttribute attribute(String name, Map<String, ScalarType> attributes) {
        return new KeyAttribute(name, java.util.Objects.requireNonNull(attributes.get(name)));
    }
}
