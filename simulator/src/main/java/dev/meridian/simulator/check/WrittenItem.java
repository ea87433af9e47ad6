package dev.meridian.simulator.check;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import org.jspecify.annotations.Nullable;

/** A write as a region committed it. @param image null for a delete */
public record WrittenItem(
        TableId table,
        ItemKey key,
        Version version,
        @Nullable Bytes image) {
    public boolean isDelete() {
        return image == null;
    }
}
