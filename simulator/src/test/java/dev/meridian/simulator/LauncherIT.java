package dev.meridian.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.simulator.drill.Ports;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** What the launcher runs is whole: the very folder of jars that it puts on the class path, without the tests' own. */
class LauncherIT {
    private static final List<String> FLAGS = List.of(
            "-Xmx512m",
            "--add-opens",
            "java.base/java.nio=ALL-UNNAMED",
            "--add-opens",
            "java.base/sun.nio.ch=ALL-UNNAMED");

    @TempDir
    Path folder;

    @Test
    @Timeout(120)
    void upStartsServesAndStopsOnASignal() throws Exception {
        int ports = Ports.free(5);
        Process up = start(
                "up",
                "--data",
                folder.resolve("data").toString(),
                "--regions",
                "us-east-1,eu-west-1",
                "--port-base",
                String.valueOf(ports),
                "--kafka-port-base",
                String.valueOf(ports + 3));
        List<String> said = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(up.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
                if (line.startsWith("Stop")) {
                    break;
                }
            }
            assertThat(said).as("what it said").anyMatch(line -> line.matches("us-east-1 +http://127.0.0.1:\\d+ +.*"));
            try (DynamoDbClient client = Cluster.client(ports, "eu-west-1")) {
                assertThat(client.listTables().tableNames()).isEmpty();
            }
            up.toHandle().destroy();
            assertThat(up.waitFor(20, TimeUnit.SECONDS)).as("stops").isTrue();
            assertThat(lines.lines()).allMatch(line -> line.startsWith("Stopping"));
        } finally {
            up.destroyForcibly();
        }
    }

    @Test
    @Timeout(60)
    void helpIsComplete() throws Exception {
        Process help = start("--help");
        String said = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(help.waitFor()).isZero();
        assertThat(said).contains("up", "region", "status", "test");
    }

    private static Process start(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.addAll(List.of("-cp", Path.of("target", "lib", "*").toString(), "dev.meridian.node.cli.Meridian"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
