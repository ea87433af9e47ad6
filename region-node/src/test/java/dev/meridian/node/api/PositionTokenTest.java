package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.VersionVector;
import java.util.Base64;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTokenTest {
    @Test
    void whatIsGivenOutIsReadAgain() {
        Property.holds(200, random -> {
            TreeMap<RegionId, HybridTimestamp> entries = new TreeMap<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                entries.put(new RegionId("region-" + random.nextInt(100)), new HybridTimestamp(random.nextLong()));
            }
            VersionVector position = new VersionVector(entries);
            assertThat(PositionToken.decode(PositionToken.encode(position))).isEqualTo(position);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "AA", "AQ", "AgA", "AQAA", "AQEBQQ", "AQH_____", "AQEBLQAAAAAAAAAB"})
    void whatIsNoTokenIsRefused(String text) {
        assertThatThrownBy(() -> PositionToken.decode(text))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION));
    }

    @Test
    void whateverBytesComeAnswerIsATokenOrAValidationError() {
        Property.holds(2_000, random -> {
            byte[] bytes = new byte[random.nextInt(60)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (i < 2 ? 1 : random.nextInt(256));
            }
            try {
                PositionToken.decode(Base64.getUrlEncoder().encodeToString(bytes));
            } catch (ApiException refused) {
                assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION);
            }
        });
    }
}
