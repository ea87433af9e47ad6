package dev.meridian.simulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ScaleOptionsTest {
    @TempDir
    Path folder;

    private String refused(String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "--launcher",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--built",
                folder.resolve("built").toString(),
                "--folder",
                folder.resolve("out").toString()));
        all.addAll(List.of(options));
        StringWriter said = new StringWriter();
        int code = Scale.commandLine().setErr(new PrintWriter(said, true)).execute(all.toArray(new String[0]));
        assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(Files.list(folder)).as("nothing is begun").isEmpty();
        return said.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--items=150 | --items: all must be multiples of 100",
                "--items=0 | --items: 0 is not between 100 and 99999900",
                "--items=200,100 | --items: must be in ascending order, each once",
                "--items=many | Invalid value for option '--items'",
                "--regions=6 | --regions: 6 is not between 1 and 5",
                "--tables=2501 | --tables: 2501 is not between 1 and 2500",
                "--item-bytes=409600 | --item-bytes: 409600 is not between 1 and 409581",
                "--indexes=21 | --indexes: 21 is not between 0 and 20",
                "--empty=0 | --empty: 0 is not between 1 and 5",
                "--sustained=1 | --sustained: 1 is not between 3 and 3600",
                "--sustained --sustained-rate=-1 | --sustained-rate: must be above 0",
                "--half-rate --heap=lots | --heap: 'lots' is not of the form 512m",
                "--half-rate --seconds=0 | --seconds: 0 is not between 1 and 3600",
                "--half-rate --launcher=nowhere | --launcher: nowhere cannot be run",
            })
    void badOptionsAreNamed(String options, String why) throws Exception {
        assertThat(refused(options.split(" "))).contains(why);
    }

    @Test
    void nothingToMeasureIsSaid() throws Exception {
        assertThat(refused()).contains("Nothing to measure");
    }
}
