package dev.meridian.streams.triggers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventFilterTest {
    private static final String EVENT = """
            {"eventName": "MODIFY", "awsRegion": "us-east-1", "dynamodb": {
              "SizeBytes": 26, "Keys": {"pk": {"S": "k1"}},
              "NewImage": {"pk": {"S": "k1"}, "s": {"S": "Hello"}, "n": {"N": "101"}, "yes": {"BOOL": true},
                "none": {"NULL": true}, "tags": {"SS": ["a", "b"]}, "m": {"M": {"in": {"S": "side"}}},
                "l": {"L": [{"S": "x"}, {"N": "3"}]}, "empty": {"S": ""}},
              "OldImage": {"pk": {"S": "k1"}, "s": {"S": "Bye"}}}}""";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "true | {'eventName': ['INSERT', 'MODIFY']}",
                "false | {'eventName': ['INSERT', 'REMOVE']}",
                "true | {'dynamodb': {'Keys': {'pk': {'S': ['k1']}}}}",
                "false | {'dynamodb': {'Keys': {'pk': {'N': ['k1']}}}}",
                "true | {'dynamodb': {'NewImage': {'s': {'S': [{'prefix': 'He'}]}}}}",
                "false | {'dynamodb': {'NewImage': {'s': {'S': [{'prefix': 'he'}]}}}}",
                "true | {'dynamodb': {'NewImage': {'s': {'S': [{'suffix': 'lo'}]}}}}",
                "true | {'dynamodb': {'NewImage': {'s': {'S': [{'equals-ignore-case': 'hELLO'}]}}}}",
                "true | {'dynamodb': {'NewImage': {'s': {'S': [{'anything-but': ['Bye']}]}}}}",
                "false | {'dynamodb': {'OldImage': {'s': {'S': [{'anything-but': ['Bye']}]}}}}",
                "false | {'dynamodb': {'NewImage': {'s': {'S': [{'anything-but': {'prefix': 'He'}}]}}}}",
                "true | {'dynamodb': {'NewImage': {'s': {'S': [{'exists': true}]}}}}",
                "true | {'dynamodb': {'NewImage': {'absent': {'S': [{'exists': false}]}}}}",
                "false | {'dynamodb': {'NewImage': {'s': {'S': [{'exists': false}]}}}}",
                "true | {'dynamodb': {'SizeBytes': [{'numeric': ['>', 20, '<=', 26]}]}}",
                "false | {'dynamodb': {'SizeBytes': [{'numeric': ['<', 26]}]}}",
                "true | {'dynamodb': {'NewImage': {'n': {'N': ['101']}}}}",
                "false | {'dynamodb': {'NewImage': {'n': {'N': [101]}}}}",
                "false | {'dynamodb': {'NewImage': {'n': {'N': [{'numeric': ['>', 5]}]}}}}",
                "true | {'dynamodb': {'NewImage': {'yes': {'BOOL': [true]}}}}",
                "true | {'dynamodb': {'NewImage': {'tags': {'SS': ['b', 'c']}}}}",
                "true | {'dynamodb': {'NewImage': {'m': {'M': {'in': {'S': ['side']}}}}}}",
                "true | {'dynamodb': {'NewImage': {'l': {'L': {'S': ['x']}}}}}",
                "true | {'dynamodb': {'NewImage': {'empty': {'S': ['']}}}}",
                "true | {'$or': [{'eventName': ['REMOVE']}, {'dynamodb': {'NewImage': {'n': {'N': ['101']}}}}]}",
                "false | {'eventName': ['MODIFY'], 'awsRegion': ['eu-west-1']}"
            })
    void patternsMatchAsOnAws(boolean matches, String pattern) {
        EventFilter filter = new EventFilter(List.of(pattern.replace('\'', '"')));
        assertThat(filter.matches(TriggerFixture.json(EVENT))).isEqualTo(matches);
    }

    @Test
    void anyOfSeveralIsEnough() {
        EventFilter filter = new EventFilter(List.of("{\"eventName\": [\"INSERT\"]}", "{\"eventName\": [\"MODIFY\"]}"));
        assertThat(filter.matches(TriggerFixture.json(EVENT))).isTrue();
        assertThat(EventFilter.EVERYTHING.matches(TriggerFixture.json(EVENT))).isTrue();
    }

    @Test
    void whatCanNeverMatchIsSaid() {
        assertThat(new EventFilter(List.of(
                                "{\"dynamodb\": {\"NewImage\": {\"n\": {\"N\": [{\"numeric\": [\">\", 5]}]}}}}"))
                        .warnings())
                .singleElement()
                .asString()
                .contains("numeric matches no N");
        assertThat(new EventFilter(List.of("{\"dynamodb\": {\"SizeBytes\": [{\"numeric\": [\">\", 5]}]}}")).warnings())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | Empty objects are not allowed",
                "{'a': 'b'} | must be an object or an array",
                "{'a': []} | Empty arrays are not allowed",
                "[1] | Filter is not an object",
                "{'a': [{'foo': 1}]} | Unrecognized match type foo",
                "{'a': [{'numeric': ['>', 'x']}]} | must be numeric",
                "nonsense | Unrecognized token",
                "{'a': | Unexpected end-of-input"
            })
    void whatIsNoPatternIsRefused(String pattern, String said) {
        assertThatThrownBy(() -> new EventFilter(List.of(pattern.replace('\'', '"'))))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("not an event pattern")
                .hasMessageContaining(said);
    }

    @Test
    void thereAreLimits() {
        String pattern = "{\"eventName\": [\"INSERT\"]}";
        assertThatThrownBy(() -> new EventFilter(Collections.nCopies(11, pattern)))
                .hasMessageContaining("at most 10");
        assertThatThrownBy(() -> new EventFilter(List.of("{\"a\": [\"" + "x".repeat(4_096) + "\"]}")))
                .hasMessageContaining("longer than 4096");
    }
}
