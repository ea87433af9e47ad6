package dev.meridian.node.api;

import dev.meridian.node.store.StreamDestination;
import dev.meridian.node.store.StreamDestination.Precision;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.TopicNames;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the operations on Kinesis streaming destinations have in common. A table has one destination, its stream topic,
 * and the ARN names that: {@code arn:aws:kinesis:<region>:000000000000:stream/<topic>}.
 */
final class StreamDestinations {
    static final String PRECISION = "ApproximateCreationDateTimePrecision";

    private static final String NOT_VALID = "Table is not in a valid state to enable Kinesis Streaming Destination: ";

    private final ApiContext context;

    StreamDestinations(ApiContext context) {
        this.context = context;
    }

    String arn(TableDescriptor table) {
        return Arn.ofKinesisStream(
                context.region(), TopicNames.of(Lane.STREAM, context.region(), table.name(), table.id()));
    }

    /** @return null if there is none */
    static @Nullable Precision precision(@Nullable RequestReader configuration) {
        String text = configuration == null ? null : configuration.text(PRECISION);
        return text == null ? null : Precision.valueOf(text);
    }

    /** In force at once; not until what was committed before is published is a disabled one DISABLED. */
    String status(TableDescriptor table) {
        if (table.destination().publishes()) {
            return "ACTIVE";
        }
        boolean waiting = context.store().changes().pending(Lane.STREAM).stream()
                .anyMatch(partition -> partition.tableId().equals(table.id()));
        return waiting ? "DISABLING" : "DISABLED";
    }

    /** @param edit what becomes of the destination, or an {@link ApiException} */
    CompletionStage<TableDescriptor> change(
            String name, BiFunction<TableDescriptor, SequenceNumber, StreamDestination> edit) {
        return context.store().write(view -> {
            TableDescriptor table = view.catalog().table(name);
            if (table == null) {
                throw ApiException.resourceNotFound("Requested resource not found: Table: " + name + " not found");
            }
            if (table.status() == TableStatus.CREATING || table.status() == TableStatus.DELETING) {
                throw ApiException.inUse(table);
            }
            TableDescriptor changed = table.withDestination(edit.apply(table, view.last()));
            view.putTable(changed);
            return changed;
        });
    }

    static ApiException notValid(String why) {
        return ApiException.validation(NOT_VALID + why);
    }

    Reply reply(TableDescriptor table, String status, String configuration, @Nullable Precision precision) {
        return Reply.later(out -> {
            out.writeStringField("TableName", table.name());
            out.writeStringField("StreamArn", arn(table));
            out.writeStringField("DestinationStatus", status);
            out.writeObjectFieldStart(configuration);
            if (precision != null) {
                out.writeStringField(PRECISION, precision.name());
            }
            out.writeEndObject();
        });
    }
}
