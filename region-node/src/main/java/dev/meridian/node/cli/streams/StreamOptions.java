package dev.meridian.node.cli.streams;

import dev.meridian.model.RegionId;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.ClientOptions;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusUnavailableException;
import dev.meridian.streams.TopicNames;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.kafka.KafkaBus;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

    /** The one that is there; if none is, what it will be called. */
    String topic(KafkaBus bus) {
        try {
            List<String> names = TopicNames.ofStream(new RegionId(region), table);
            return names.stream()
                    .filter(name -> answer(bus.partitions(name)) > 0)
                    .findFirst()
                    .orElse(names.get(0));
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
        String topic = topic(bus);
        int count = answer(bus.partitions(topic));
        if (count == 0) {
            // Says so if there is no such table.
            client.client().get(region, "audit", Map.of("table", table));
            throw new CommandFailedException(
                    "region " + region + " has no topic " + topic + ": nothing has been published there yet");
        }
        return TopicPartition.allOf(topic, count);
    }

    /** A damaged log is said, not passed over. */
    static void requireUndamaged(BusReader reader) {
        reader.damaged().forEach((at, damage) -> {
            throw new CommandFailedException("topic " + at.topic() + ", partition " + at.partition() + ", offset "
                    + damage.offset() + ": " + damage.reason());
        });
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
