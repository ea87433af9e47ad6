package dev.meridian.streams.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EndOfProcessTest {
    /** Says before and behind the beginning of its end whether it has begun. */
    static final class Ending {
        private Ending() {}

        public static void main(String[] args) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.print(EndOfProcess.hasBegun())));
            System.out.print(EndOfProcess.hasBegun() + " ");
        }
    }

    @Test
    void itBeginsWhenTheHooksRun() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Ending.class.getName())
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("false true");
    }
}
