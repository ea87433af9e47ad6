package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.dynamodbv2.streamsadapter.AmazonDynamoDBStreamsAdapterClient;
import com.amazonaws.services.dynamodbv2.streamsadapter.StreamsSchedulerFactory;
import com.amazonaws.services.dynamodbv2.streamsadapter.model.DynamoDBStreamsProcessRecordsInput;
import com.amazonaws.services.dynamodbv2.streamsadapter.polling.DynamoDBStreamsPollingConfig;
import com.amazonaws.services.dynamodbv2.streamsadapter.processor.DynamoDBStreamsShardRecordProcessor;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.StreamViewType;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.exceptions.InvalidStateException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.MetricsFactory;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.StreamTracker;
import software.amazon.kinesis.retrieval.RetrievalConfig;

/** AWS's Kinesis Client Library reads a stream through AWS's adapter, and keeps its leases in Meridian too. */
class KinesisAdapterTest {
    private static final int ITEMS = 10;
    private static final int ROUNDS = 10;

    @Test
    void theKinesisClientLibraryConsumesAStream(@TempDir Path folder) throws Exception {
        try (OneRegion region = new OneRegion(folder)) {
            region.createTable(
                    "consumed",
                    table -> table.streamSpecification(
                            stream -> stream.streamEnabled(true).streamViewType(StreamViewType.NEW_AND_OLD_IMAGES)),
                    1,
                    "pk S");
            String arn = region.client()
                    .describeTable(request -> request.tableName("consumed"))
                    .table()
                    .latestStreamArn();
            write(region, 0);
            Consumed consumed = new Consumed();
            Scheduler scheduler = scheduler(region, arn, consumed);
            Thread worker = new Thread(scheduler, "kinesis-client");
            worker.start();
            try {
                Cluster.await("what was there is consumed", () -> consumed.records.size() >= ITEMS * ROUNDS);
                write(region, ROUNDS);
                Cluster.await("what came later is consumed", () -> consumed.records.size() >= 2 * ITEMS * ROUNDS);
                region.client()
                        .updateTable(request -> request.tableName("consumed")
                                .streamSpecification(stream -> stream.streamEnabled(false)));
                Cluster.await("both shards end", () -> consumed.ended.size() == 2);
            } finally {
                scheduler.startGracefulShutdown().get(30, TimeUnit.SECONDS);
                worker.join(30_000);
            }
            assertEachChangeOnceInOrder(consumed.records);
        }
    }

    private static void write(OneRegion region, int from) {
        for (int round = from; round < from + ROUNDS; round++) {
            for (int item = 0; item < ITEMS; item++) {
                region.put("consumed", "pk", "item-" + item, "round", round);
            }
        }
    }

    private static void assertEachChangeOnceInOrder(Collection<Record> records) {
        Map<String, List<Integer>> roundsByItem = new LinkedHashMap<>();
        for (Record record : records) {
            roundsByItem
                    .computeIfAbsent(record.dynamodb().keys().get("pk").s(), unused -> new ArrayList<>())
                    .add(Integer.valueOf(
                            record.dynamodb().newImage().get("round").n()));
        }
        List<Integer> rounds =
                java.util.stream.IntStream.range(0, 2 * ROUNDS).boxed().toList();
        assertThat(roundsByItem)
                .hasSize(ITEMS)
                .allSatisfy((item, seen) -> assertThat(seen).isEqualTo(rounds));
    }

    private static Scheduler scheduler(OneRegion region, String arn, Consumed consumed) {
        StaticCredentialsProvider anybody =
                StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "thing"));
        DynamoDbStreamsClient streams = Cluster.streamsClient(region.port(), OneRegion.REGION);
        AmazonDynamoDBStreamsAdapterClient adapter =
                new AmazonDynamoDBStreamsAdapterClient(streams, Region.of(OneRegion.REGION));
        // Asked for by the library, and never called: its metrics are off.
        CloudWatchAsyncClient noMetrics = CloudWatchAsyncClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:1"))
                .region(Region.of(OneRegion.REGION))
                .credentialsProvider(anybody)
                .build();
        MetricsFactory noFactory = new NullMetricsFactory();
        StreamTracker tracker = StreamsSchedulerFactory.createSingleStreamTracker(
                arn, InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
        ConfigsBuilder configs = new ConfigsBuilder(
                tracker, "application", adapter, region.asyncClient(), noMetrics, "worker", () -> consumed.processor());
        DynamoDBStreamsPollingConfig polling = new DynamoDBStreamsPollingConfig(adapter);
        polling.idleTimeBetweenReadsInMillis(200);
        RetrievalConfig retrieval = configs.retrievalConfig().retrievalSpecificConfig(polling);
        return StreamsSchedulerFactory.createScheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig()
                        .parentShardPollIntervalMillis(500)
                        .shardConsumerDispatchPollIntervalMillis(100),
                configs.leaseManagementConfig()
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .failoverTimeMillis(2_000)
                        .shardSyncIntervalMillis(1_000),
                configs.lifecycleConfig(),
                configs.metricsConfig().metricsFactory(noFactory),
                configs.processorConfig(),
                retrieval,
                adapter);
    }

    /** What processors were given. */
    private static final class Consumed {
        final Collection<Record> records = new ConcurrentLinkedQueue<>();
        final Set<String> ended = ConcurrentHashMap.newKeySet();

        DynamoDBStreamsShardRecordProcessor processor() {
            return new Processor(this);
        }
    }

    private static final class Processor implements DynamoDBStreamsShardRecordProcessor {
        private final Consumed consumed;
        private String shard = "";

        Processor(Consumed consumed) {
            this.consumed = consumed;
        }

        @Override
        public void initialize(InitializationInput input) {
            shard = input.shardId();
        }

        @Override
        public void processRecords(DynamoDBStreamsProcessRecordsInput input) {
            input.records().forEach(each -> consumed.records.add(each.getRecord()));
            checkpoint(input.checkpointer());
        }

        @Override
        public void leaseLost(LeaseLostInput input) {}

        @Override
        public void shardEnded(ShardEndedInput input) {
            checkpoint(input.checkpointer());
            consumed.ended.add(shard);
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            checkpoint(input.checkpointer());
        }

        private static void checkpoint(RecordProcessorCheckpointer checkpointer) {
            try {
                checkpointer.checkpoint();
            } catch (InvalidStateException | ShutdownException impossible) {
                throw new AssertionError(impossible);
            }
        }
    }
}
