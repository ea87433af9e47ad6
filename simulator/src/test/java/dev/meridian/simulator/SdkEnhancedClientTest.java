package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbAsyncTable;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedAsyncClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.extensions.annotations.DynamoDbVersionAttribute;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSecondaryPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSortKey;
import software.amazon.awssdk.enhanced.dynamodb.model.EnhancedGlobalSecondaryIndex;
import software.amazon.awssdk.enhanced.dynamodb.model.QueryConditional;
import software.amazon.awssdk.enhanced.dynamodb.model.ReadBatch;
import software.amazon.awssdk.enhanced.dynamodb.model.WriteBatch;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;

/** Beans through the AWS SDK's enhanced client: the requests that it makes are understood. */
class SdkEnhancedClientTest {
    private static final TableSchema<Song> SONGS = TableSchema.fromBean(Song.class);

    @TempDir
    static Path folder;

    private static OneRegion region;
    private static DynamoDbEnhancedClient enhanced;
    private static DynamoDbTable<Song> songs;

    @BeforeAll
    static void start() throws Exception {
        region = new OneRegion(folder);
        enhanced =
                DynamoDbEnhancedClient.builder().dynamoDbClient(region.client()).build();
        songs = enhanced.table("songs", SONGS);
        ProvisionedThroughput units = ProvisionedThroughput.builder()
                .readCapacityUnits(5L)
                .writeCapacityUnits(5L)
                .build();
        songs.createTable(table -> table.provisionedThroughput(units)
                .globalSecondaryIndices(EnhancedGlobalSecondaryIndex.builder()
                        .indexName("by-genre")
                        .projection(projection -> projection.projectionType(ProjectionType.ALL))
                        .provisionedThroughput(units)
                        .build()));
        region.client().waiter().waitUntilTableExists(request -> request.tableName("songs"));
    }

    @AfterAll
    static void stop() {
        region.close();
    }

    @DynamoDbBean
    public static final class Song {
        private String artist;
        private Integer number;
        private String genre;
        private Set<String> tags;
        private Long version;

        public static Song of(String artist, int number, String genre) {
            Song song = new Song();
            song.artist = artist;
            song.number = number;
            song.genre = genre;
            song.tags = Set.of("a", "b");
            return song;
        }

        @DynamoDbPartitionKey
        public String getArtist() {
            return artist;
        }

        public void setArtist(String artist) {
            this.artist = artist;
        }

        @DynamoDbSortKey
        public Integer getNumber() {
            return number;
        }

        public void setNumber(Integer number) {
            this.number = number;
        }

        @DynamoDbSecondaryPartitionKey(indexNames = "by-genre")
        public String getGenre() {
            return genre;
        }

        public void setGenre(String genre) {
            this.genre = genre;
        }

        public Set<String> getTags() {
            return tags;
        }

        public void setTags(Set<String> tags) {
            this.tags = tags;
        }

        @DynamoDbVersionAttribute
        public Long getVersion() {
            return version;
        }

        public void setVersion(Long version) {
            this.version = version;
        }
    }

    private static Key key(String artist, int number) {
        return Key.builder().partitionValue(artist).sortValue(number).build();
    }

    @Test
    void aBeanIsPutReadUpdatedAndItsVersionKept() {
        songs.putItem(Song.of("v", 1, "rock"));
        Song first = songs.getItem(key("v", 1));
        assertThat(first.getVersion()).isEqualTo(1);
        assertThat(first.getTags()).containsExactlyInAnyOrder("a", "b");
        first.setGenre("pop");
        assertThat(songs.updateItem(first).getVersion()).isEqualTo(2);
        assertThatThrownBy(() -> songs.updateItem(first)).isInstanceOf(ConditionalCheckFailedException.class);
        assertThat(songs.deleteItem(key("v", 1)).getGenre()).isEqualTo("pop");
        assertThat(songs.getItem(key("v", 1))).isNull();
    }

    @Test
    void batchesQueriesIndexesAndTransactionsWork() {
        enhanced.transactWriteItems(transaction -> transaction
                .addPutItem(songs, Song.of("b", 1, "jazz"))
                .addPutItem(songs, Song.of("b", 2, "jazz"))
                .addPutItem(songs, Song.of("b", 3, "folk")));
        assertThat(songs.query(QueryConditional.sortGreaterThan(key("b", 1))).items())
                .extracting(Song::getNumber)
                .containsExactly(2, 3);
        assertThat(songs.index("by-genre").query(QueryConditional.keyEqualTo(k -> k.partitionValue("jazz"))).stream()
                        .flatMap(page -> page.items().stream()))
                .extracting(Song::getNumber)
                .containsExactlyInAnyOrder(1, 2);
        assertThat(enhanced.batchGetItem(batch -> batch.readBatches(ReadBatch.builder(Song.class)
                                .mappedTableResource(songs)
                                .addGetItem(key("b", 1))
                                .addGetItem(key("b", 9))
                                .build()))
                        .resultsForTable(songs))
                .hasSize(1);
        enhanced.batchWriteItem(batch -> batch.writeBatches(WriteBatch.builder(Song.class)
                .mappedTableResource(songs)
                .addDeleteItem(key("b", 3))
                .addDeleteItem(key("b", 9))
                .build()));
        assertThat(songs.getItem(key("b", 3))).isNull();
    }

    @Test
    void theAsynchronousClientWorksToo() {
        DynamoDbAsyncTable<Song> table = DynamoDbEnhancedAsyncClient.builder()
                .dynamoDbClient(region.asyncClient())
                .build()
                .table("songs", SONGS);
        table.putItem(Song.of("async", 1, "rock")).join();
        assertThat(table.getItem(key("async", 1)).join().getGenre()).isEqualTo("rock");
        Song stale = Song.of("async", 1, "rock");
        stale.setVersion(7L);
        assertThatThrownBy(() -> table.putItem(stale).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(ConditionalCheckFailedException.class);
        List<Integer> numbers = new java.util.ArrayList<>();
        table.query(QueryConditional.keyEqualTo(k -> k.partitionValue("async")))
                .items()
                .subscribe(song -> numbers.add(song.getNumber()))
                .join();
        assertThat(numbers).containsExactly(1);
    }
}
