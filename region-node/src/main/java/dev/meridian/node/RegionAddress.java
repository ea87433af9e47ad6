package dev.meridian.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a running region is found.
 *
 * @param endpoint for DynamoDB clients, {@code http://host:port}
 */
public record RegionAddress(RegionId region, String endpoint, String kafkaBootstrap, Path data) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What {@code /-/regions} says. */
    static String json(List<RegionAddress> addresses) {
        ObjectNode page = JSON.createObjectNode();
        page.putArray("regions")
                .addAll(addresses.stream().map(RegionAddress::json).toList());
        return page.toString();
    }

    private ObjectNode json() {
        return JSON.createObjectNode()
                .put("region", region.value())
                .put("endpoint", endpoint)
                .put("kafka", kafkaBootstrap);
    }
}
