package dev.meridian.node.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Item;
import dev.meridian.node.api.shape.MistypedException;
import dev.meridian.node.api.shape.RequestCheck;
import dev.meridian.node.api.shape.RequestSize;
import dev.meridian.node.api.shape.Shape;
import dev.meridian.node.api.shape.Shapes;
import dev.meridian.node.store.ClockUntrustedException;
import dev.meridian.node.store.StorageFaultException;
import dev.meridian.node.store.StoreClosedException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** All operations of one service, by name. */
public final class Operations {
    /** Why an operation of the service is answered with UnknownOperationException. */
    private static final Map<String, List<String>> ABSENT = Map.of(
            "backups are taken of the store's files, not through the API",
            List.of(
                    "CreateBackup",
                    "DeleteBackup",
                    "DescribeBackup",
                    "ListBackups",
                    "RestoreTableFromBackup",
                    "RestoreTableToPointInTime"),
            "there is no S3 to import from or to export to",
            List.of(
                    "DescribeExport",
                    "DescribeImport",
                    "ExportTableToPointInTime",
                    "ImportTable",
                    "ListExports",
                    "ListImports"),
            "there are no vector indexes",
            List.of("SearchVectors"));

    /** The service's: of all values beside expressions 2 MB. */
    private static final RequestSize.Limits LIMITS =
            new RequestSize.Limits(Item.MAX_SIZE_BYTES, 2L << 20, ValueReader.MAX_NESTING);

    private final Shapes shapes;
    private final Map<String, Operation> byName = new TreeMap<>();

    public Operations(ApiContext context) {
        shapes = Shapes.load(Shapes.DYNAMODB);
        context.activateAll();
        TransactionTokens tokens = new TransactionTokens(context.store(), context.clock());
        byName.put("BatchExecuteStatement", new BatchExecuteStatement(context));
        byName.put("BatchGetItem", new BatchGetItem(context));
        byName.put("BatchWriteItem", new BatchWriteItem(context));
        byName.put("CreateTable", new CreateTable(context));
        byName.put("DeleteItem", new DeleteItem(context));
        byName.put("DeleteTable", new DeleteTable(context));
        byName.put("DescribeEndpoints", new DescribeEndpoints());
        byName.put("DescribeLimits", new DescribeLimits());
        byName.put("DescribeTable", new DescribeTable(context));
        byName.put("ExecuteStatement", new ExecuteStatement(context));
        byName.put("ExecuteTransaction", new ExecuteTransaction(context, tokens));
        byName.put("GetItem", new GetItem(context));
        byName.put("ListTables", new ListTables(context));
        byName.put("PutItem", new PutItem(context));
        byName.put("Query", new Query(context));
        byName.put("Scan", new Scan(context));
        byName.put("TagResource", new TagResource(context));
        byName.put("UntagResource", new UntagResource(context));
        byName.put("ListTagsOfResource", new ListTagsOfResource(context));
        byName.put("PutResourcePolicy", new PutResourcePolicy(context));
        byName.put("GetResourcePolicy", new GetResourcePolicy(context));
        byName.put("DeleteResourcePolicy", new DeleteResourcePolicy(context));
        byName.put("UpdateTimeToLive", new UpdateTimeToLive(context));
        byName.put("DescribeTimeToLive", new DescribeTimeToLive(context));
        byName.put("DescribeContinuousBackups", new DescribeContinuousBackups(context));
        byName.put("UpdateContinuousBackups", new UpdateContinuousBackups(context));
        byName.put("UpdateContributorInsights", new UpdateContributorInsights(context));
        byName.put("DescribeContributorInsights", new DescribeContributorInsights(context));
        byName.put("ListContributorInsights", new ListContributorInsights(context));
        byName.put("EnableKinesisStreamingDestination", new EnableKinesisStreamingDestination(context));
        byName.put("DisableKinesisStreamingDestination", new DisableKinesisStreamingDestination(context));
        byName.put("DescribeKinesisStreamingDestination", new DescribeKinesisStreamingDestination(context));
        byName.put("UpdateKinesisStreamingDestination", new UpdateKinesisStreamingDestination(context));
        byName.put("TransactGetItems", new TransactGetItems(context));
        byName.put("TransactWriteItems", new TransactWriteItems(context, tokens));
        byName.put("UpdateItem", new UpdateItem(context));
        byName.put("CreateGlobalTable", new CreateGlobalTable());
        byName.put("DescribeGlobalTable", new DescribeGlobalTable());
        byName.put("DescribeGlobalTableSettings", new DescribeGlobalTableSettings());
        byName.put("DescribeTableReplicaAutoScaling", new DescribeTableReplicaAutoScaling(context));
        byName.put("ListGlobalTables", new ListGlobalTables());
        byName.put("UpdateGlobalTable", new UpdateGlobalTable());
        byName.put("UpdateGlobalTableSettings", new UpdateGlobalTableSettings());
        byName.put("UpdateTableReplicaAutoScaling", new UpdateTableReplicaAutoScaling(context));
        byName.put("UpdateTable", new UpdateTable(context));
    }

    private Operations(Shapes shapes) {
        this.shapes = shapes;
    }

