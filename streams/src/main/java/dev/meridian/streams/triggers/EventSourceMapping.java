package dev.meridian.streams.triggers;

import dev.meridian.model.RegionId;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which changes go to a function, and how. Names and limits are those of AWS Lambda's event source mappings.
 *
 * @param name also the name of its consumer group, {@link #group}
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html">
 *     CreateEventSourceMapping</a>
 */
public record EventSourceMapping(
        String name,
        Source source,
        StartingPosition startingPosition,
        Batching batching,
        ErrorHandling errorHandling,
        EventFilter filter) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final String GROUP_PREFIX = "meridian.triggers.";

    public EventSourceMapping {
        InvalidSettingException.require(
                NAME.matcher(name).matches(),
                "name",
                "must be 1 to 64 letters, digits, '-' or '_', not '" + name + "'");
    }

    /** The Kafka consumer group that keeps its positions. */
    public String group() {
        return GROUP_PREFIX + name;
    }

    /**
     * A stream topic.
     *
     * @param arn what the function is told as {@code eventSourceARN}
     * @param otherTopic what the topic is called if there is none of the first name; null if it has no other name
     */
    public record Source(String topic, String arn, @Nullable String otherTopic) {
        /** Meridian has no accounts. */
        private static final String ACCOUNT = "000000000000";

        /** A topic that is known by its name. */
        public Source(String topic, String arn) {
            this(topic, arn, null);
        }

        /** Kafka knows no stream label: the topic's name stands for it. */
        public static String arn(RegionId region, String table, String topic) {
            return "arn:aws:dynamodb:" + region + ":" + ACCOUNT + ":table/" + table + "/stream/" + topic;
        }
    }

    /**
     * Where to begin in a partition that has no position yet.
     *
     * @param atMillis only for {@link Kind#AT_TIMESTAMP}: milliseconds since 1970
     */
    public record StartingPosition(Kind kind, long atMillis) {
        public static final StartingPosition TRIM_HORIZON = new StartingPosition(Kind.TRIM_HORIZON, 0);
        public static final StartingPosition LATEST = new StartingPosition(Kind.LATEST, 0);

        /** The names on the wire. */
        public enum Kind {
            TRIM_HORIZON,
            LATEST,
            AT_TIMESTAMP
        }

        public StartingPosition {
            InvalidSettingException.require(
                    kind != Kind.AT_TIMESTAMP || atMillis > 0,
                    "startingPositionTimestamp",
                    "must be a time after 1970 where startingPosition is AT_TIMESTAMP");
        }
    }

    /** How much is handed over at once. */
    public record Batching(int batchSize, int maximumBatchingWindowInSeconds) {
        public static final int BATCH_SIZE_DEFAULT = 100;
        public static final int BATCH_SIZE_MAX = 10_000;
        public static final int WINDOW_SECONDS_MAX = 300;

        /** Lambda's limit on what a function is called with. A record that is larger than this goes alone. */
        public static final int PAYLOAD_BYTES_MAX = 6 << 20;

        public Batching {
            InvalidSettingException.requireBetween(1, BATCH_SIZE_MAX, batchSize, "batchSize");
            InvalidSettingException.requireBetween(
                    0, WINDOW_SECONDS_MAX, maximumBatchingWindowInSeconds, "maximumBatchingWindowInSeconds");
        }
    }

    /**
     * What happens when the function fails.
     *
     * @param maximumRetryAttempts after the first; {@link #FOREVER} for no end
     * @param maximumRecordAgeInSeconds older records are given up; {@link #FOREVER} for no limit
     * @param deadLetterTopic where given up records go; null to drop them
     */
    public record ErrorHandling(
            int maximumRetryAttempts,
            int maximumRecordAgeInSeconds,
            boolean bisectBatchOnFunctionError,
            boolean reportBatchItemFailures,
            @Nullable String deadLetterTopic) {
        public static final int FOREVER = -1;
        public static final int RETRIES_MAX = 10_000;
        public static final int AGE_SECONDS_MIN = 60;
        public static final int AGE_SECONDS_MAX = 604_800;

        private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");

        public ErrorHandling {
            InvalidSettingException.requireBetween(FOREVER, RETRIES_MAX, maximumRetryAttempts, "maximumRetryAttempts");
            InvalidSettingException.require(
                    maximumRecordAgeInSeconds == FOREVER
                            || (maximumRecordAgeInSeconds >= AGE_SECONDS_MIN
                                    && maximumRecordAgeInSeconds <= AGE_SECONDS_MAX),
                    "maximumRecordAgeInSeconds",
                    "must be -1 or between " + AGE_SECONDS_MIN + " and " + AGE_SECONDS_MAX + ", not "
                            + maximumRecordAgeInSeconds);
            InvalidSettingException.require(
                    deadLetterTopic == null || TOPIC.matcher(deadLetterTopic).matches(),
                    "destination",
                    "'" + deadLetterTopic + "' is not the name of a Kafka topic");
        }
    }
}
