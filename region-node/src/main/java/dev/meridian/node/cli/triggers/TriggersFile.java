package dev.meridian.node.cli.triggers;

import dev.meridian.model.RegionId;
import dev.meridian.node.config.ConfigException;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.triggers.EventFilter;
import dev.meridian.streams.triggers.EventSourceMapping;
import dev.meridian.streams.triggers.EventSourceMapping.Batching;
import dev.meridian.streams.triggers.EventSourceMapping.ErrorHandling;
import dev.meridian.streams.triggers.EventSourceMapping.Source;
import dev.meridian.streams.triggers.EventSourceMapping.StartingPosition;
import dev.meridian.streams.triggers.InvalidSettingException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code triggers.yaml}. Every mistake names file, line and field. */
final class TriggersFile {
    private static final Pattern STREAM_TOPIC =
            Pattern.compile("meridian\\.([a-z0-9-]+)\\.(.+)\\.stream(-[0-9a-f]{32})?");
    private static final String KAFKA_SCHEME = "kafka://";

    private TriggersFile() {}

    /**
     * Those that are enabled.
     *
     * @throws ConfigException if the file cannot be read or says something that cannot be
     */
    static List<TriggerSettings> read(Path file) {
        try {
            return parse(Files.readString(file));
        } catch (NoSuchFileException missing) {
            throw new ConfigException(file + ": no such file");
        } catch (ConfigException wrong) {
            throw new ConfigException(file + ": " + wrong.getMessage());
        } catch (IOException unreadable) {
            throw new ConfigException(file + ": cannot be read: " + unreadable.getMessage());
        }
    }

    private static List<TriggerSettings> parse(String text) {
        YamlSection root = YamlSection.read(text);
        List<YamlSection> sections = root.sections("triggers");
        root.rejectOthers();
        if (sections.isEmpty()) {
            throw root.wrong("triggers", "must name one trigger at least");
        }
        List<TriggerSettings> enabled = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (YamlSection section : sections) {
            boolean isEnabled = section.flag("enabled", true);
            TriggerSettings settings = trigger(section);
            if (!names.add(settings.mapping().name())) {
                throw section.wrong(
                        "name", "'" + settings.mapping().name() + "' is there twice, and is to be one position");
            }
            if (isEnabled) {
                enabled.add(settings);
            }
        }
        if (enabled.isEmpty()) {
            throw root.wrong("triggers", "none is enabled");
        }
        return enabled;
    }

    private static TriggerSettings trigger(YamlSection section) {
        String name = section.requiredText("name");
        String region = section.text("region");
        YamlSection kafka = section.section("kafka");
        String bootstrap = kafka.text("bootstrap");
        Map<String, String> properties = kafka.map("properties");
        Source source = source(section, kafka);
        kafka.rejectOthers();
        TriggerSettings.Function function = function(section.section("function"));
        StartingPosition start = startingPosition(section);
        Batching batching = checked(
                section,
                () -> new Batching(
                        section.integer("batchSize", Batching.BATCH_SIZE_DEFAULT),
                        section.integer("maximumBatchingWindowInSeconds", 0)));
        ErrorHandling errors = errorHandling(section);
        EventFilter filter = filter(section.section("filterCriteria"));
        refuseOthersOfLambda(section);
        section.rejectOthers();
        EventSourceMapping mapping =
                checked(section, () -> new EventSourceMapping(name, source, start, batching, errors, filter));
        return new TriggerSettings(mapping, function, region, bootstrap, new TreeMap<>(properties));
    }

    private static <T> T checked(YamlSection section, Supplier<T> made) {
        try {
            return made.get();
        } catch (InvalidSettingException wrong) {
            throw section.wrong(wrong.setting(), String.valueOf(wrong.getMessage()));
        }
    }

    /** A table of a region, or a topic by its name. */
    private static Source source(YamlSection section, YamlSection kafka) {
        String region = section.text("region");
        String table = section.text("table");
        String topic = kafka.text("topic");
        String arn = section.text("eventSourceArn");
        if (region != null && table != null) {
            RegionId id = regionId(section, region);
            List<String> topics = topic == null ? TopicNames.ofStream(id, table) : List.of(topic);
            String read = topics.get(0);
            return new Source(
                    read, arn == null ? Source.arn(id, table, read) : arn, topics.size() == 1 ? null : topics.get(1));
        }
        if (region != null || table != null) {
            throw section.wrong(region == null ? "region" : "table", "is missing");
        }
        if (topic == null || !kafka.has("bootstrap")) {
            throw section.wrong(
                    "region", "is missing: region and table, or kafka.bootstrap and kafka.topic, are needed");
        }
        return new Source(topic, arn == null ? arn(section, topic) : arn);
    }

    private static String arn(YamlSection section, String topic) {
        Matcher named = STREAM_TOPIC.matcher(topic);
        if (!named.matches()) {
            throw section.wrong(
                    "eventSourceArn",
                    "is missing: '" + topic + "' is no stream topic's own name, which would tell region and table");
        }
        return Source.arn(regionId(section, named.group(1)), named.group(2), topic);
    }

    private static RegionId regionId(YamlSection section, String name) {
        try {
            return new RegionId(name);
        } catch (IllegalArgumentException wrong) {
            throw section.wrong("region", String.valueOf(wrong.getMessage()));
        }
    }

