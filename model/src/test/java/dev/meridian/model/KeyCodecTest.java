package dev.meridian.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KeyCodecTest {
    @Test
    void numbersOrderAsNumbers() {
        Property.holds(5_000, random -> {
            BigDecimal a = RandomValues.number(random);
            BigDecimal b = RandomValues.number(random);
            Bytes left = KeyCodec.encode(new AttributeValue.N(a));
            Bytes right = KeyCodec.encode(new AttributeValue.N(b));
            assertThat(Integer.signum(left.compareTo(right))).isEqualTo(a.compareTo(b));
            assertThat(KeyCodec.decode(left, ScalarType.N)).isEqualTo(new AttributeValue.N(a));
        });
    }

    @Test
    void neighbouringNumbersKeepTheirOrder() {
        BigDecimal step = new BigDecimal("1E-130");
        for (String text :
                new String[] {"-1E-130", "0", "9.9", "10", "-10", "99999999999999999999999999999999999999"}) {
            BigDecimal value = new BigDecimal(text);
            BigDecimal above = value.signum() == 0 ? step : value.add(value.ulp());
            assertThat(KeyCodec.encode(new AttributeValue.N(value)))
                    .isLessThan(KeyCodec.encode(new AttributeValue.N(above)));
        }
    }

    @Test
    void textOrdersByUtf8Bytes() {
        Property.holds(1_000, random -> {
            String a = RandomValues.text(random, 6);
            String b = RandomValues.text(random, 6);
            int expected = Bytes.wrap(a.getBytes(StandardCharsets.UTF_8))
                    .compareTo(Bytes.wrap(b.getBytes(StandardCharsets.UTF_8)));
            int actual = KeyCodec.encode(new AttributeValue.S(a)).compareTo(KeyCodec.encode(new AttributeValue.S(b)));
            assertThat(Integer.signum(actual)).isEqualTo(Integer.signum(expected));
            assertThat(KeyCodec.decode(KeyCodec.encode(new AttributeValue.S(a)), ScalarType.S))
                    .isEqualTo(new AttributeValue.S(a));
        });
    }
}
