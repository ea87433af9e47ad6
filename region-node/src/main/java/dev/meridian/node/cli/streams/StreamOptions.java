package dev.meridian.node.cli.streams;

import dev.meridian.model.RegionId;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.ClientOptions;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.Lane;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.kafka.KafkaBus;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which stream: a table in a region. */
final class StreamOptions {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Mixin
    private ClientOptions client = new ClientOptions();

    @Option(names = "--table", paramLabel = "NAME", required = true, description = "The table.")
    private String table = "";

    @Option(names = "--region", paramLabel = "NAME", required = true, description = "The region whose topic is read.")
    private String region = "";

    @Option(
            names = "--kafka-properties",
            paramLabel = "FILE",
            description = "Properties for Kafka's clients, such as security settings.")
    private @Nullable Path kafkaProperties;

    ClientOptions client() {
        return client;
    }

    String table() {
        return table;
    }

    String region() {
        return region;
    }

    String topic() {
        try {
            return TopicNames.of(Lane.STREAM, new RegionId(region), table);
        } catch (IllegalArgumentException wrong) {
            throw new CommandFailedException("--region: " + wrong.getMessage());
        }
    }

    KafkaBus openBus() {
        Properties given = new Properties();
        Path file = kafkaProperties;
        if (file != null) {
            try (Reader in = Files.newBufferedReader(file)) {
                given.load(in);
            } catch (IOException cannot) {
                throw new CommandFailedException("--kafka-properties: cannot read " + file);
            }
        }
        TreeMap<String, String> properties = new TreeMap<>();
        given.stringPropertyNames().forEach(name -> properties.put(name, given.getProperty(name)));
        return new KafkaBus(new KafkaBus.Config("meridian-cli", client.client().kafka(region), properties));
    }

    /** Of the topic, which must be there. */
    List<TopicPartition> partitions(KafkaBus bus) {
        String topic = topic();
        int count = answer(bus.partitions(topic));
        if (count == 0) {
            throw new CommandFailedException(
                    "region " + region + " has no topic " + topic + ": nothing has been published there yet");
        }
        return IntStream.range(0, count)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    /** Waits; what goes wrong is one line. */
    static <T> T answer(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException slow) {
            throw new CommandFailedException("Kafka does not answer within " + PATIENCE.toSeconds() + " s");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof BusUnavailableException away) {
                throw new CommandFailedException(String.valueOf(away.getMessage()));
            }
            throw new AssertionError(failed);
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException("interrupted");
        }
    }
}