    /** Those of the DynamoDB Streams API. */
    public static Operations ofStreams(ApiContext context) {
        Operations streams = new Operations(Shapes.load(Shapes.STREAMS));
        streams.byName.put("DescribeStream", new DescribeStream(context));
        streams.byName.put("GetRecords", new GetRecords(context));
        streams.byName.put("GetShardIterator", new GetShardIterator(context));
        streams.byName.put("ListStreams", new ListStreams(context));
        return streams;
    }

    /** The operations of the service that this release does not have, each with the reason. */
    public static SortedMap<String, String> absent() {
        TreeMap<String, String> reasons = new TreeMap<>();
        ABSENT.forEach((reason, operations) -> operations.forEach(operation -> reasons.put(operation, reason)));
        return reasons;
    }

    public boolean contains(String operation) {
        return byName.containsKey(operation);
    }

    /** Whether it may take so long that it belongs on a worker, not on an event loop. */
    public boolean isHeavy(String operation) {
        Operation known = byName.get(operation);
        return known != null && known.isHeavy();
    }

    /** What it may take of the heap for what it reads, until it is answered. */
    public long readBytes(String operation) {
        return known(operation).readBytes();
    }

    /**
     * What a request may take of the heap until it is answered, found before it is parsed. For large bodies: what is beyond
     * the service's limits is refused here, however many other faults it has.
     *
     * @throws ApiException if an item, a value, a nesting or a list is beyond them
     */
    public long heapBytes(String operation, byte[] body) {
        Operation known = known(operation);
        RequestSize.Found found = RequestSize.measure(shapes.request(operation), body, LIMITS);
        RequestSize.Excess excess = found.excess();
        if (excess != null) {
            throw known.layer().before(ApiException.validation(message(excess)));
        }
        return found.heapBytes();
    }

    private static String message(RequestSize.Excess excess) {
        if (excess instanceof RequestSize.Excess.Elements elements) {
            return "1 validation error detected: Value at '" + elements.member()
                    + "' failed to satisfy constraint: Member must have length less than or equal to "
                    + elements.most();
        }
        if (excess instanceof RequestSize.Excess.ValuesSize values) {
            return "One or more parameter values were invalid: Aggregated size of all values has exceeded "
                    + values.bytesMax() + " bytes";
        }
        return excess instanceof RequestSize.Excess.Nesting ? ValueReader.TOO_DEEP : ItemPut.TOO_LARGE;
    }

    /**
     * Executes a request.
     *
     * @return fails with {@link ApiException} for whatever a client is to be told, and with something else for a bug
     */
    public CompletionStage<Reply> execute(String operation, byte[] body) {
        return execute(operation, body, "localhost");
    }

    /** @param calledAs as {@code host:port} what the client calls the server */
    public CompletionStage<Reply> execute(String operation, byte[] body, String calledAs) {
        try {
            Operation known = known(operation);
            return known.execute(checked(operation, known, RequestTree.read(body)), calledAs)
                    .handle((reply, failure) -> {
                        if (failure == null) {
                            return reply;
                        }
                        throw translate(failure);
                    });
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(translate(failure));
        }
    }

    /**
     * Executes a request that is heavy, unless it turns out to be: by no more than so many bytes read.
     *
     * @return null if it is to be executed on a worker; nothing has happened then
     */
    public @Nullable CompletionStage<Reply> executeBriefly(String operation, byte[] body, long readBytesMax) {
        try {
            Operation known = known(operation);
            Reply reply = known.executeBriefly(checked(operation, known, RequestTree.read(body)), readBytesMax);
            return reply == null ? null : CompletableFuture.completedFuture(reply);
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(translate(failure));
        }
    }

    private Operation known(String operation) {
        Operation known = byName.get(operation);
        if (known == null) {
            throw new ApiException(ErrorCode.UNKNOWN_OPERATION, "");
        }
        return known;
    }

    private RequestReader checked(String name, Operation operation, ObjectNode body) {
        Shape.Structure shape = shapes.request(name);
        try {
            RequestCheck.types(shape, body);
        } catch (MistypedException mistyped) {
            throw ApiException.serialization(mistyped.getMessage());
        }
        RequestReader request = new RequestReader(body, operation.layer());
        operation.beforeConstraints(request);
        RequestCheck.Wording wording = operation.layer() == ValueLayer.CURRENT
                ? RequestCheck.Wording.WITHOUT_VALUE
                : RequestCheck.Wording.WITH_VALUE;
        String broken = RequestCheck.violations(shape, body, wording);
        if (broken != null) {
            throw ApiException.violations(broken);
        }
        return request;
    }

    private static RuntimeException translate(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof StorageFaultException refused) {
            return new ApiException(ErrorCode.SERVICE_UNAVAILABLE, refused.sentence());
        }
        if (cause instanceof ClockUntrustedException untrusted) {
            return new ApiException(ErrorCode.SERVICE_UNAVAILABLE, String.valueOf(untrusted.getMessage()));
        }
        if (cause instanceof StoreClosedException) {
            return new ApiException(ErrorCode.SERVICE_UNAVAILABLE, "This region is shutting down");
        }
        return cause instanceof RuntimeException expected ? expected : new CompletionException(cause);
    }
}
