package dev.meridian.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class UpCommandTest {
    private final StringWriter said = new StringWriter();

    private int run(String... arguments) {
        PrintWriter out = new PrintWriter(said);
        return Meridian.commandLine().setOut(out).setErr(out).execute(arguments);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                soon | --evict-after: 'soon' is no time such as 90s, 15m, 12h or 3d
                -5s  | --evict-after: '-5s' is no time such as 90s, 15m, 12h or 3d
                9s   | --evict-after must be at least 10s, or 0 for never
                """)
    void aTimeThatCannotBeIsExplained(String time, String explanation) {
        assertThat(run("up", "--evict-after=" + time)).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(said.toString()).isEqualTo("meridian up: " + explanation + " (see meridian up --help)\n");
    }

    @Test
    void theDefaultRegionIsOneOfThose() {
        assertThat(run("up", "--regions=a,b", "--default-region=c")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(said.toString())
                .isEqualTo("meridian up: --default-region: c is none of --regions (see meridian up --help)\n");
    }

    @Test
    void helpTellsOfIt() {
        assertThat(run("up", "--help")).isZero();
        assertThat(said.toString()).contains("--evict-after=TIME", "--default-region=NAME");
    }
}
