package dev.meridian.streams.triggers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import software.amazon.event.ruler.Machine;

/**
 * Which records a function gets: those that match any of some event patterns, or all if there are none. The patterns are
 * read and matched by the engine that Amazon EventBridge uses.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html">Using event filtering with a DynamoDB
 *     event source</a>
 */
public final class EventFilter {
    /** AWS allows five, and ten on request. */
    public static final int PATTERNS_MAX = 10;

    public static final int PATTERN_CHARS_MAX = 4_096;

    public static final EventFilter EVERYTHING = new EventFilter(List.of());

    private static final String SETTING = "pattern";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Machine machine = new Machine();
    private final List<String> warnings = new ArrayList<>();
    private final boolean everything;

    /** @throws InvalidSettingException if there are too many, or one is no event pattern */
    public EventFilter(List<String> patterns) {
        InvalidSettingException.require(
                patterns.size() <= PATTERNS_MAX, "filters", "at most " + PATTERNS_MAX + ", not " + patterns.size());
        patterns.forEach(this::add);
        everything = patterns.isEmpty();
    }

    private void add(String pattern) {
        InvalidSettingException.require(
                pattern.length() <= PATTERN_CHARS_MAX, SETTING, "longer than " + PATTERN_CHARS_MAX + " characters");
        try {
            machine.addRule("wanted", pattern);
            warnOfNumbers(JSON.readTree(pattern), "", pattern);
        } catch (JsonProcessingException wrong) {
            throw new InvalidSettingException(SETTING, "not an event pattern: " + wrong.getOriginalMessage());
        } catch (IOException | RuntimeException wrong) {
            throw new InvalidSettingException(SETTING, "not an event pattern: " + wrong.getMessage());
        }
    }

    /** A pattern like this is legal, and matches nothing: here as on AWS. */
    private void warnOfNumbers(JsonNode node, String field, String pattern) {
        if (node.has("numeric") && field.equals("N")) {
            warnings.add("numeric matches no N, for DynamoDB writes numbers as strings: " + pattern);
        }
        node.properties()
                .forEach(member -> warnOfNumbers(
                        member.getValue(), member.getKey().equals("$or") ? field : member.getKey(), pattern));
        if (node.isArray()) {
            node.forEach(element -> warnOfNumbers(element, field, pattern));
        }
    }

    /** What the patterns' author should hear of. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** @param event one record of a Lambda event */
    boolean matches(JsonNode event) {
        return everything || !machine.rulesForJSONEvent(event).isEmpty();
    }
}
