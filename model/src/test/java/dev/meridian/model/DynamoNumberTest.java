package dev.meridian.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DynamoNumberTest {
    @ParameterizedTest
    @CsvSource({"1.0,1", "1e0,1", "100,100", "1E2,100", "-0.0,0", "007,7", ".5,0.5", "1.,1", "+3,3", "1e-3,0.001"})
    void isReturnedInPlainNotationWithoutPadding(String sent, String returned) {
        assertThat(DynamoNumber.format(DynamoNumber.parse(sent))).isEqualTo(returned);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "1e", "--1", "1 ", "0x10", "NaN", "Infinity", "١", "1_000", "."})
    void whatIsNoNumberIsRefused(String text) {
        assertThatThrownBy(() -> DynamoNumber.parse(text))
                .isInstanceOf(InvalidNumberException.class)
                .hasMessage("The parameter cannot be converted to a numeric value: " + text);
    }

    @Test
    void theRangeIsDynamos() {
        assertThat(DynamoNumber.parse("9.9999999999999999999999999999999999999E+125"))
                .isNotNull();
        assertThat(DynamoNumber.parse("-1E-130")).isNotNull();
        assertThatThrownBy(() -> DynamoNumber.parse("1E126")).hasMessageStartingWith("Number overflow.");
        assertThatThrownBy(() -> DynamoNumber.parse("1E99999999999")).hasMessageStartingWith("Number overflow.");
        assertThatThrownBy(() -> DynamoNumber.parse("1E-131")).hasMessageStartingWith("Number underflow.");
        assertThatThrownBy(() -> DynamoNumber.parse("1E-99999999999")).hasMessageStartingWith("Number underflow.");
        assertThatThrownBy(() -> DynamoNumber.parse("1E9223372036854775808")).hasMessageContaining("converted");
        assertThat(DynamoNumber.parse("0." + "0".repeat(200) + "1E200")).isEqualByComparingTo("0.1");
        assertThat(DynamoNumber.parse("0E125")).isZero();
        assertThatThrownBy(() -> DynamoNumber.parse("0E126")).hasMessageStartingWith("Number overflow.");
        assertThatThrownBy(() -> DynamoNumber.parse("0E-131")).hasMessageStartingWith("Number underflow.");
        assertThatThrownBy(() -> DynamoNumber.parse("1" + "2".repeat(38))).hasMessageContaining("38 significant");
    }
}
