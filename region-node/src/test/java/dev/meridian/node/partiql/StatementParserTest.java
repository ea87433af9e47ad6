package dev.meridian.node.partiql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Property;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of {@code statements.txt}, which says how to add one, and statements that nobody would write. */
class StatementParserTest {
    private static final String MALFORMED = "Statement wasn't well formed, can't be processed: ";

    record Case(int line, String statement, String outcome) {
        @Override
        public String toString() {
            return "statements.txt:" + line + " " + statement;
        }
    }

    static Stream<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        String[] lines = text().split("\n");
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].isBlank() || lines[i].startsWith("#")) {
                continue;
            }
            String[] columns = lines[i].split(" \\|(?= |$)");
            assertThat(columns).as("columns of statements.txt:" + (i + 1)).hasSize(2);
            cases.add(new Case(
                    i + 1, columns[0].replace("\\n", "\n"), columns[1].strip().replaceFirst("^\\.\\.\\.", MALFORMED)));
        }
        return cases.stream();
    }

    private static String text() throws IOException {
        try (InputStream file =
                Objects.requireNonNull(StatementParserTest.class.getResourceAsStream("statements.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void saysWhatDynamoDbSays(Case tested) {
        assertThat(outcome(tested.statement())).as(tested.toString()).isEqualTo(tested.outcome());
    }

    private static String outcome(String statement) {
        try {
            StatementParser.Parsed parsed = StatementParser.parse(statement);
            assertThat(parsed.parameters()).isNotNegative();
            return "accepted";
        } catch (ApiException refused) {
            assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION);
            return refused.getMessage();
        }
    }

    @Test
    void mutatedStatementsAreReadOrRefused() throws IOException {
        List<String> seeds = cases().map(Case::statement).toList();
        String letters = "'\"()[]{}<>=,.;:?*+-/#|% \n0e9aN_$\u00e9\u0000";
        Assertions.assertTimeout(
                Duration.ofSeconds(60),
                () -> Property.holds(30_000, random -> {
                    StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
                    for (int i = random.nextInt(1, 6); i > 0; i--) {
                        int at = random.nextInt(text.length() + 1);
                        switch (random.nextInt(4)) {
                            case 0 -> text.insert(at, letters.charAt(random.nextInt(letters.length())));
                            case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(1, 4)));
                            case 2 -> text.setLength(at);
                            default -> {
                                String other = seeds.get(random.nextInt(seeds.size()));
                                text.insert(at, other, 0, random.nextInt(other.length() + 1));
                            }
                        }
                    }
                    assertThat(outcome(text.toString())).isNotNull();
                }));
    }

    @Test
    void whatIsDeepOrLongIsRefusedWithoutAStackOverflow() {
        int longest = 8192;
        for (String piece :
                List.of("(", "[", "<<", "{'a':", "NOT ", "- ", "size(", "a[", "a.", "a=", "1+", "a AND ", "?,")) {
            String statement = "SELECT * FROM t WHERE " + piece.repeat((longest - 30) / piece.length()) + "1";
            assertThat(outcome(statement)).as(piece).isNotEqualTo("accepted");
        }
        assertThat(outcome("SELECT * FROM t WHERE a = " + "(".repeat(50) + "1" + ")".repeat(50)))
                .isEqualTo("accepted");
    }

    @Test
    void parametersAreCounted() {
        assertThat(StatementParser.parse("SELECT * FROM t WHERE a = ? AND b IN [?, '?']")
                        .parameters())
                .isEqualTo(2);
    }
}
