package dev.meridian.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What makes no sense is refused before anybody is asked, and the error says what to write. */
class OptionsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "drain --from a --to b --timeout -1 | '-1' is no number of seconds: a whole number from 0 to 86400",
                "drain --from a --to b --timeout 1.5 | '1.5' is no number of seconds",
                "drain --from a --to b --timeout 99999999999 | is no number of seconds",
                "drain --from a --to b --missing-above xyz | 'xyz' is no version: up to 16 hexadecimal digits",
                "drain --from a --to b --missing-above 1f --wait | --wait and --missing-above exclude each other",
                "drain --from a --to a | --from and --to are the same region",
                "verify --table t --timeout -5 | '-5' is no number of seconds",
                "status --endpoint localhost:8000 | 'localhost:8000' is no URL: write http://localhost:8000",
                "verify --table t --endpoint ftp://here:1 | write http:// or https://",
                "conflicts --since yesterday | --since takes a time like 2026-01-31T12:00:00Z",
                "conflicts --since -1h | --since takes a time like",
                "conflicts restore --region a --id -3 | --id: a number that 'meridian conflicts' shows under ID",
                "streams audit --table t --region a --patience -1 | '-1' is no number of seconds",
                "streams tail --table t --region a --limit -1 | --limit: at least 1, not -1",
                "up --partitions 0 | --partitions: between 1 and 256, not 0",
                "up --port-base -1 | --port-base: -1 leaves no room",
                "up --port-base 21200 --kafka-port-base 21201 | --port-base and --kafka-port-base overlap:"
                        + " front door and regions take the ports 21200 to 21203, Kafka 21201 to 21203",
                "up --port-base 21202 --kafka-port-base 21200 | 21202 to 21205, Kafka 21200 to 21202",
                "conflicts restore --region a --id abc | --id: a number that 'meridian conflicts' shows under ID, not 'abc'",
                "streams tail --table t --region a --from 2026 | '2026' is neither beginning nor end nor a time like"
                        + " 2026-01-31T12:00:00Z or milliseconds since 1970",
                "up --evict-after -3d | --evict-after: '-3d' is no time such as 90s, 15m, 12h or 3d",
                "status --verbose | Unknown option: '--verbose'"
            })
    void isRefusedAsWrongUsage(String words, String message) {
        StringWriter err = new StringWriter();
        CommandLine commandLine = Meridian.commandLine().setErr(new PrintWriter(err));
        assertThat(commandLine.execute(words.split(" "))).as("exit code").isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    }
}
