package dev.meridian.simulator;

import dev.meridian.streams.embedded.EmbeddedBroker;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A broker in a process of its own, which can be killed and started again while the nodes that use it live on. */
final class BrokerProcess implements AutoCloseable {
    private final Path folder;
    private final String name;
    private final int port;
    private Process process;

    BrokerProcess(Path folder, String name, int port) {
        this.folder = folder;
        this.name = name;
        this.port = port;
    }

    /** Returns at once. */
    void start(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        command.addAll(List.of(
                BrokerProcess.class.getName(), name, folder.resolve(name).toString(), Integer.toString(port)));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve(name + ".log").toFile()))
                .redirectInput(new File("/dev/null"))
                .start();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }

    /** @param arguments the cluster's name, folder, port */
    public static void main(String[] arguments) {
        try (EmbeddedBroker broker = new EmbeddedBroker(new EmbeddedBroker.Config(
                arguments[0], Path.of(arguments[1]), "127.0.0.1", Integer.parseInt(arguments[2])))) {
            System.err.println("serves at " + broker.bootstrap());
            // Nobody else ends it if the test is killed.
            ProcessHandle.current().parent().orElseThrow().onExit().join();
        }
    }
}
