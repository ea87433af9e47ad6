package dev.meridian.node.http;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** One port for all regions of this process: each request goes to the region that it is signed for. */
public final class FrontDoor implements Regions {
    private final SortedMap<String, DynamoHandler> byRegion = new TreeMap<>();

    public FrontDoor(Map<RegionId, DynamoHandler> regions) {
        regions.forEach((region, handler) -> byRegion.put(region.value(), handler));
    }

    @Override
    public DynamoHandler of(String region) {
        DynamoHandler handler = byRegion.get(region);
        if (handler == null) {
            throw new ApiException(
                    ErrorCode.UNRECOGNIZED_CLIENT,
                    "The request is signed for region " + region + ", which does not run here; these do: "
                            + String.join(", ", byRegion.keySet()));
        }
        return handler;
    }

    @Override
    public DynamoHandler first() {
        return java.util.Objects.requireNonNull(byRegion.get(byRegion.firstKey()));
    }
}
