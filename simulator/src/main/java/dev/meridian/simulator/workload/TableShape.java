package dev.meridian.simulator.workload;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.ScalarType;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table that a workload needs.
 *
 * @param index a local secondary index of all attributes, under this name, sorted by {@code indexSort}; null for none
 */
public record TableShape(
        String name,
        KeySchema schema,
        @Nullable String index,
        @Nullable KeyAttribute indexSort) {
    /** A table with a partition key {@code pk} of text alone. */
    static TableShape plain(String name) {
        return new TableShape(name, new KeySchema(new KeyAttribute("pk", ScalarType.S), null), null, null);
    }

    /** The body of a CreateTable that makes it, on demand. */
    public byte[] createTable() {
        return ItemRequest.Json.object(out -> {
            out.writeStringField("TableName", name);
            out.writeStringField("BillingMode", "PAY_PER_REQUEST");
            writeKeySchema(schema.sort(), out);
            writeDefinitions(out);
            if (index != null) {
                out.writeArrayFieldStart("LocalSecondaryIndexes");
                out.writeStartObject();
                out.writeStringField("IndexName", index);
                writeKeySchema(indexSort, out);
                out.writeObjectFieldStart("Projection");
                out.writeStringField("ProjectionType", "ALL");
                out.writeEndObject();
                out.writeEndObject();
                out.writeEndArray();
            }
        });
    }

    private void writeKeySchema(@Nullable KeyAttribute sort, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("KeySchema");
        writeKey(schema.partition().name(), "HASH", out);
        if (sort != null) {
            writeKey(sort.name(), "RANGE", out);
        }
        out.writeEndArray();
    }

    private static void writeKey(String name, String type, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("AttributeName", name);
        out.writeStringField("KeyType", type);
        out.writeEndObject();
    }

    private void writeDefinitions(JsonGenerator out) throws IOException {
        Set<KeyAttribute> attributes = new LinkedHashSet<>();
        attributes.add(schema.partition());
        KeyAttribute sort = schema.sort();
        if (sort != null) {
            attributes.add(sort);
        }
        if (indexSort != null) {
            attributes.add(indexSort);
        }
        out.writeArrayFieldStart("AttributeDefinitions");
        for (KeyAttribute attribute : attributes) {
            out.writeStartObject();
            out.writeStringField("AttributeName", attribute.name());
            out.writeStringField("AttributeType", attribute.type().name());
            out.writeEndObject();
        }
        out.writeEndArray();
    }
}
