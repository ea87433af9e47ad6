package dev.meridian.simulator.scenario;

import dev.meridian.model.RegionId;
import java.util.List;

/** A table and where it is, from the beginning. @param replicas the first makes it; the others are added before the load */
public record TableSpec(String name, List<RegionId> replicas) {
    public TableSpec {
        replicas = List.copyOf(replicas);
    }
}
