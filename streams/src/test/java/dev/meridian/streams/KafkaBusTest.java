package dev.meridian.streams;

import dev.meridian.streams.embedded.EmbeddedBroker;
import dev.meridian.streams.kafka.KafkaBus;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract upon a real broker. */
class KafkaBusTest extends OrderedBusContract {
    @TempDir
    static Path folder;

    private static EmbeddedBroker broker;
    private static KafkaBus bus;
    private static int port;

    @BeforeAll
    static void start() {
        broker = new EmbeddedBroker(new EmbeddedBroker.Config("test", folder.resolve("kafka"), "127.0.0.1", 0));
        port = broker.port();
        bus = new KafkaBus(new KafkaBus.Config("test", broker.bootstrap(), new TreeMap<>()));
    }

    @AfterAll
    static void end() {
        bus.close();
        broker.close();
    }

    @Override
    OrderedBus bus() {
        return bus;
    }

    @Override
    void stop() {
        broker.close();
    }

    @Override
    void restart() {
        broker = new EmbeddedBroker(new EmbeddedBroker.Config("test", folder.resolve("kafka"), "127.0.0.1", port));
    }
}
