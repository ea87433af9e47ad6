package dev.meridian.simulator.drill;

import com.fasterxml.jackson.databind.JsonNode;
import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.NodeClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the conflict feeds of all regions to their ends. */
final class Conflicts {
    private static final String PAGE = "1000";

    private Conflicts() {}

    static List<JsonNode> all(NodeClient pages) {
        List<JsonNode> all = new ArrayList<>();
        for (String region : pages.regions()) {
            try {
                String after = "0";
                boolean more = true;
                while (more) {
                    JsonNode page = pages.get(region, "conflicts", Map.of("limit", PAGE, "after", after));
                    page.path("conflicts").forEach(all::add);
                    after = page.path("next").asText();
                    more = page.path("more").asBoolean();
                }
            } catch (CommandFailedException down) {
                // Every region that met both writes of a conflict has it.
            }
        }
        return all;
    }
}
