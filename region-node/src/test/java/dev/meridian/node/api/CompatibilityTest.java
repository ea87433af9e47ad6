package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.api.shape.ServiceModel;
import dev.meridian.node.api.shape.Shapes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code COMPATIBILITY.md} says of every operation what is true of it. */
class CompatibilityTest {
    private static final String ABSENT = "absent";

    private static final List<String> SECTIONS = List.of("Operations", "Operations of DynamoDB Streams", "Features");

    /** @param standing same, differs or absent */
    private record Row(String name, String standing, String text) {}

    /** @param where the test, or the row, that tells of it, or the finding that it repeats */
    private record Finding(String number, String standing, String where) {}

    private static Path file() {
        return Stream.of("COMPATIBILITY.md", "region-node/COMPATIBILITY.md")
                .map(Path::of)
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }

    private static List<Row> rows(String section) throws IOException {
        return cells(section)
                .map(cells -> new Row(cells[1].trim(), cells[2].trim(), cells[3].trim()))
                .toList();
    }

    private static Stream<String[]> cells(String section) throws IOException {
        String text = Files.readString(file());
        int start = text.indexOf("## " + section + "\n");
        int end = text.indexOf("\n## ", start + 1);
        return text.substring(start, end < 0 ? text.length() : end)
                .lines()
                .filter(line -> line.startsWith("| "))
                .skip(1)
                .map(line -> line.split("\\|", -1));
    }

    /** What was measured on AWS, by the file that tells of it. */
    private static Map<String, List<Finding>> findings() throws IOException {
        Map<String, List<Finding>> findings = new LinkedHashMap<>();
        List<Finding> current = new ArrayList<>();
        try (InputStream lines = CompatibilityTest.class.getResourceAsStream("measured.txt")) {
            for (String line : new String(lines.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("# ") && line.endsWith(".md")) {
                    current = new ArrayList<>();
                    findings.put(line.substring(2), current);
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    String[] columns = line.split(" \\| ", -1);
                    assertThat(columns).as(line).hasSize(3);
                    current.add(new Finding(columns[0], columns[1], columns[2]));
                }
            }
        }
        return findings;
    }

    /** The names of all test classes of this module and of the one that tests through the SDK. */
    private static Set<String> tests() throws IOException {
        Path top = file().toAbsolutePath().getParent().getParent();
        Set<String> names = new HashSet<>();
        for (String module : List.of("region-node", "simulator")) {
            try (Stream<Path> files = Files.walk(top.resolve(module).resolve("src/test/java"))) {
                files.forEach(path -> names.add(path.getFileName().toString().replace(".java", "")));
            }
        }
        return names;
    }

    @Test
    void everyFindingHasOneStandingThatATestOrARowTells() throws Exception {
        Map<String, Finding> byNumber = new LinkedHashMap<>();
        findings()
                .values()
                .forEach(all -> all.forEach(finding -> assertThat(byNumber.put(finding.number(), finding))
                        .as(finding.number())
                        .isNull()));
        Set<String> tests = tests();
        Set<String> different = new HashSet<>();
        for (String section : SECTIONS) {
            rows(section).stream()
                    .filter(row -> !row.standing().equals("same"))
                    .forEach(row -> different.add(row.name()));
        }
        assertThat(byNumber.values()).isNotEmpty().allSatisfy(finding -> {
            String where = finding.where();
            switch (finding.standing()) {
                case "same" ->
                    assertThat(where).matches(named -> named.equals("requests.txt") || tests.contains(named));
                case "differs" -> assertThat(different).contains(where);
                case "open" -> assertThat(where).isEqualTo("-");
                case "none" -> assertThat(where).isIn("service", "unmeasured", "scope");
                case "as" -> {
                    assertThat(byNumber).containsKey(where);
                    assertThat(byNumber.get(where).standing()).isNotEqualTo("as");
                }
                default -> throw new AssertionError(finding);
            }
        });
    }

    @Test
    void theTableCountsTheFindings() throws Exception {
        Map<String, List<Finding>> findings = findings();
        Map<String, String> standings = new HashMap<>();
        findings.values().forEach(all -> all.forEach(finding -> standings.put(finding.number(), finding.standing())));
        List<String> counted = new ArrayList<>();
        findings.forEach((file, all) -> {
            List<String> each = all.stream()
                    .map(finding ->
                            finding.standing().equals("as") ? standings.get(finding.where()) : finding.standing())
                    .toList();
            counted.add(file + " " + all.size() + " "
                    + Stream.of("same", "differs", "open", "none")
                            .map(standing -> String.valueOf(Collections.frequency(each, standing)))
                            .collect(Collectors.joining(" ")));
        });
        assertThat(cells("Measured on AWS")
                        .map(cells -> Stream.of(1, 3, 4, 5, 6, 7)
                                .map(column -> cells[column].trim())
                                .collect(Collectors.joining(" "))))
                .containsExactlyElementsOf(counted);
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
        for (String section : SECTIONS) {
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
