package dev.meridian.node.partiql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Words that are no names unless they are quoted: those of SQL-92 and PartiQL, not those of other expressions. */
final class Keywords {
    /** Keywords that a call may begin with. */
    private static final Set<String> FUNCTIONS = Set.of(
            "avg",
            "bit_length",
            "cast",
            "char_length",
            "character_length",
            "coalesce",
            "count",
            "exists",
            "extract",
            "lower",
            "max",
            "min",
            "nullif",
            "octet_length",
            "position",
            "size",
            "substring",
            "sum",
            "translate",
            "trim",
            "upper");

    private static final Set<String> WORDS = load();

    private Keywords() {}

    static boolean contains(String word) {
        return WORDS.contains(word.toLowerCase(Locale.ROOT));
    }

    static boolean isFunction(String keyword) {
        return FUNCTIONS.contains(keyword.toLowerCase(Locale.ROOT));
    }

    private static Set<String> load() {
        try (InputStream words = Keywords.class.getResourceAsStream("keywords.txt")) {
            if (words == null) {
                throw new AssertionError("keywords.txt is not in the jar");
            }
            String text = new String(words.readAllBytes(), StandardCharsets.US_ASCII);
            return new HashSet<>(Arrays.asList(text.strip().split("\\s+")));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
