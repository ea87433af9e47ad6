package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Stamp;
import dev.meridian.model.ValueSize;
import java.nio.ByteBuffer;

/**
 * An item as it lies in the store. Stamp and image are views of the store's memory: they are valid only inside the read or
 * write that got them.
 *
 * @param encodedStamp begins with it
 * @param image by {@link ItemCodec}
 */
public record StoredItem(ItemKey key, ByteBuffer encodedStamp, ByteBuffer image) {
    public Stamp stamp() {
        return Stamp.decode(encodedStamp.duplicate());
    }

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
