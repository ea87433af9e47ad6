package dev.meridian.node.api;

import dev.meridian.model.KeySchema;
import dev.meridian.node.store.DroppedTable;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.StreamDestination;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableSettings;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.TopicNaming;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** CreateTable. The table is CREATING in the answer, as clients expect, and ACTIVE when the answer is sent. */
final class CreateTable implements Operation {
    private final ApiContext context;

    CreateTable(ApiContext context) {
        this.context = context;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        request.refuse("GlobalTableSourceArn", "GlobalTableSettingsReplicationMode", "VectorIndexes");
        String name = request.tableName("TableName", context.region());
        TableSettings settings = Settings.forNewTable(request, context.clock().millis());
        IndexRequests definitions = new IndexRequests(request);
        KeySchema schema = definitions.tableKey(request);
        List<IndexRequests.Definition> indexes = definitions.indexes(request, schema, settings.isOnDemand());
        StreamChange stream = StreamChange.ofNewTable(request);
        Map<String, String> tags = Tags.read(request);
        TopicTags topics = TopicTags.read(tags);
        String policy = request.text("ResourcePolicy");
        if (policy != null) {
            ResourcePolicies.requireJson(policy);
        }
        return checked(topics)
                .thenCompose(unused -> context.store().write(view -> {
                    if (view.catalog().table(name) != null) {
                        throw ApiException.resourceInUse("Table already exists: " + name);
                    }
                    context.globalTables()
                            .requireRoom(
                                    view.catalog(),
                                    Objects.requireNonNullElse(topics.partitions(), context.partitions()));
                    TableDescriptor table = create(view, name, schema, settings, indexes, topics);
                    stream.apply(view, table, context.clock().millis());
                    Tags.put(view, table.id(), tags);
                    if (request.has("TableClass")) {
                        SettingsHistory.of(view, table).withClass(0).keep(view, table);
                    }
                    if (policy != null) {
                        ResourcePolicies.put(view, table.id(), policy);
                    }
                    return table;
                }))
                .thenCompose(table -> {
                    Reply reply = TableDescription.ofNew(context, table);
                    // Before the answer: who asks whether the table is there would otherwise ask again much later.
                    return context.activate(table).thenApply(unused -> reply);
                });
    }

    private CompletionStage<Boolean> checked(TopicTags topics) {
        Integer factor = topics.replicationFactor();
        if (factor == null) {
            return CompletableFuture.completedFuture(true);
        }
        return context.replicationFactorMost().get().handle((most, away) -> {
            if (most == null) {
                throw new ApiException(
                        ErrorCode.SERVICE_UNAVAILABLE,
                        "The tag " + TopicTags.REPLICATION_FACTOR + " cannot be checked: " + away.getMessage());
            }
            if (factor > most) {
                throw ApiException.validation("The tag " + TopicTags.REPLICATION_FACTOR + " is " + factor
                        + ", and the Kafka of region " + context.region() + " has " + most + " broker(s)");
            }
            return true;
        });
    }

    private TableDescriptor create(
            WriteView view,
            String name,
            KeySchema schema,
            TableSettings settings,
            List<IndexRequests.Definition> indexes,
            TopicTags topics) {
        int number = view.nextTableNumber();
        List<IndexDescriptor> numbered = new ArrayList<>();
        for (IndexRequests.Definition index : indexes) {
            numbered.add(index.numbered(view.nextTableNumber(), IndexStatus.ACTIVE));
        }
        TableDescriptor table = new TableDescriptor(
                number,
                TopicNaming.ofNew(name, DroppedTable.withTopics(view))
                        .mark(context.tableIds().get()),
                name,
                schema,
                TableStatus.CREATING,
                false,
                Objects.requireNonNullElse(topics.partitions(), context.partitions()),
                settings,
                context.clock().millis(),
                numbered,
                StreamDestination.DEFAULT,
                topics.ofNewTable());
        view.putTable(table);
        return table;
    }
}
