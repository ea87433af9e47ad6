package dev.meridian.simulator.drill;

import dev.meridian.model.RegionId;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** {@code meridian region} in a process of its own, which can be killed and started again. Thread-safe. */
public final class RegionProcess implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String LAUNCHED = "dev.meridian.node.cli.Meridian";

    /** Some seconds on an idle machine; more while others start too, and after a crash, when logs are repaired. */
    private static final Duration START = Duration.ofSeconds(120);

    private static final Duration STOP = Duration.ofSeconds(20);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    private static final int JAVA_WITH_NATIVE_ACCESS = 24;
    private static final int SAID_AT_THE_END = 600;

    private final RegionId region;
    private final Path config;
    private final Path log;
    private final int port;
    private List<String> flags = List.of();
    private @Nullable Process process;
    private int starts;
    private boolean retired;

    /**
     * A process that is not running yet.
     *
     * @param folder of its config and log
     * @param port of its pages, as the config says
     */
    public RegionProcess(RegionId region, Path folder, int port) {
        this.region = region;
        this.port = port;
        this.log = folder.resolve(region + ".log");
        this.config = folder.resolve(region + ".yaml");
    }

    public RegionId region() {
        return region;
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /** What it is told when it starts next. */
    public void configure(String yaml) throws IOException {
        Files.writeString(config, yaml);
    }

    /** Further options of its JVM, from its next start on; they go before its own. */
    public synchronized RegionProcess with(String... options) {
        flags = List.of(options);
        return this;
    }

    /** Starts it, and returns when it serves. */
    public void start() throws IOException {
        begin();
        long until = System.nanoTime() + START.toNanos();
        while (!isReady()) {
            if (System.nanoTime() > until) {
                throw new DrillFailedException(region + " does not serve after " + START.toSeconds() + " s; " + said());
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private synchronized void begin() throws IOException {
        if (retired) {
            throw new DrillFailedException(region + " is not started any more");
        }
        starts++;
        process = new ProcessBuilder(command())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(new File("/dev/null"))
                .start();
    }

    private synchronized List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:MaxDirectMemorySize=128m",
                "-Xss512k",
                "-XX:+UseSerialGC",
                // A region of a drill lives for a minute or two: no time to earn back what better code costs.
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--add-opens",
                "java.base/java.nio=ALL-UNNAMED",
                "--add-opens",
                "java.base/sun.nio.ch=ALL-UNNAMED",
                "-Dlogback.configurationFile=logback.xml"));
        if (Runtime.version().feature() >= JAVA_WITH_NATIVE_ACCESS) {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(flags);
        command.addAll(List.of(LAUNCHED, "region", "--config", config.toString()));
        return command;
    }

    /** How often it has been started: what is numbered since its start begins anew with each. */
    public synchronized int starts() {
        return starts;
    }

    private boolean isReady() {
        Process started = current();
        if (started == null || !started.isAlive()) {
            throw new DrillFailedException(region + " ended; " + said());
        }
        return isReady(endpoint());
    }

    /** Whether a region answers there that it is ready. */
    public static boolean isReady(String endpoint) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + "/-/ready"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new DrillFailedException("interrupted", asked);
        }
    }

    private synchronized @Nullable Process current() {
        return process;
    }

    private String said() {
        try {
            String all = Files.readString(log).strip().replace('\n', ' ');
            return "its log is " + log + ", and ends: " + all.substring(Math.max(0, all.length() - SAID_AT_THE_END));
        } catch (IOException none) {
            return "it has no log at " + log;
        }
    }

    /** SIGSTOP, an action, and SIGCONT: what the process writes it has written before or writes behind it. */
    void whileFrozen(Action action) throws IOException, InterruptedException {
        Process running = current();
        if (running == null || !running.isAlive()) {
            action.run();
            return;
        }
        signal(running, "-STOP");
        try {
            action.run();
        } finally {
            signal(running, "-CONT");
        }
    }

    /** Something done with files. */
    interface Action {
        void run() throws IOException;
    }

    private static void signal(Process process, String signal) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("kill " + signal + " " + process.pid() + " failed with " + exit);
        }
    }

    /** SIGKILL. */
    public void kill() throws InterruptedException {
        Process running = current();
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
    }

    /** SIGKILL, and it is never started again: not by somebody either who is about to. */
    void retire() throws InterruptedException {
        synchronized (this) {
            retired = true;
        }
        kill();
    }

    /** SIGTERM, and SIGKILL if that does not help. @return its exit code */
    public int stop() throws InterruptedException {
        Process running = current();
        if (running == null) {
            throw new DrillFailedException(region + " has not been started");
        }
        running.destroy();
        if (!running.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
        }
        return running.exitValue();
    }

    /** Stops it if it was started. */
    @Override
    public void close() throws InterruptedException {
        if (current() != null) {
            stop();
        }
    }
}
