package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.api.shape.ServiceModel;
import dev.meridian.node.api.shape.Shapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code COMPATIBILITY.md} says of every operation what is true of it. */
class CompatibilityTest {
    private static final String ABSENT = "absent";

    /** @param standing same, differs or absent */
    private record Row(String name, String standing, String text) {}

    private static List<Row> rows(String section) throws IOException {
        Path file = Stream.of("COMPATIBILITY.md", "region-node/COMPATIBILITY.md")
                .map(Path::of)
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
        String text = Files.readString(file);
        int start = text.indexOf("## " + section + "\n");
        int end = text.indexOf("\n## ", start + 1);
        return text.substring(start, end < 0 ? text.length() : end)
                .lines()
                .filter(line -> line.startsWith("| "))
                .skip(1)
                .map(line -> line.split("\\|", -1))
                .map(cells -> new Row(cells[1].trim(), cells[2].trim(), cells[3].trim()))
                .toList();
    }

    @Test
    void everyOperationOfTheServiceHasOneRow() throws Exception {
        assertThat(rows("Operations"))
                .extracting(Row::name)
                .containsExactlyElementsOf(ServiceModel.load().operations());
    }

    @Test
    void everyOperationOfTheStreamsHasOneRow(@TempDir Path folder) throws Exception {
        Set<String> known = Shapes.load(Shapes.STREAMS).operations().keySet();
        assertThat(rows("Operations of DynamoDB Streams")).extracting(Row::name).containsExactlyElementsOf(known);
        try (OperationsFixture region = new OperationsFixture(folder)) {
            assertThat(known).allMatch(region.streams()::contains).noneMatch(region.operations()::contains);
        }
    }

    @Test
    void whatIsOtherwiseIsSaid() throws Exception {
        for (String section : List.of("Operations", "Operations of DynamoDB Streams", "Features")) {
            assertThat(rows(section)).isNotEmpty().allSatisfy(row -> {
                assertThat(row.standing()).as(row.name()).isIn("same", "differs", ABSENT);
                if (!row.standing().equals("same")) {
                    assertThat(row.text()).as(row.name()).isNotEmpty();
                }
            });
        }
    }

    @Test
    void whatIsAbsentIsUnknownAndNothingElseIs(@TempDir Path folder) throws Exception {
        SortedMap<String, Boolean> said = new TreeMap<>();
        SortedMap<String, Boolean> answered = new TreeMap<>();
        try (OperationsFixture region = new OperationsFixture(folder)) {
            for (Row row : rows("Operations")) {
                said.put(row.name(), row.standing().equals(ABSENT));
                answered.put(row.name(), region.ask(row.name(), "{}").error().equals("UnknownOperationException"));
            }
        }
        assertThat(answered).isEqualTo(said);
        assertThat(Operations.absent().keySet())
                .containsExactlyElementsOf(
                        said.keySet().stream().filter(said::get).toList());
    }
}
