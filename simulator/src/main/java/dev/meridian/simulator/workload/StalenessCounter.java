package dev.meridian.simulator.workload;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import java.time.Duration;
import java.util.Map;

/** What a drill writes to see how old the reads of other regions are: in each region, one item that counts up. */
public final class StalenessCounter {
    public static final String TABLE = "drill-staleness";
    public static final TableShape SHAPE = TableShape.plain(TABLE);

    /** From one count of a region to the next. */
    public static final Duration PERIOD = Duration.ofMillis(200);

    /** Of the item: the last count. */
    public static final String COUNT = "n";

    private StalenessCounter() {}

    public static ItemRequest read(RegionId region) {
        return new ItemRequest.GetItem(TABLE, Item.of(key(region)), false);
    }

    public static ItemRequest write(RegionId region, long count) {
        Map<String, AttributeValue> item =
                Map.of("pk", new AttributeValue.S(region.value()), COUNT, AttributeValue.N.of(count));
        return new ItemRequest.PutItem(TABLE, Item.of(item));
    }

    private static Map<String, AttributeValue> key(RegionId region) {
        return Map.of("pk", new AttributeValue.S(region.value()));
    }
}
