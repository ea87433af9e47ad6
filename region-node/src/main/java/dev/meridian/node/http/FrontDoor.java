package dev.meridian.node.http;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** One port for all regions of this process: each request goes to the region that it is signed for. */
public final class FrontDoor {
    private final SortedMap<String, DynamoHandler> byRegion = new TreeMap<>();

    public FrontDoor(Map<RegionId, DynamoHandler> regions) {
        regions.forEach((region, handler) -> byRegion.put(region.value(), handler));
    }

    void handle(HttpServerRequest request) {
        if (request.method() == HttpMethod.GET || request.method() == HttpMethod.OPTIONS) {
            byRegion.values().iterator().next().handle(request);
            return;
        }
        try {
            String region = Credentials.region(request);
            DynamoHandler handler = byRegion.get(region);
            if (handler == null) {
                String known = byRegion.keySet().stream().collect(Collectors.joining(", "));
                throw new ApiException(
                        ErrorCode.UNRECOGNIZED_CLIENT,
                        "The request is signed for region " + region + ", which does not run here; these do: " + known);
            }
            handler.handle(request);
        } catch (ApiException refused) {
            DynamoHandler.collectBody(request, body -> DynamoHandler.fail(request, refused));
        }
    }
}
