package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.meridian.model.AttributeValue;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.Property;
import dev.meridian.model.RandomValues;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttributeJsonTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static byte[] written(ByteBuffer encoded) {
        ByteSink out = new ByteSink();
        AttributeJson.write(encoded, out);
        return out.toArray();
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Property.holds(2_000, random -> {
            Item item = RandomValues.item(random);
            try {
                assertThat(AttributeJson.readItem(JSON.readTree(written(ByteBuffer.wrap(ItemCodec.encode(item))))))
                        .isEqualTo(item);
            } catch (IOException notJson) {
                throw new UncheckedIOException(notJson);
            }
        });
    }

    @Test
    void whatIsWrittenIsCounted() {
        Property.holds(500, random -> {
            Item item = RandomValues.item(random);
            assertThat(AttributeJson.write(ByteBuffer.wrap(ItemCodec.encode(item)), new ByteSink()))
                    .isEqualTo(item.sizeBytes());
        });
    }

    @Test
    void storedBytesOfEitherKindAreReadAndDoNotMove() {
        byte[] encoded = ItemCodec.encode(RandomValues.item(new java.util.Random(1)));
        ByteBuffer direct =
                ByteBuffer.allocateDirect(encoded.length).put(encoded).flip();
        assertThat(written(direct)).isEqualTo(written(ByteBuffer.wrap(encoded)));
        assertThat(direct.remaining()).isEqualTo(encoded.length);
    }

    /** As Jackson does, so that no consumer sees a difference. */
    @Test
    void textIsEscapedAsEverywhere() throws JsonProcessingException {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 0x180; c++) {
            all.append(c);
        }
        all.append("\u2028\uFFFD😀");
        String text = all.toString();
        Item item = Item.of(Map.of(text, new AttributeValue.S(text)));
        String quoted = JSON.writeValueAsString(text);
        assertThat(new String(written(ByteBuffer.wrap(ItemCodec.encode(item))), StandardCharsets.UTF_8))
                .isEqualTo("{" + quoted + ":{\"S\":" + quoted + "}}");
    }

    @Test
    void escapedWhereverItStands() throws JsonProcessingException {
        for (char c = 0; c < 0x180; c++) {
            for (int before = 0; before < 17; before++) {
                String text = "x".repeat(before) + c + "y".repeat(17 - before);
                assertThat(AttributeJson.text(new AttributeValue.S(text)))
                        .isEqualTo("{\"S\":" + JSON.writeValueAsString(text) + "}");
            }
        }
    }

    @Test
    void membersAreSeparated() {
        Item item = Item.of(Map.of(
                "a",
                new AttributeValue.L(java.util.List.of(
                        new AttributeValue.M(new java.util.TreeMap<>(
                                Map.of("x", new AttributeValue.Null(), "y", new AttributeValue.Bool(true)))),
                        new AttributeValue.L(java.util.List.of()),
                        AttributeValue.SS.of(java.util.List.of("p", "q")))),
                "b",
                AttributeValue.N.of("1.50")));
        assertThat(new String(written(ByteBuffer.wrap(ItemCodec.encode(item))), StandardCharsets.UTF_8))
                .isEqualTo("{\"a\":{\"L\":[{\"M\":{\"x\":{\"NULL\":true},\"y\":{\"BOOL\":true}}},{\"L\":[]},"
                        + "{\"SS\":[\"p\",\"q\"]}]},\"b\":{\"N\":\"1.5\"}}");
    }
}
