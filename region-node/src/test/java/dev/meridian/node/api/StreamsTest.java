package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import dev.meridian.node.api.OperationsFixture.Answer;
import dev.meridian.node.store.PartitionRange;
import dev.meridian.node.store.StreamDescriptor;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.Cause;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.Lane;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The DynamoDB Streams API over a store, with a clock that the test moves. */
class StreamsTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path folder;

    private OperationsFixture region;
    private long nowMillis = Instant.parse("2026-05-01T10:00:00Z").toEpochMilli();

    @BeforeEach
    void open() throws Exception {
        region = new OperationsFixture(folder, () -> Instant.ofEpochMilli(nowMillis));
    }

    @AfterEach
    void close() {
        region.close();
    }

    private void pass(Duration time) {
        nowMillis += time.toMillis();
        region.sweep();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private JsonNode done(String operation, String request) {
        Answer answer = region.ask(operation, json(request));
        assertThat(answer.error()).as(answer.message()).isEmpty();
        return answer.body();
    }

    private void refused(String operation, String request, String error, String message) {
        Answer answer = region.ask(operation, json(request));
        assertThat(answer.error()).as(answer.message()).isEqualTo(error);
        assertThat(answer.message()).contains(message);
    }

    private static String table(String name, String more) {
        return "{'TableName':'" + name
                + "','BillingMode':'PAY_PER_REQUEST','KeySchema':[{'AttributeName':'pk','KeyType':"
                + "'HASH'}],'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}]" + more + "}";
    }

    private static String enabled(String viewType) {
        return "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'" + viewType + "'}";
    }

    /** @return its stream's ARN */
    private String streamed(String name, String viewType) {
        return create(table(name, "," + enabled(viewType)))
                .at("/TableDescription/LatestStreamArn")
                .textValue();
    }

    /** Comes back when the table is ACTIVE. */
    private JsonNode create(String request) {
        JsonNode created = done("CreateTable", request);
        region.store().write(view -> true).toCompletableFuture().join();
        return created;
    }

    private JsonNode described(String name) {
        return done("DescribeTable", "{'TableName':'" + name + "'}").path("Table");
    }

    private void disable(String name) {
        done("UpdateTable", "{'TableName':'" + name + "','StreamSpecification':{'StreamEnabled':false}}");
    }

    private void put(String name, String key, String value) {
        done("PutItem", "{'TableName':'" + name + "','Item':{'pk':{'S':'" + key + "'},'v':{'S':'" + value + "'}}}");
    }

    private void delete(String name, String key) {
        done("DeleteItem", "{'TableName':'" + name + "','Key':{'pk':{'S':'" + key + "'}}}");
    }

    private List<JsonNode> shards(String arn) {
        List<JsonNode> shards = new ArrayList<>();
        done("DescribeStream", "{'StreamArn':'" + arn + "'}")
                .at("/StreamDescription/Shards")
                .forEach(shards::add);
        return shards;
    }

    private String iterator(String arn, String shard, String more) {
        return done("GetShardIterator", iteratorRequest(arn, shard, more))
                .path("ShardIterator")
                .textValue();
    }

    private static String iteratorRequest(String arn, String shard, String more) {
        return "{'StreamArn':'" + arn + "','ShardId':'" + shard + "','ShardIteratorType':" + more + "}";
    }

    private static String type(String type) {
        return "'" + type + "'";
    }

    private static String type(String type, String sequence) {
        return "'" + type + "','SequenceNumber':'" + sequence + "'";
    }

    private JsonNode get(String iterator) {
        return done("GetRecords", "{'ShardIterator':'" + iterator + "'}");
    }

    /** All records from the trim horizon on, shard by shard. */
    private List<JsonNode> records(String arn) {
        List<JsonNode> records = new ArrayList<>();
        for (JsonNode shard : shards(arn)) {
            String iterator = iterator(arn, id(shard), type("TRIM_HORIZON"));
            while (iterator != null) {
                JsonNode page = get(iterator);
                page.path("Records").forEach(records::add);
                iterator = page.path("Records").isEmpty()
                        ? null
                        : page.path("NextShardIterator").textValue();
            }
        }
        return records;
    }

    private static String id(JsonNode shard) {
        return shard.path("ShardId").textValue();
    }

    private static String sequence(JsonNode record) {
        return record.at("/dynamodb/SequenceNumber").textValue();
    }

    private static List<String> events(List<JsonNode> records) {
        return records.stream()
                .map(record -> record.path("eventName").textValue() + " "
                        + record.at("/dynamodb/Keys/pk/S").textValue())
                .toList();
    }

    private void write(String name, Consumer<Editing> edit) {
        region.store()
                .write(view -> {
                    TableDescriptor table =
                            Objects.requireNonNull(view.catalog().table(name));
                    edit.accept(new Editing(view, table));
                    return true;
                })
                .toCompletableFuture()
                .join();
    }

    private record Editing(WriteView view, TableDescriptor table) {
        ItemKey key(String text) {
            return ItemKey.of(item(text), table.schema());
        }

        static Item item(String text) {
            return Item.of(Map.of("pk", new AttributeValue.S(text)));
        }
    }

    @Test
    void eachWriteThatChangesAnItemIsOneRecord() {
        String arn = streamed("music", "NEW_AND_OLD_IMAGES");
        put("music", "a", "1");
        put("music", "a", "1");
        put("music", "a", "22");
        delete("music", "a");
        delete("music", "a");
        List<JsonNode> records = records(arn);
        assertThat(events(records)).containsExactly("INSERT a", "MODIFY a", "REMOVE a");
        JsonNode modified = records.get(1);
        assertThat(modified.path("eventID").textValue()).matches("[0-9a-f]{32}");
        assertThat(modified.path("eventVersion").textValue()).isEqualTo("1.1");
        assertThat(modified.path("eventSource").textValue()).isEqualTo("aws:dynamodb");
        assertThat(modified.path("awsRegion").textValue()).isEqualTo("here");
        assertThat(modified.has("userIdentity")).isFalse();
        JsonNode change = modified.path("dynamodb");
        assertThat(change.path("ApproximateCreationDateTime").longValue()).isEqualTo(nowMillis / 1000);
        assertThat(change.at("/NewImage/v/S").textValue()).isEqualTo("22");
        assertThat(change.at("/OldImage/v/S").textValue()).isEqualTo("1");
        // pk + a, and with v + 22, and with v + 1.
        assertThat(change.path("SizeBytes").intValue()).isEqualTo(3 + 6 + 5);
        assertThat(change.path("StreamViewType").textValue()).isEqualTo("NEW_AND_OLD_IMAGES");
        assertThat(records.stream().map(StreamsTest::sequence)).isSorted().doesNotHaveDuplicates();
        assertThat(sequence(modified)).matches("\\d{21}");
        assertThat(records(arn)).as("read again").isEqualTo(records);
    }

    @ParameterizedTest
    @CsvSource({"KEYS_ONLY,false,false", "NEW_IMAGE,true,false", "OLD_IMAGE,false,true", "NEW_AND_OLD_IMAGES,true,true"
    })
    void theViewTypeSaysWhichImagesAreShown(String viewType, boolean showsNew, boolean showsOld) {
        String arn = streamed("music", viewType);
        assertThat(described("music").at("/StreamSpecification/StreamViewType").textValue())
                .isEqualTo(viewType);
        put("music", "a", "1");
        put("music", "a", "2");
        delete("music", "a");
        List<JsonNode> records = records(arn);
        assertThat(records).allSatisfy(record -> {
            assertThat(record.at("/dynamodb/Keys/pk/S").textValue()).isEqualTo("a");
            boolean inserted = record.path("eventName").textValue().equals("INSERT");
            boolean removed = record.path("eventName").textValue().equals("REMOVE");
            assertThat(record.path("dynamodb").has("NewImage")).isEqualTo(showsNew && !removed);
            assertThat(record.path("dynamodb").has("OldImage")).isEqualTo(showsOld && !inserted);
        });
        assertThat(records).hasSize(3);
    }

    @Test
    void aDisabledKinesisDestinationIsNothingToTheStream() {
        String arn = streamed("music", "NEW_AND_OLD_IMAGES");
        done(
                "DisableKinesisStreamingDestination",
                "{'TableName':'music','StreamArn':"
                        + "'arn:aws:kinesis:here:000000000000:stream/meridian.here.music.stream'}");
        put("music", "a", "1");
        put("music", "a", "1");
        put("music", "a", "2");
        delete("music", "a");
        assertThat(region.store().changes().pending(Lane.STREAM)).isEmpty();
        List<JsonNode> records = records(arn);
        assertThat(events(records)).containsExactly("INSERT a", "MODIFY a", "REMOVE a");
        assertThat(records.get(1).at("/dynamodb/OldImage/v/S").textValue()).isEqualTo("1");
        region.sweep();
        assertThat(records(arn)).hasSize(3);
    }

    @Test
    void anExpiredItemIsDeletedByTheServiceAndAReplicatedChangeIsARecordToo() {
        String arn = streamed("music", "KEYS_ONLY");
        put("music", "a", "1");
        write("music", edit -> edit.view().delete(edit.table(), edit.key("a"), Cause.TTL));
        Stamp stamp = new Stamp(new Version(new HybridTimestamp(1L << 30), new RegionId("there")), VersionVector.EMPTY);
        Bytes image = Bytes.wrap(ItemCodec.encode(Editing.item("b")));
        write("music", edit -> edit.view().apply(edit.table(), edit.key("b"), image, stamp));
        List<JsonNode> records = records(arn);
        assertThat(events(records)).containsExactly("INSERT a", "REMOVE a", "INSERT b");
        assertThat(records.get(1).at("/userIdentity/Type").textValue()).isEqualTo("Service");
        assertThat(records.get(1).at("/userIdentity/PrincipalId").textValue()).isEqualTo("dynamodb.amazonaws.com");
        assertThat(records.get(2).has("userIdentity")).isFalse();
    }

    @Test
    void whatIsAskedOfAStreamMustBeWhatIsNotYetSo() {
        String invalid = "One or more parameter values were invalid: ";
        String create = table("music", ",'StreamSpecification':{'StreamEnabled':%s}");
        refused(
                "CreateTable",
                create.replace("%s", "true"),
                "ValidationException",
                invalid + "Table is being created with a stream enabled, UpdateViewType is required");
        refused(
                "CreateTable",
                create.replace("%s", "false,'StreamViewType':'KEYS_ONLY'"),
                "ValidationException",
                invalid + "Table is being created with a stream disabled, UpdateViewType should not be specified");
        create(create.replace("%s", "false"));
        assertThat(described("music").has("StreamSpecification")).isFalse();
        assertThat(described("music").has("LatestStreamArn")).isFalse();
        String update = "{'TableName':'music','StreamSpecification':{'StreamEnabled':%s}}";
        refused(
                "UpdateTable",
                update.replace("%s", "false"),
                "ValidationException",
                "Table has no stream to disable: TableName: music");
        refused(
                "UpdateTable",
                update.replace("%s", "true"),
                "ValidationException",
                invalid + "If stream is being enabled then UpdateViewType is required");
        refused(
                "UpdateTable",
                update.replace("%s", "false,'StreamViewType':'KEYS_ONLY'"),
                "ValidationException",
                invalid + "If stream is being disabled, then UpdateViewType must not be specified");
        String enabling = update.replace("%s", "true,'StreamViewType':'KEYS_ONLY'");
        assertThat(done("UpdateTable", enabling)
                        .at("/TableDescription/StreamSpecification/StreamEnabled")
                        .booleanValue())
                .isTrue();
        refused(
                "UpdateTable",
                enabling,
                "ValidationException",
                "Table already has an enabled stream: TableName: music");
        refused(
                "UpdateTable",
                update.replace("%s", "true,'StreamViewType':'ALL'"),
                "ValidationException",
                "at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must satisfy enum value"
                        + " set");
        disable("music");
        assertThat(described("music").has("StreamSpecification")).isFalse();
        assertThat(described("music").path("LatestStreamArn").textValue()).contains(":table/music/stream/2026-05-01T");
    }

    @Test
    void aDisabledStreamIsReadableForADayAndTheNextOneHasItsOwnLabel() {
        String first = streamed("music", "KEYS_ONLY");
        put("music", "before", "1");
        disable("music");
        put("music", "between", "1");
        done("UpdateTable", "{'TableName':'music'," + enabled("NEW_IMAGE") + "}");
        String second = described("music").path("LatestStreamArn").textValue();
        put("music", "after", "1");
        assertThat(second).isNotEqualTo(first);
        assertThat(events(records(first))).containsExactly("INSERT before");
        assertThat(events(records(second))).containsExactly("INSERT after");
        JsonNode old = done("DescribeStream", "{'StreamArn':'" + first + "'}").path("StreamDescription");
        assertThat(old.path("StreamStatus").textValue()).isEqualTo("DISABLED");
        assertThat(old.at("/Shards/0/SequenceNumberRange").has("EndingSequenceNumber"))
                .isTrue();
        String end = iterator(first, id(old.at("/Shards/0")), type("LATEST"));
        assertThat(get(end).has("NextShardIterator")).isFalse();
        assertThat(listed("{}")).containsExactly(first, second);
        pass(Duration.ofHours(23));
        assertThat(events(records(first))).containsExactly("INSERT before");
        pass(HOUR);
        assertThat(listed("{}")).containsExactly(second);
        refused(
                "DescribeStream",
                "{'StreamArn':'" + first + "'}",
                "ResourceNotFoundException",
                "Requested resource not found: Stream: " + first + " not found");
    }

    @Test
    void theStreamOfADeletedTableIsReadableForADay() {
        String arn = streamed("music", "KEYS_ONLY");
        put("music", "a", "1");
        write("music", edit -> edit.view().dropTable(edit.table()));
        create(table("music", ""));
        assertThat(described("music").has("LatestStreamArn")).isFalse();
        pass(HOUR);
        assertThat(events(records(arn))).containsExactly("INSERT a");
        assertThat(done("DescribeStream", "{'StreamArn':'" + arn + "'}")
                        .at("/StreamDescription/StreamStatus")
                        .textValue())
                .isEqualTo("DISABLED");
        pass(Duration.ofHours(23));
        assertThat(listed("{}")).isEmpty();
    }

    private List<String> listed(String request) {
        List<String> arns = new ArrayList<>();
        done("ListStreams", request)
                .path("Streams")
                .forEach(stream -> arns.add(stream.path("StreamArn").textValue()));
        return arns;
    }

    @Test
    void streamsAreListedAPageAtATime() {
        List<String> all =
                List.of(streamed("aaa", "KEYS_ONLY"), streamed("bbb", "KEYS_ONLY"), streamed("ccc", "KEYS_ONLY"));
        assertThat(listed("{}")).isEqualTo(all);
        JsonNode first = done("ListStreams", "{'Limit':2}");
        assertThat(first.path("LastEvaluatedStreamArn").textValue()).isEqualTo(all.get(1));
        assertThat(listed("{'Limit':2,'ExclusiveStartStreamArn':'" + all.get(1) + "'}"))
                .containsExactly(all.get(2));
        assertThat(listed("{'TableName':'bbb'}")).containsExactly(all.get(1));
        assertThat(listed("{'TableName':'none'}")).isEmpty();
        refused("ListStreams", "{'Limit':0}", "ValidationException", "greater than or equal to 1");
        refused("ListStreams", "{'Limit':101}", "ValidationException", "less than or equal to 100");
        refused("ListStreams", "{'TableName':'no'}", "ValidationException", "at 'tableName'");
        refused(
                "ListStreams",
                "{'ExclusiveStartStreamArn':'" + "x".repeat(40) + "'}",
                "ValidationException",
                "Invalid StreamArn: xxx");
        assertThat(listed("{'ExclusiveStartStreamArn':'" + all.get(0).replace("aaa", "aab") + "'}"))
                .as("a stream that is gone may have ended the page before")
                .containsExactly(all.get(1), all.get(2));
    }

    @Test
    void iteratorsBeginWhereTheirTypeSays() {
        String arn = streamed("music", "KEYS_ONLY");
        for (String key : List.of("a", "b", "c")) {
            put("music", key, "1");
        }
        String shard = id(shards(arn).get(0));
        List<JsonNode> all = records(arn);
        String second = sequence(all.get(1));
        assertThat(got(arn, shard, type("TRIM_HORIZON"))).containsExactly("INSERT a", "INSERT b", "INSERT c");
        assertThat(got(arn, shard, type("AT_SEQUENCE_NUMBER", second))).containsExactly("INSERT b", "INSERT c");
        assertThat(got(arn, shard, type("AFTER_SEQUENCE_NUMBER", second))).containsExactly("INSERT c");
        String latest = iterator(arn, shard, type("LATEST"));
        JsonNode nothing = get(latest);
        assertThat(nothing.path("Records").isEmpty()).isTrue();
        put("music", "d", "1");
        assertThat(events(list(get(latest).path("Records")))).containsExactly("INSERT d");
        assertThat(events(
                        list(get(nothing.path("NextShardIterator").textValue()).path("Records"))))
                .containsExactly("INSERT d");
    }

    private List<String> got(String arn, String shard, String type) {
        return events(list(get(iterator(arn, shard, type)).path("Records")));
    }

    private static List<JsonNode> list(JsonNode array) {
        List<JsonNode> elements = new ArrayList<>();
        array.forEach(elements::add);
        return elements;
    }

    @Test
    void whatNamesNothingIsRefused() {
        String arn = streamed("music", "KEYS_ONLY");
        String shard = id(shards(arn).get(0));
        refused("DescribeStream", "{'StreamArn':'short'}", "ValidationException", "length greater than or equal to 37");
        refused("DescribeStream", "{}", "ValidationException", "Value null at 'streamArn'");
        refused(
                "DescribeStream",
                "{'StreamArn':'arn:aws:dynamodb:here:000000000000:table/music'}",
                "ValidationException",
                "Invalid StreamArn");
        refused(
                "DescribeStream",
                "{'StreamArn':'" + arn.replace(":here:", ":there:") + "'}",
                "ResourceNotFoundException",
                "Requested resource not found: Stream: arn:");
        refused(
                "GetShardIterator",
                iteratorRequest(arn, "shardId-00000000000000000000-00000000", type("LATEST")),
                "ResourceNotFoundException",
                "Shard");
        refused(
                "GetShardIterator",
                iteratorRequest(arn, shard, type("FIRST")),
                "ValidationException",
                "enum value set");
        refused(
                "GetShardIterator",
                iteratorRequest(arn, shard, type("AT_SEQUENCE_NUMBER")),
                "ValidationException",
                "SequenceNumber is required");
        // Nobody has recorded the service's words for a number too many: those are of the service that it is built
        // like.
        for (String type : List.of("LATEST", "TRIM_HORIZON")) {
            refused(
                    "GetShardIterator",
                    iteratorRequest(arn, shard, type(type, "1" + "0".repeat(20))),
                    "ValidationException",
                    "(2) TRIM_HORIZON or LATEST and no SequenceNumber. Request specified " + type
                            + " and also a SequenceNumber.");
        }
        refused(
                "DescribeStream",
                "{'StreamArn':'" + arn + "','ExclusiveStartShardId':'" + "z".repeat(30) + "'}",
                "ResourceNotFoundException",
                "Requested resource not found: Shard: zzz");
        refused(
                "GetShardIterator",
                iteratorRequest(arn, shard, type("AT_SEQUENCE_NUMBER", "x".repeat(21))),
                "ValidationException",
                "Invalid SequenceNumber");
        refused(
                "GetShardIterator",
                iteratorRequest(arn, shard, type("AFTER_SEQUENCE_NUMBER", "1" + "0".repeat(14) + "999999")),
                "ValidationException",
                "is not in shard");
        refused("GetRecords", "{'ShardIterator':'none'}", "ValidationException", "Invalid ShardIterator");
        String iterator = iterator(arn, shard, type("TRIM_HORIZON"));
        refused(
                "GetRecords",
                "{'ShardIterator':'" + iterator.replace("music", "other") + "'}",
                "ValidationException",
                "Invalid ShardIterator");
        refused(
                "GetRecords",
                "{'ShardIterator':'" + iterator + "','Limit':1001}",
                "ValidationException",
                "less than or equal to 1000");
        refused(
                "DescribeStream",
                "{'StreamArn':'" + arn + "','ShardFilter':{'Type':'CHILD_SHARDS'}}",
                "ValidationException",
                "ShardFilter");
    }

    @Test
    void anIteratorIsGoodForAQuarterOfAnHour() {
        String arn = streamed("music", "KEYS_ONLY");
        String iterator = iterator(arn, id(shards(arn).get(0)), type("TRIM_HORIZON"));
        pass(Duration.ofMinutes(15));
        String next = get(iterator).path("NextShardIterator").textValue();
        pass(Duration.ofMillis(1));
        refused("GetRecords", "{'ShardIterator':'" + iterator + "'}", "ExpiredIteratorException", "Iterator expired");
        get(next);
    }

    @Test
    void oneAnswerHoldsALimitedNumberOfRecordsAndBytes() {
        String arn = streamed("music", "NEW_IMAGE");
        String big = "x".repeat(390_000);
        for (int i = 0; i < 6; i++) {
            put("music", "k" + i, i < 3 ? big : "small");
        }
        String shard = id(shards(arn).get(0));
        JsonNode page = get(iterator(arn, shard, type("TRIM_HORIZON")));
        assertThat(page.path("Records")).hasSize(2);
        assertThat(get(page.path("NextShardIterator").textValue()).path("Records"))
                .hasSize(4);
        JsonNode limited = done(
                "GetRecords",
                "{'Limit':1,'ShardIterator':'" + page.path("NextShardIterator").textValue() + "'}");
        assertThat(events(list(limited.path("Records")))).containsExactly("INSERT k2");
    }

    @Test
    void everyFourHoursShardsAreFollowedByTheirChildren() {
        String arn = streamed("music", "KEYS_ONLY");
        put("music", "a", "1");
        pass(HOUR);
        assertThat(shards(arn)).hasSize(1);
        pass(HOUR.multipliedBy(3));
        put("music", "b", "1");
        pass(HOUR.multipliedBy(4));
        put("music", "c", "1");
        List<JsonNode> shards = shards(arn);
        assertThat(shards).hasSize(3);
        assertThat(shards.get(0).has("ParentShardId")).isFalse();
        assertThat(shards.get(1).path("ParentShardId").textValue()).isEqualTo(id(shards.get(0)));
        assertThat(shards.get(2).path("ParentShardId").textValue()).isEqualTo(id(shards.get(1)));
        assertThat(shards.get(1).path("SequenceNumberRange").has("EndingSequenceNumber"))
                .isTrue();
        assertThat(shards.get(2).path("SequenceNumberRange").has("EndingSequenceNumber"))
                .isFalse();
        assertThat(shards.stream().map(StreamsTest::id)).isSorted();
        assertThat(events(records(arn))).containsExactly("INSERT a", "INSERT b", "INSERT c");
        assertThat(got(arn, id(shards.get(1)), type("TRIM_HORIZON"))).containsExactly("INSERT b");
        JsonNode last = get(iterator(arn, id(shards.get(1)), type("TRIM_HORIZON")));
        assertThat(last.has("NextShardIterator")).isFalse();
        JsonNode children = done(
                "DescribeStream",
                "{'StreamArn':'" + arn + "','ShardFilter':{'Type':'CHILD_SHARDS','ShardId':'" + id(shards.get(0))
                        + "'}}");
        assertThat(children.at("/StreamDescription/Shards")).containsExactly(shards.get(1));
        JsonNode page = done("DescribeStream", "{'StreamArn':'" + arn + "','Limit':2}");
        assertThat(page.at("/StreamDescription/LastEvaluatedShardId").textValue())
                .isEqualTo(id(shards.get(1)));
        assertThat(done(
                                "DescribeStream",
                                "{'StreamArn':'" + arn + "','ExclusiveStartShardId':'" + id(shards.get(1)) + "'}")
                        .at("/StreamDescription/Shards"))
                .containsExactly(shards.get(2));
    }

    @Test
    void aStreamHasAsManyShardsAsItsTableHasPartitionsAtDynamoDb() throws Exception {
        reopen(8);
        String small = provisioned("small", 5, 5);
        assertThat(shards(small)).as("whatever its topic has").hasSize(1);
        List<String> inserted = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            put("small", "k" + i, "1");
            inserted.add("INSERT k" + i);
        }
        String first = id(shards(small).get(0));
        assertThat(got(small, first, type("TRIM_HORIZON"))).isEqualTo(inserted);
        String tenth = sequence(records(small).get(9));
        assertThat(got(small, first, type("AT_SEQUENCE_NUMBER", tenth))).isEqualTo(inserted.subList(9, 20));
        assertThat(got(small, first, type("AFTER_SEQUENCE_NUMBER", tenth))).isEqualTo(inserted.subList(10, 20));
        assertThat(shards(provisioned("middle", 3000, 1500))).hasSize(3);
        assertThat(shards(streamed("ondemand", "KEYS_ONLY"))).hasSize(4);
        assertThat(shards(provisioned("large", 40_000, 40_000)))
                .as("no more than partitions")
                .hasSize(8);
    }

    /** @return its stream's ARN */
    private String provisioned(String name, long read, long write) {
        return create(table(
                                name,
                                "," + enabled("KEYS_ONLY") + ",'ProvisionedThroughput':{'ReadCapacityUnits':" + read
                                        + ",'WriteCapacityUnits':" + write + "}")
                        .replace("PAY_PER_REQUEST", "PROVISIONED"))
                .at("/TableDescription/LatestStreamArn")
                .textValue();
    }

    private void reopen(int partitions) throws Exception {
        region.close();
        Path other = Files.createDirectory(folder.resolve("other"));
        region = new OperationsFixture(other, () -> Instant.ofEpochMilli(nowMillis), partitions);
    }

    @Test
    void shardsSplitWhenTheTableIsGivenMoreUnits() throws Exception {
        reopen(8);
        String arn = provisioned("music", 5, 5);
        List<String> inserted = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            if (i == 20) {
                done(
                        "UpdateTable",
                        "{'TableName':'music','ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':2000}}");
                pass(HOUR);
            }
            put("music", "k" + i % 20, i + "");
            inserted.add((i < 20 ? "INSERT k" : "MODIFY k") + i % 20);
        }
        List<JsonNode> shards = shards(arn);
        assertThat(shards).as("doubled until they are enough").hasSize(5);
        JsonNode parent = shards.get(0);
        assertThat(children(arn, id(parent))).isEqualTo(shards.subList(1, 5));
        String end = parent.at("/SequenceNumberRange/EndingSequenceNumber").textValue();
        assertThat(shards.subList(1, 5)).allSatisfy(child -> {
            assertThat(child.path("ParentShardId").textValue()).isEqualTo(id(parent));
            assertThat(child.at("/SequenceNumberRange/StartingSequenceNumber").textValue())
                    .isGreaterThan(end);
            assertThat(get(iterator(arn, id(child), type("TRIM_HORIZON"))).path("Records"))
                    .isNotEmpty();
        });
        assertThat(got(arn, id(parent), type("TRIM_HORIZON"))).isEqualTo(inserted.subList(0, 20));
        assertThat(events(records(arn))).containsExactlyInAnyOrderElementsOf(inserted);
        done(
                "UpdateTable",
                "{'TableName':'music','ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':5}}");
        pass(HOUR.multipliedBy(4));
        assertThat(shards(arn)).as("they never become fewer").hasSize(9);
    }

    private List<JsonNode> children(String arn, String shard) {
        return list(done("DescribeStream", childrenOf(arn, shard)).at("/StreamDescription/Shards"));
    }

    private static String childrenOf(String arn, String shard) {
        return "{'StreamArn':'" + arn + "','ShardFilter':{'Type':'CHILD_SHARDS','ShardId':'" + shard + "'}}";
    }

    @Test
    void shardsSplitWhenTheTableIsBusy() throws Exception {
        reopen(2);
        String arn = provisioned("music", 5, 5);
        pass(HOUR);
        String big = "x".repeat(390_000);
        for (int i = 0; i < 50; i++) {
            put("music", "k" + i, big);
        }
        pass(Duration.ofSeconds(15));
        assertThat(shards(arn)).as("1,270 units a second").hasSize(3);
        pass(HOUR);
        assertThat(shards(arn)).hasSize(3);
    }

    @Test
    void aShardWithoutRecordsEndsBeforeItsChildBegins() {
        String arn = streamed("music", "KEYS_ONLY");
        pass(HOUR.multipliedBy(4));
        pass(HOUR.multipliedBy(4));
        disable("music");
        List<JsonNode> shards = shards(arn);
        assertThat(shards).hasSize(3);
        List<String> numbers = new ArrayList<>();
        for (JsonNode shard : shards) {
            numbers.add(shard.at("/SequenceNumberRange/StartingSequenceNumber").textValue());
            String end = shard.at("/SequenceNumberRange/EndingSequenceNumber").textValue();
            assertThat(end).isGreaterThanOrEqualTo(numbers.get(numbers.size() - 1));
            numbers.add(end);
        }
        assertThat(numbers.get(2)).isGreaterThan(numbers.get(1));
        assertThat(numbers.get(4)).isGreaterThan(numbers.get(3));
    }

    @Test
    void childrenAreToldOfAShardThatIsTooOldAndOfNoneThatTheStreamNeverHad() {
        String arn = streamed("music", "KEYS_ONLY");
        String first = id(shards(arn).get(0));
        pass(HOUR.multipliedBy(4));
        String second = id(shards(arn).get(1));
        pass(HOUR.multipliedBy(24));
        assertThat(shards(arn))
                .extracting(StreamsTest::id)
                .doesNotContain(first)
                .contains(second);
        assertThat(children(arn, first)).extracting(StreamsTest::id).containsExactly(second);
        refused(
                "DescribeStream",
                childrenOf(arn, "shardId-00000000000000000000-00000000"),
                "ResourceNotFoundException",
                "Requested resource not found: Shard: shardId-00000000000000000000-00000000");
    }

    @Test
    void recordsAreKeptForADayWhetherTheyArePublishedOrNot() {
        for (boolean published : List.of(true, false)) {
            String name = "music-" + published;
            String arn = streamed(name, "KEYS_ONLY");
            put(name, "a", "1");
            if (published) {
                publish();
            }
            List<JsonNode> before = records(arn);
            String shard = id(shards(arn).get(0));
            pass(Duration.ofHours(23));
            put(name, "b", "1");
            assertThat(events(records(arn))).containsExactly("INSERT a", "INSERT b");
            pass(HOUR);
            String start = iterator(arn, id(shards(arn).get(0)), type("TRIM_HORIZON"));
            assertThat(get(start).path("Records").isEmpty()).isTrue();
            assertThat(events(records(arn))).containsExactly("INSERT b");
            refused(
                    "GetShardIterator",
                    iteratorRequest(arn, shard, type("AT_SEQUENCE_NUMBER", sequence(before.get(0)))),
                    "TrimmedDataAccessException",
                    "past the oldest stream record");
            assertThat(got(arn, shard, type("AFTER_SEQUENCE_NUMBER", sequence(before.get(0)))))
                    .isEmpty();
            pass(HOUR.multipliedBy(24));
            refused("GetShardIterator", iteratorRequest(arn, shard, type("LATEST")), "TrimmedDataAccessException", "");
        }
    }

    private void publish() {
        var changes = region.store().changes();
        for (var partition : changes.pending(Lane.STREAM)) {
            changes.mark(Lane.STREAM, Map.of(partition, new ChangeLog.Published(changes.last(), null)));
        }
        // A mark is not urgent: it joins the next commit.
        region.store().write(view -> true).toCompletableFuture().join();
    }

    @Test
    void aStreamThatEndedLongAgoKeepsNoRows() {
        String arn = streamed("music", "KEYS_ONLY");
        put("music", "a", "1");
        disable("music");
        publish();
        assertThat(rows(arn)).isEqualTo(1);
        StreamDescriptor stream =
                region.store().read(view -> view.streams("music").get(0));
        pass(Duration.ofHours(24));
        pass(HOUR);
        assertThat(listed("{}")).isEmpty();
        assertThat(rowsOf(stream)).isZero();
    }

    private int rows(String arn) {
        String label = arn.substring(arn.lastIndexOf('/') + 1);
        return rowsOf(region.store().read(view -> Objects.requireNonNull(view.stream("music", label))));
    }

    private int rowsOf(StreamDescriptor stream) {
        List<Long> rows = new ArrayList<>();
        region.store().read(view -> {
            view.changes(
                    stream,
                    new PartitionRange(0, 1),
                    dev.meridian.streams.SequenceNumber.NONE,
                    row -> rows.add(row.sequence().value()));
            return true;
        });
        return rows.size();
    }
}
