package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.ValueSize;
import java.nio.ByteBuffer;

/**
 * An item as it lies in the store. The image is a view of the store's memory: it is valid only inside the read or write
 * that got it.
 *
 * @param image by {@link ItemCodec}
 */
public record StoredItem(ItemKey key, Stamp stamp, ByteBuffer image) {
    public Item item() {
        return ItemCodec.decode(image.duplicate());
    }

    /** Size by DynamoDB's rules, in bytes. */
    public int sizeBytes() {
        return ValueSize.ofItem(image);
    }

    public Bytes imageCopy() {
        return Bytes.copyOf(image);
    }
}
