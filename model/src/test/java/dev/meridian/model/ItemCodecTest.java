package dev.meridian.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ItemCodecTest {
    @Test
    void everyItemComesBackEqual() {
        Property.holds(2_000, random -> {
            Item item = RandomValues.item(random);
            ByteBuffer bytes = ByteBuffer.wrap(ItemCodec.encode(item));
            assertThat(ItemCodec.decode(bytes)).isEqualTo(item);
            assertThat(bytes.hasRemaining()).isFalse();
        });
    }

    @Test
    void equalItemsHaveEqualBytesWhateverTheOrderTheyWereMadeIn() {
        Property.holds(500, random -> {
            Item item = RandomValues.item(random);
            List<String> names = new ArrayList<>(item.attributes().keySet());
            Collections.shuffle(names, new Random(random.nextLong()));
            Map<String, AttributeValue> shuffled = new LinkedHashMap<>();
            names.forEach(name -> shuffled.put(name, item.attributes().get(name)));
            assertThat(ItemCodec.encode(Item.of(shuffled))).isEqualTo(ItemCodec.encode(item));
        });
    }

    @Test
    void theSizeOfTheBytesIsTheSizeOfTheItem() {
        Property.holds(2_000, random -> {
            Item item = RandomValues.item(random);
            assertThat(ValueSize.ofItem(ByteBuffer.wrap(ItemCodec.encode(item))))
                    .isEqualTo(item.sizeBytes());
        });
    }
}
