package dev.meridian.streams.consumer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import java.util.ArrayList;
import java.util.List;

/** Where a consumer is in all partitions of a table, and which regions it reads. The text begins with a format number. */
final class Progress {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FORMAT = 1;

    private final List<RegionId> active = new ArrayList<>();
    private final List<PartitionProgress> partitions = new ArrayList<>();

    Progress(int partitions) {
        for (int partition = 0; partition < partitions; partition++) {
            this.partitions.add(new PartitionProgress());
        }
    }

    int partitions() {
        return partitions.size();
    }

    PartitionProgress partition(int number) {
        return partitions.get(number);
    }

    List<RegionId> active() {
        return List.copyOf(active);
    }

    void activate(RegionId region) {
        active.remove(region);
        active.add(region);
    }

    void deactivate(RegionId region) {
        active.remove(region);
    }

    String text() {
        ObjectNode json = JSON.createObjectNode().put("format", FORMAT);
        ArrayNode regions = json.putArray("active");
        active.forEach(region -> regions.add(region.value()));
        ArrayNode each = json.putArray("partitions");
        partitions.forEach(partition -> each.add(partition.toJson()));
        return json.toString();
    }

    /** @throws IllegalArgumentException if it is no progress of a format that this release knows */
    static Progress of(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            if (json.path("format").asInt() != FORMAT) {
                throw new IllegalArgumentException(
                        "progress of format " + json.path("format") + "; this release reads " + FORMAT);
            }
            Progress progress = new Progress(0);
            json.path("active").forEach(region -> progress.active.add(new RegionId(region.asText())));
            json.path("partitions").forEach(partition -> progress.partitions.add(PartitionProgress.of(partition)));
            return progress;
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("the progress cannot be read", notJson);
        }
    }
}
