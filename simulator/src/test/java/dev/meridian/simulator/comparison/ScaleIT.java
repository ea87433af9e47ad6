package dev.meridian.simulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scale runner runs, for a moment: what it measures here means nothing. */
class ScaleIT {
    @TempDir
    Path folder;

    @Test
    @Timeout(180)
    void aSmallTableIsMeasured() throws Exception {
        StringWriter said = new StringWriter();
        int code = Scale.commandLine()
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(said, true))
                .execute(
                        "--launcher",
                        Path.of("..", "meridian").toString(),
                        "--built",
                        Path.of("target", "built").toString(),
                        "--folder",
                        folder.toString(),
                        "--items=100,1000",
                        "--scan-pages=2",
                        "--seconds=1",
                        "--warm-up=1");
        assertThat(code).as(said.toString()).isZero();
        assertThat(said.toString())
                .contains("GetItem a second", "Scan items a second", "resident, its own, MB", "ready again after, s");
        assertThat(folder.resolve("scale.html")).content().contains("<svg", "PutItem p99, µs", "1,000");
        assertThat(Files.list(folder)).as("data is gone").containsExactly(folder.resolve("scale.html"));
    }
}
