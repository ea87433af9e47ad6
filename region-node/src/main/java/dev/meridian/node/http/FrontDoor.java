package dev.meridian.node.http;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** One port for all regions of this process: each request goes to the region that it is signed for. */
public final class FrontDoor implements Regions {
    /** What NoSQL Workbench signs for when it speaks to an address of its user's. */
    private static final String LOCAL = "localhost";

    private final SortedMap<String, DynamoHandler> byRegion = new TreeMap<>();
    private final DynamoHandler local;
    private final boolean takesAll;

    /**
     * @param local one of the regions: it gets what is signed for {@code localhost}
     * @param takesAll whether it also gets what is signed for a region that is not here, which is refused else
     */
    public FrontDoor(Map<RegionId, DynamoHandler> regions, RegionId local, boolean takesAll) {
        regions.forEach((region, handler) -> byRegion.put(region.value(), handler));
        this.local = Objects.requireNonNull(regions.get(local));
        this.takesAll = takesAll;
    }

    @Override
    public DynamoHandler of(String region) {
        DynamoHandler handler = byRegion.get(region);
        if (handler == null && (takesAll || region.equals(LOCAL))) {
            return local;
        }
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
        return Objects.requireNonNull(byRegion.get(byRegion.firstKey()));
    }
}
