package dev.meridian.streams.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.meridian.model.Bytes;
import dev.meridian.streams.BusReader;
import dev.meridian.streams.BusRecord;
import dev.meridian.streams.BusWriter;
import dev.meridian.streams.OrderedBus.Fencing;
import dev.meridian.streams.OrderedBus.Isolation;
import dev.meridian.streams.TopicPartition;
import dev.meridian.streams.TopicSpec;
import dev.meridian.streams.kafka.KafkaBus;
import dev.meridian.streams.resilience.CallPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    private static final CallPolicy POLICY = new CallPolicy("full", InstantSource.system());
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int RECORD_BYTES = 100_000;

    @TempDir
    Path folder;

    private EmbeddedBroker broker(String name, Path data, int port) {
        return new EmbeddedBroker(new EmbeddedBroker.Config(name, data, "127.0.0.1", port));
    }

    @Test
    void aTakenPortIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> broker("taken", folder, taken.getLocalPort()))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void theFolderOfAnotherRegionIsRefused() {
        broker("one", folder, 0).close();
        assertThatThrownBy(() -> broker("other", folder, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(folder.toString());
    }

    @Test
    void aFullDiskEndsNeitherTheProcessNorWhatWasAcknowledgedAndIsLeftWhenThereIsRoom() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()), "no tmpfs can be mounted");
        try (EmbeddedBroker broker = broker("full", disk.resolve("kafka"), 0);
                KafkaBus bus = new KafkaBus(new KafkaBus.Config("full", broker.bootstrap(), new TreeMap<>()), POLICY);
                BusWriter writer = bus.writer("full", Fencing.NONE);
                BusReader reader = bus.reader(Isolation.UNCOMMITTED)) {
            TopicPartition at = new TopicPartition("full", 0);
            get(bus.ensureTopic(new TopicSpec("full", 1, 3_600_000, false)));
            get(writer.open());
            Path filler = disk.resolve("filler");
            fill(filler, disk.toFile().getUsableSpace() - (4 << 20));
            List<CompletableFuture<List<Long>>> appended = new ArrayList<>();
            for (int number = 0; number < 100; number++) {
                appended.add(writer.append(List.of(record(at, number))).toCompletableFuture());
            }
            await("the broker says that it failed", () -> broker.failure().isPresent());
            assertThat(appended).anyMatch(CompletableFuture::isDone).anyMatch(append -> !append.isDone());
            await("and why", () -> broker.failure().orElse("").contains("bytes free"));
            Files.delete(filler);
            await("it serves again", () -> broker.failure().isEmpty());
            for (int number = 0; number < appended.size(); number++) {
                assertThat(get(appended.get(number))).containsExactly((long) number);
            }
            reader.follow(Map.of(at, 0L));
            List<String> numbers = new ArrayList<>();
            await("all are there, once and in order", () -> {
                reader.poll(10).forEach(record -> numbers.add(record.headers().get("n")));
                return numbers.size() >= appended.size();
            });
            for (int number = 0; number < appended.size(); number++) {
                assertThat(numbers.get(number)).isEqualTo(String.valueOf(number));
            }
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    @Test
    void aDiskThatIsFullAtTheStartIsWaitedFor() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()), "no tmpfs can be mounted");
        try {
            EmbeddedBroker before = broker("full", disk.resolve("kafka"), 0);
            int port = before.port();
            before.close();
            Path filler = disk.resolve("filler");
            fill(filler, disk.toFile().getUsableSpace() - (2 << 20));
            assertThatThrownBy(() -> broker("full", disk.resolve("kafka"), 0)).hasMessageContaining("bytes free");
            try (EmbeddedBroker broker = broker("full", disk.resolve("kafka"), port)) {
                assertThat(broker.failure().orElse("")).contains("bytes free");
                assertThat(broker.port()).isEqualTo(port);
                Files.delete(filler);
                await("it serves", () -> broker.failure().isEmpty());
                try (KafkaBus bus =
                        new KafkaBus(new KafkaBus.Config("full", broker.bootstrap(), new TreeMap<>()), POLICY)) {
                    get(bus.ensureTopic(new TopicSpec("full", 1, 3_600_000, false)));
                }
            }
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    @Test
    void aDiskThatIsReadOnlyAtTheStartIsWaitedFor() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.toString()), "no tmpfs can be mounted");
        try {
            assumeTrue(run("mount", "-o", "remount,ro", disk.toString()), "it cannot be remounted");
            int port;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                port = free.getLocalPort();
            }
            try (EmbeddedBroker broker = broker("readonly", disk.resolve("kafka"), port)) {
                assertThat(broker.failure().orElse("")).contains("is read-only");
                assertThat(run("mount", "-o", "remount,rw", disk.toString())).isTrue();
                await("it serves", () -> broker.failure().isEmpty());
            }
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static BusRecord record(TopicPartition at, int number) {
        byte[] value = new byte[RECORD_BYTES];
        new Random(number).nextBytes(value);
        return BusRecord.outgoing(
                at, number, null, Bytes.wrap(value), new TreeMap<>(Map.of("n", String.valueOf(number))));
    }

    private static void fill(Path file, long bytes) throws IOException {
        byte[] block = new byte[1 << 20];
        try (var out = Files.newOutputStream(file)) {
            for (long left = bytes; left > 0; left -= block.length) {
                out.write(block);
            }
        }
    }

    private static boolean run(String... command) throws Exception {
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException notThere) {
            return false;
        }
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(until);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
