package dev.meridian.node.cli.triggers;

import dev.meridian.streams.triggers.EventSourceMapping;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One trigger of the file.
 *
 * @param region whose Kafka is asked for where none is given; null where only a topic is named
 * @param bootstrap of Kafka; null to ask a running Meridian
 * @param kafkaProperties go to Kafka's clients as they are
 */
record TriggerSettings(
        EventSourceMapping mapping,
        Function function,
        @Nullable String region,
        @Nullable String bootstrap,
        SortedMap<String, String> kafkaProperties) {
    static final int TIMEOUT_SECONDS_DEFAULT = 60;

    /** Lambda's own limit. */
    static final int TIMEOUT_SECONDS_MAX = 900;

    TriggerSettings {
        kafkaProperties = Collections.unmodifiableSortedMap(new TreeMap<>(kafkaProperties));
    }

    /** What is called, over HTTP. */
    record Function(URI url, Map<String, String> headers, Duration timeout) {}
}
