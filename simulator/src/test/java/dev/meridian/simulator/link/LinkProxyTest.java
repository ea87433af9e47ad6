package dev.meridian.simulator.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.simulator.scenario.Link;
import io.vertx.core.Vertx;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link between real sockets, with somebody at the far end who repeats what is said. */
@Timeout(60)
class LinkProxyTest {
    /** One for each: they wait, and the common pool may have a single thread. */
    private static final Executor THREADS = task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    };

    private static final long SEED = 7;
    private static final Link PERFECT = link(0, 0);

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<Socket> farEnds = new LinkedBlockingQueue<>();
    private ServerSocket echo;

    @BeforeEach
    void open() throws IOException {
        echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread accepting = new Thread(() -> {
            while (!echo.isClosed()) {
                try {
                    Socket socket = echo.accept();
                    farEnds.add(socket);
                    Thread repeating = new Thread(() -> repeat(socket));
                    repeating.setDaemon(true);
                    repeating.start();
                } catch (IOException closed) {
                    return;
                }
            }
        });
        accepting.setDaemon(true);
        accepting.start();
    }

    private static void repeat(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException gone) {
            // The other end went first.
        }
    }

    @AfterEach
    void close() throws IOException {
        echo.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static Link link(long latencyMillis, long jitterMillis) {
        return new Link(Duration.ofMillis(latencyMillis), Duration.ofMillis(jitterMillis), 0, 0);
    }

    private LinkProxy proxy(Link link) {
        return new LinkProxy(vertx, 0, echo.getLocalPort(), link, new SplittableRandom(SEED));
    }

    private static Socket connect(LinkProxy link) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), link.port());
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new java.util.Random(SEED).nextBytes(bytes);
        return bytes;
    }

    private static long roundTripNanos(Socket socket, byte[] said) throws IOException {
        long begin = System.nanoTime();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(
                () -> {
                    try {
                        new DataOutputStream(socket.getOutputStream()).write(said);
                    } catch (IOException failed) {
                        throw new AssertionError(failed);
                    }
                },
                THREADS);
        byte[] heard = new byte[said.length];
        new DataInputStream(socket.getInputStream()).readFully(heard);
        sending.join();
        assertThat(Arrays.equals(heard, said))
                .as("what arrives is what was sent")
                .isTrue();
        return System.nanoTime() - begin;
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    @Test
    void carriesMuchUnchangedThroughJitter() throws IOException {
        try (LinkProxy link = proxy(link(1, 3));
                Socket socket = connect(link)) {
            roundTripNanos(socket, bytes(20 << 20));
            assertThat(link.carriedBytes()).isEqualTo(2L * (20 << 20));
        }
    }

    @Test
    void latencyIsTakenInEachDirectionAndByTheConnectionToo() throws IOException {
        try (LinkProxy link = proxy(link(50, 0));
                Socket socket = connect(link)) {
            assertThat(millis(roundTripNanos(socket, bytes(100)))).isGreaterThanOrEqualTo(198);
            assertThat(millis(roundTripNanos(socket, bytes(100)))).isBetween(98L, 10_000L);
            link.set(link(150, 0), false);
            assertThat(millis(roundTripNanos(socket, bytes(100)))).isGreaterThanOrEqualTo(298);
            link.set(PERFECT, false);
            assertThat(millis(roundTripNanos(socket, bytes(100)))).isLessThan(10_000);
        }
    }

    @Test
    void allConnectionsShareTheBandwidth() throws Exception {
        try (LinkProxy link = proxy(new Link(Duration.ZERO, Duration.ZERO, 1_000_000, 0));
                Socket one = connect(link);
                Socket other = connect(link)) {
            long begin = System.nanoTime();
            CompletableFuture<Long> first = CompletableFuture.supplyAsync(() -> {
                try {
                    return roundTripNanos(one, bytes(200_000));
                } catch (IOException failed) {
                    throw new AssertionError(failed);
                }
            });
            roundTripNanos(other, bytes(200_000));
            first.get(30, TimeUnit.SECONDS);
            assertThat(millis(System.nanoTime() - begin)).isGreaterThanOrEqualTo(390);
        }
    }

    @Test
    void aCutLinkKeepsItsConnectionsAndCarriesNothingUntilItHeals() throws Exception {
        try (LinkProxy link = proxy(link(5, 0));
                LinkProxy other = proxy(PERFECT);
                Socket socket = connect(link);
                Socket elsewhere = connect(other)) {
            roundTripNanos(socket, bytes(10));
            link.set(link(5, 0), true);
            CompletableFuture<Long> waiting = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return roundTripNanos(socket, bytes(1_000));
                        } catch (IOException failed) {
                            throw new AssertionError(failed);
                        }
                    },
                    THREADS);
            try (Socket late = connect(link)) {
                CompletableFuture<Long> waitingToo = CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return roundTripNanos(late, bytes(1_000));
                            } catch (IOException failed) {
                                throw new AssertionError(failed);
                            }
                        },
                        THREADS);
                assertThat(roundTripNanos(elsewhere, bytes(1_000))).isPositive();
                long carried = link.carriedBytes();
                assertThat(org.assertj.core.api.Assertions.catchThrowable(
                                () -> waiting.get(300, TimeUnit.MILLISECONDS)))
                        .isInstanceOf(TimeoutException.class);
                assertThat(waitingToo).isNotDone();
                assertThat(link.carriedBytes()).isEqualTo(carried);
                link.set(link(5, 0), false);
                assertThat(waiting.get(30, TimeUnit.SECONDS)).isPositive();
                assertThat(waitingToo.get(30, TimeUnit.SECONDS)).isPositive();
            }
        }
    }

    @Test
    void aLostPacketIsAStall() throws IOException {
        try (LinkProxy link = proxy(PERFECT.withLoss(0.5));
                Socket socket = connect(link)) {
            long total = 0;
            for (int i = 0; i < 20; i++) {
                total += roundTripNanos(socket, bytes(50));
            }
            // 40 crossings, half of which stall: some at the least.
            assertThat(millis(total)).isGreaterThanOrEqualTo(5 * 200);
        }
    }

    @Test
    void whatIsClosedAtOneEndIsClosedAtTheOther() throws Exception {
        try (LinkProxy link = proxy(link(5, 0));
                Socket socket = connect(link)) {
            roundTripNanos(socket, bytes(10));
            try (Socket far = farEnds.take()) {
                far.getOutputStream().write(bytes(5_000));
            }
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes(5_000));
        }
    }

    @Test
    void nobodyAtTheTargetIsAClosedConnection() throws IOException {
        echo.close();
        try (LinkProxy link = proxy(PERFECT);
                Socket socket = connect(link)) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }
}
