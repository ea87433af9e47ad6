package dev.meridian.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ExcerptTest {
    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void aShortValueIsShownWhole() {
        assertThat(Excerpt.of("")).isEmpty();
        assertThat(Excerpt.of("é".repeat(150))).isEqualTo("é".repeat(150));
        assertThat(Excerpt.of("a".repeat(Excerpt.VALUE_BYTES_MAX))).hasSize(Excerpt.VALUE_BYTES_MAX);
    }

    @Test
    void ofALongValueTheBeginningIsShown() {
        assertThat(Excerpt.of("a".repeat(301))).isEqualTo("a".repeat(300) + "…");
        Property.holds(1_000, random -> {
            String value = random.ints(random.nextInt(2_000), 1, 0x11000)
                    .filter(letter -> !(letter >= 0xd800 && letter < 0xe000))
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            String shown = Excerpt.of(value);
            assertThat(bytes(shown)).isLessThanOrEqualTo(Excerpt.VALUE_BYTES_MAX + bytes("…"));
            assertThat(value).startsWith(shown.equals(value) ? value : shown.substring(0, shown.length() - 1));
            assertThat(new String(shown.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .as("no half of a character")
                    .isEqualTo(shown);
        });
    }

    @Test
    void aLongMessageKeepsItsBeginningAndItsEnd() {
        String message = "The value '" + "😀".repeat(5_000) + "' is no number";
        String shown = Excerpt.ofMessage(message);
        assertThat(shown).startsWith("The value '😀").contains("😀…😀").endsWith("😀' is no number");
        assertThat(bytes(shown)).isLessThan(510);
        assertThat(Excerpt.ofMessage("a".repeat(600))).hasSize(600);
    }
}
