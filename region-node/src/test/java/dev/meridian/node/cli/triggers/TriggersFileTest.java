package dev.meridian.node.cli.triggers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.RegionId;
import dev.meridian.node.config.ConfigException;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.triggers.EventSourceMapping.Batching;
import dev.meridian.streams.triggers.EventSourceMapping.ErrorHandling;
import dev.meridian.streams.triggers.EventSourceMapping.Source;
import dev.meridian.streams.triggers.EventSourceMapping.StartingPosition;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TriggersFileTest {
    private static final String SOUND = "name: t\nregion: a\ntable: t\nfunction: {url: 'http://h:1/'}\n";

    @TempDir
    Path folder;

    private List<TriggerSettings> read(String text) throws IOException {
        return TriggersFile.read(Files.writeString(folder.resolve("triggers.yaml"), text));
    }

    /** One trigger, whose fields stand at the beginning of lines. */
    private TriggerSettings trigger(String fields) throws IOException {
        return read("triggers:\n  -\n" + fields.indent(4)).get(0);
    }

    @Test
    void theSampleIsWhatItSays() {
        TriggerSettings sample =
                TriggersFile.read(Path.of("triggers.sample.yaml")).get(0);
        String topic = "meridian.us-east-1.music.stream";
        List<String> names = TopicNames.ofStream(new RegionId("us-east-1"), "music");
        assertThat(names).startsWith(topic);
        assertThat(sample.mapping().name()).isEqualTo("plays");
        assertThat(sample.mapping().group()).isEqualTo("meridian.triggers.plays");
        assertThat(sample.mapping().source())
                .isEqualTo(new Source(
                        topic, "arn:aws:dynamodb:us-east-1:000000000000:table/music/stream/" + topic, names.get(1)));
        assertThat(sample.mapping().batching()).isEqualTo(new Batching(100, 1));
        assertThat(sample.mapping().errorHandling())
                .isEqualTo(new ErrorHandling(3, 86_400, true, true, "plays-failed"));
        assertThat(sample.mapping().startingPosition()).isEqualTo(StartingPosition.TRIM_HORIZON);
        assertThat(sample.function())
                .isEqualTo(new TriggerSettings.Function(
                        URI.create("http://127.0.0.1:9000/2015-03-31/functions/function/invocations"),
                        Map.of("X-Source", "meridian"),
                        Duration.ofSeconds(60)));
        assertThat(sample.bootstrap()).isNull();
        assertThat(sample.region()).isEqualTo("us-east-1");
    }

    @Test
    void whatIsNotSaidHasTheDefaultsOfLambda() throws IOException {
        TriggerSettings settings = trigger(SOUND);
        assertThat(settings.mapping().batching()).isEqualTo(new Batching(100, 0));
        assertThat(settings.mapping().errorHandling()).isEqualTo(new ErrorHandling(-1, -1, false, false, null));
        assertThat(settings.function().timeout()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void anEmptyFieldIsLikeNone() throws IOException {
        assertThat(trigger(SOUND + "filterCriteria:\nbatchSize:\nfunctionResponseTypes:\n")
                        .mapping()
                        .batching())
                .isEqualTo(new Batching(100, 0));
    }

    @Test
    void aTopicStandsForRegionAndTable() throws IOException {
        TriggerSettings settings = trigger("""
                name: t
                kafka: {bootstrap: 'k:1', topic: meridian.eu-west-1.my.table.stream, properties: {a.b: 5}}
                function: {url: 'http://h:1/'}
                startingPosition: AT_TIMESTAMP
                startingPositionTimestamp: 2026-01-31T12:00:00Z
                """);
        String topic = "meridian.eu-west-1.my.table.stream";
        assertThat(settings.mapping().source())
                .isEqualTo(new Source(topic, "arn:aws:dynamodb:eu-west-1:000000000000:table/my.table/stream/" + topic));
        assertThat(settings.bootstrap()).isEqualTo("k:1");
        assertThat(settings.kafkaProperties()).isEqualTo(Map.of("a.b", "5"));
        assertThat(settings.mapping().startingPosition().atMillis())
                .isEqualTo(Instant.parse("2026-01-31T12:00:00Z").toEpochMilli());
    }

    @Test
    void whatIsNotEnabledIsLeftOut() throws IOException {
        String two = "triggers:\n  -\n" + SOUND.indent(4) + "    enabled: false\n  -\n"
                + SOUND.replace("name: t", "name: u").indent(4);
        assertThat(read(two)).extracting(each -> each.mapping().name()).containsExactly("u");
    }

    /** Fields of a sound trigger are in lines 3 to 6, what is given here follows from line 7 on. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "batchSize: 0 | line 7, field triggers[0].batchSize: must be between 1 and 10000, not 0",
                "batchSize: 10001 | line 7, field triggers[0].batchSize: must be between 1 and 10000, not 10001",
                "batchSize: many | line 7, field triggers[0].batchSize: must be a whole number, not \"many\"",
                "batchSize: 1.5 | line 7, field triggers[0].batchSize: must be a whole number, not 1.5",
                "maximumBatchingWindowInSeconds: 301 | field triggers[0].maximumBatchingWindowInSeconds: must be between 0",
                "maximumRetryAttempts: -2 | line 7, field triggers[0].maximumRetryAttempts: must be between -1 and 10000",
                "maximumRecordAgeInSeconds: 59 | must be -1 or between 60 and 604800, not 59",
                "maximumRecordAgeInSeconds: 604801 | must be -1 or between 60 and 604800, not 604801",
                "bisectBatchOnFunctionError: maybe | must be true or false, not \"maybe\"",
                "parallelizationFactor: 2 | line 7, field triggers[0].parallelizationFactor: must be 1: one batch",
                "tumblingWindowInSeconds: 30 | line 7, field triggers[0].tumblingWindowInSeconds: tumbling windows are not",
                "functionResponseTypes: [All] | functionResponseTypes: may hold ReportBatchItemFailures only, not 'All'",
                "functionResponseTypes: ReportBatchItemFailures | must be a list, not",
                "startingPosition: FIRST | must be TRIM_HORIZON, LATEST or AT_TIMESTAMP, not 'FIRST'",
                "startingPositionTimestamp: 2026-01-31T12:00:00Z | is for startingPosition AT_TIMESTAMP only",
                "batchsize: 5 | line 7, field triggers[0].batchsize: unknown; known here: batchSize, bisect",
                "destinationConfig: {onFailure: {destination: sqs}} | onFailure.destination: 'sqs' is not of the form kafka://",
                "destinationConfig: {onFailure: {destination: 'kafka://a b'}} | destination: 'a b' is not the name of a Kafka",
                "destinationConfig: {onSuccess: {}} | destinationConfig.onSuccess: unknown; known here: onFailure",
                "filterCriteria: {filters: [{pattern: '{'}]} | triggers[0].filterCriteria.filters[0].pattern: not an event",
                "filterCriteria: {filters: [{}]} | triggers[0].filterCriteria.filters[0].pattern: is missing",
                "filterCriteria: [] | line 7, field triggers[0].filterCriteria: must hold fields, not []",
                "name: again | line 7: Duplicate field 'name'",
                "kafka: {bootstrap: [1]} | kafka.bootstrap: must be a text",
                "kafka: {topics: x} | kafka.topics: unknown; known here: bootstrap, properties, topic"
            })
    void aMistakeIsNamedWithItsLine(String line, String said) {
        assertThatThrownBy(() -> trigger(SOUND + line))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("triggers.yaml: line 7")
                .hasMessageContaining(said);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | field triggers: must name one trigger at least",
                "[] | the file is a list of fields with values",
                "`` | the file is empty",
                "{triggers: [5]} | line 1, field triggers[0]: must hold fields, not 5",
                "{triggers: [{}]} | line 1, field triggers[0].name: is missing",
                "{triggers: [{name: t, region: a, table: t}]} | field triggers[0].function.url: is missing",
                "{triggers: [{name: t, function: {url: 'http://h/'}}]} | region and table, or kafka.bootstrap and kafka.topic",
                "{triggers: [{name: t, region: a, function: {url: 'http://h/'}}]} | field triggers[0].table: is missing",
                "{triggers: [{name: t, region: A, table: t, function: {url: 'http://h/'}}]} | region: 'A' is not a region",
                "{triggers: [{name: t, region: a, table: t, function: {url: nowhere}}]} | is not of the form http://host",
                "{triggers: [{name: t, region: a, table: t, function: {url: 'ftp://h/'}}]} | is not of the form http://host",
                "{triggers: [{name: t, region: a, table: t, function: {url: 'http://h/', timeout: 901}}]} | between 1 and 900",
                "{triggers: [{name: t, region: a, table: t, function: {url: 'http://h/', headers: {Host: x}}}]} | Host",
                "{triggers: [{name: a b, region: a, table: t, function: {url: 'http://h/'}}]} | name: must be 1 to 64 letters",
                "{triggers: [{name: t, kafka: {bootstrap: 'k:1', topic: x}, function: {url: 'http://h/'}}]} | eventSourceArn",
                "{triggers: [{name: t, enabled: false, region: a, table: t, function: {url: 'http://h/'}}]} | none is enabled",
                "{triggers: [{name: t, region: a, table: t, function: {url: 'http://h/'}, startingPosition: AT_TIMESTAMP}]}"
                        + " | line 1, field triggers[0].startingPositionTimestamp: must be a time after 1970",
                "{triggers: [], other: 1} | field other: unknown; known here: triggers",
                "{triggers: | line 1"
            })
    void aMistakeIsNamed(String text, String said) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(ConfigException.class).hasMessageContaining(said);
    }

    @Test
    void twoOfANameAreRefused() {
        assertThatThrownBy(() -> read("triggers:\n  -\n" + SOUND.indent(4) + "  -\n" + SOUND.indent(4)))
                .hasMessageContaining("line 8, field triggers[1].name: 't' is there twice");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> TriggersFile.read(folder.resolve("none.yaml")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("none.yaml: no such file");
    }
}
