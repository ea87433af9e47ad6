package dev.meridian.node.api;

import dev.meridian.node.config.DurationText;
import dev.meridian.node.config.RegionConfig;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.TopicSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tags by which a user sets up the Kafka topics of a table.
 *
 * @param partitions null if it is not said
 * @param retentionMillis of the stream topic, null if it is not said
 * @param replicationFactor null if it is not said
 */
record TopicTags(
        @Nullable Integer partitions,
        @Nullable Long retentionMillis,
        @Nullable Integer replicationFactor) {
    static final String PARTITIONS = "meridian:partitions";
    static final String RETENTION = "meridian:stream-retention";
    static final String REPLICATION_FACTOR = "meridian:replication-factor";

    private static final String PREFIX = "meridian:";
    private static final String FOR_EVER = "forever";

    /** Kafka looks for what is too old every five minutes: less would be no promise at all. */
    private static final Duration RETENTION_LEAST = Duration.ofMinutes(1);

    private static final Duration RETENTION_MOST = Duration.ofDays(36_500);

    /** @throws ApiException if a tag that is for Meridian says nothing that it knows */
    static TopicTags read(Map<String, String> tags) {
        for (String key : tags.keySet()) {
            if (key.startsWith(PREFIX)
                    && !List.of(PARTITIONS, RETENTION, REPLICATION_FACTOR).contains(key)) {
                throw ApiException.validation("The tag " + key + " is not known; Meridian knows " + PARTITIONS + ", "
                        + RETENTION + " and " + REPLICATION_FACTOR);
            }
        }
        return new TopicTags(
                number(tags, PARTITIONS, RegionConfig.PARTITIONS_MAX),
                retention(tags.get(RETENTION)),
                number(tags, REPLICATION_FACTOR, Short.MAX_VALUE));
    }

    private static @Nullable Integer number(Map<String, String> tags, String key, int most) {
        String text = tags.get(key);
        if (text == null) {
            return null;
        }
        int number = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
        if (number < 1 || number > most) {
            throw ApiException.validation(
                    "The tag " + key + " must be a number from 1 to " + most + ", not '" + text + "'");
        }
        return number;
    }

    private static @Nullable Long retention(@Nullable String text) {
        if (text == null) {
            return null;
        }
        if (text.equals(FOR_EVER)) {
            return TopicSettings.FOR_EVER;
        }
        return DurationText.parse(text)
                .filter(time -> time.compareTo(RETENTION_LEAST) >= 0 && time.compareTo(RETENTION_MOST) <= 0)
                .map(Duration::toMillis)
                .orElseThrow(() -> ApiException.validation("The tag " + RETENTION
                        + " must be a time from 1m to 36500d, such as 90m, 12h or 7d, or " + FOR_EVER + ", not '" + text
                        + "'"));
    }

    TopicSettings ofNewTable() {
        return new TopicSettings(
                retentionMillis == null ? 0 : retentionMillis, replicationFactor == null ? 0 : replicationFactor);
    }

    /** @throws ApiException if it says otherwise of what does not change */
    TableDescriptor changed(TableDescriptor table) {
        if (partitions != null && partitions != table.partitions()) {
            throw ApiException.validation("The tag " + PARTITIONS + " cannot be changed: table " + table.name()
                    + " has " + table.partitions() + " partitions since it was made");
        }
        if (replicationFactor != null && replicationFactor != table.topics().replicationFactor()) {
            throw ApiException.validation("The tag " + REPLICATION_FACTOR
                    + " is for CreateTable: the topics of a table that is there keep theirs");
        }
        return retentionMillis == null
                ? table
                : table.withTopics(table.topics().withStreamRetentionMillis(retentionMillis));
    }

    /**
     * What becomes of a table without some of its tags.
     *
     * @param tags that it has
     * @throws ApiException if one of them says what does not change
     */
    static TableDescriptor without(Collection<String> keys, Map<String, String> tags, TableDescriptor table) {
        for (String key : List.of(PARTITIONS, REPLICATION_FACTOR)) {
            if (keys.contains(key) && tags.containsKey(key)) {
                throw ApiException.validation(
                        "The tag " + key + " cannot be removed: what it says was fixed when the table was made");
            }
        }
        return keys.contains(RETENTION) && tags.containsKey(RETENTION)
                ? table.withTopics(table.topics().withStreamRetentionMillis(TopicSettings.RETENTION_DEFAULT.toMillis()))
                : table;
    }
}
