package dev.meridian.simulator.comparison;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A server in a process of its own, whose log is kept. */
final class ServerProcess implements AutoCloseable {
    /** A launcher may build first. */
    private static final Duration START = Duration.ofMinutes(10);

    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final Process process;
    private final Path log;

    /** Starts it, and returns when it serves. */
    ServerProcess(List<String> command, Map<String, String> environment, Path log, BooleanSupplier serves)
            throws IOException {
        this.log = log;
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(log.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(new File("/dev/null"));
        builder.environment().putAll(environment);
        process = builder.start();
        await(serves);
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Meridian's command for regions in one process. @param first the front door's port; the regions' come behind it */
    static List<String> up(Path launcher, List<String> regions, int first, int brokers, Path data) {
        return List.of(
                launcher.toString(),
                "up",
                "--regions",
                String.join(",", regions),
                "--port-base",
                String.valueOf(first),
                "--kafka-port-base",
                String.valueOf(brokers),
                "--data",
                data.toString());
    }

    private void await(BooleanSupplier serves) throws IOException {
        long until = System.nanoTime() + START.toNanos();
        while (!serves.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() > until) {
                process.destroyForcibly();
                throw new IOException("it does not serve; see " + log);
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    /** Whether somebody listens. */
    static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /**
     * Resident memory, in bytes.
     *
     * @param own what is the process's own: heap, threads, buffers
     * @param file pages of files that it has mapped, which the system takes back when it needs them: the store's, mostly
     */
    record Memory(long own, long file) {
        long all() {
            return own + file;
        }
    }

    /** As Linux tells it. */
    Memory memory() throws IOException {
        List<String> status = Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status"));
        return new Memory(bytes(status, "RssAnon:"), bytes(status, "RssFile:") + bytes(status, "RssShmem:"));
    }

    private static long bytes(List<String> status, String name) {
        String line = status.stream()
                .filter(each -> each.startsWith(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this system does not tell " + name));
        return 1_024 * Long.parseLong(line.replaceAll("\\D", ""));
    }

    /** What it has taken of the processors since it began. */
    Duration cpu() {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IllegalStateException("this system does not tell a process's time"));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException asked) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
