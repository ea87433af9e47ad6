package dev.meridian.streams;

import dev.meridian.model.RegionId;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** What a change is called as an event of a region's streams, in topics and in the API alike. */
public final class StreamEvent {
    private StreamEvent() {}

    /** The same for the same change whenever it is asked: a consumer may know a record again by it. */
    public static UUID id(RegionId region, Change change) {
        String name = region + "/" + change.tableId() + "/" + change.sequence();
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    /** INSERT, MODIFY or REMOVE. */
    public static String name(Change change) {
        if (change.isDelete()) {
            return "REMOVE";
        }
        return change.oldImage() == null ? "INSERT" : "MODIFY";
    }
}