    private static TriggerSettings.Function function(YamlSection section) {
        String url = section.requiredText("url");
        Map<String, String> headers = section.map("headers");
        int timeout = section.integer("timeout", TriggerSettings.TIMEOUT_SECONDS_DEFAULT);
        section.rejectOthers();
        if (timeout < 1 || timeout > TriggerSettings.TIMEOUT_SECONDS_MAX) {
            throw section.wrong(
                    "timeout",
                    "must be between 1 and " + TriggerSettings.TIMEOUT_SECONDS_MAX + " seconds, not " + timeout);
        }
        return new TriggerSettings.Function(
                uri(section, url), checkedHeaders(section, headers), Duration.ofSeconds(timeout));
    }

    private static URI uri(YamlSection section, String url) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (URISyntaxException wrong) {
            // Said below.
        }
        throw section.wrong("url", "'" + url + "' is not of the form http://host:port/path");
    }

    /** The HTTP client refuses some names, such as Host. */
    private static Map<String, String> checkedHeaders(YamlSection section, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder();
        headers.forEach((name, value) -> {
            try {
                request.header(name, value);
            } catch (IllegalArgumentException wrong) {
                throw section.wrong("headers", String.valueOf(wrong.getMessage()));
            }
        });
        return headers;
    }

    private static StartingPosition startingPosition(YamlSection section) {
        String kind = section.text("startingPosition");
        String timestamp = section.text("startingPositionTimestamp");
        StartingPosition.Kind known;
        try {
            known = kind == null ? StartingPosition.Kind.TRIM_HORIZON : StartingPosition.Kind.valueOf(kind);
        } catch (IllegalArgumentException other) {
            throw section.wrong("startingPosition", "must be TRIM_HORIZON, LATEST or AT_TIMESTAMP, not '" + kind + "'");
        }
        if (known != StartingPosition.Kind.AT_TIMESTAMP && timestamp != null) {
            throw section.wrong("startingPositionTimestamp", "is for startingPosition AT_TIMESTAMP only");
        }
        long millis = timestamp == null ? 0 : millis(section, timestamp);
        return checked(section, () -> new StartingPosition(known, millis));
    }

    private static long millis(YamlSection section, String timestamp) {
        try {
            return Instant.parse(timestamp).toEpochMilli();
        } catch (DateTimeParseException wrong) {
            throw section.wrong(
                    "startingPositionTimestamp", "'" + timestamp + "' is not a time like 2026-01-31T12:00:00Z");
        }
    }

    private static ErrorHandling errorHandling(YamlSection section) {
        boolean report = false;
        for (String type : section.texts("functionResponseTypes")) {
            if (!type.equals("ReportBatchItemFailures")) {
                throw section.wrong(
                        "functionResponseTypes", "may hold ReportBatchItemFailures only, not '" + type + "'");
            }
            report = true;
        }
        boolean reports = report;
        YamlSection destination = section.section("destinationConfig");
        YamlSection onFailure = destination.section("onFailure");
        destination.rejectOthers();
        String topic = deadLetterTopic(onFailure);
        onFailure.rejectOthers();
        int retries = section.integer("maximumRetryAttempts", ErrorHandling.FOREVER);
        int age = section.integer("maximumRecordAgeInSeconds", ErrorHandling.FOREVER);
        boolean bisects = section.flag("bisectBatchOnFunctionError", false);
        try {
            return new ErrorHandling(retries, age, bisects, reports, topic);
        } catch (InvalidSettingException wrong) {
            YamlSection holder = wrong.setting().equals("destination") ? onFailure : section;
            throw holder.wrong(wrong.setting(), String.valueOf(wrong.getMessage()));
        }
    }

    private static @Nullable String deadLetterTopic(YamlSection onFailure) {
        String destination = onFailure.text("destination");
        if (destination == null) {
            return null;
        }
        if (!destination.startsWith(KAFKA_SCHEME)) {
            throw onFailure.wrong("destination", "'" + destination + "' is not of the form " + KAFKA_SCHEME + "topic");
        }
        return destination.substring(KAFKA_SCHEME.length());
    }

    private static EventFilter filter(YamlSection section) {
        List<YamlSection> filters = section.sections("filters");
        section.rejectOthers();
        List<String> patterns = new ArrayList<>();
        for (YamlSection filter : filters) {
            String pattern = filter.requiredText("pattern");
            filter.rejectOthers();
            checked(filter, () -> new EventFilter(List.of(pattern)));
            patterns.add(pattern);
        }
        return checked(section, () -> new EventFilter(patterns));
    }

    /** What Lambda has and Meridian has not is refused, and not passed over. */
    private static void refuseOthersOfLambda(YamlSection section) {
        if (section.integer("parallelizationFactor", 1) != 1) {
            throw section.wrong(
                    "parallelizationFactor",
                    "must be 1: one batch of a partition is under way at a time; more partitions are more at once");
        }
        if (section.integer("tumblingWindowInSeconds", 0) != 0) {
            throw section.wrong(
                    "tumblingWindowInSeconds", "tumbling windows are not supported; leave it out, or say 0");
        }
    }
}
