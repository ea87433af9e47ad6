package dev.meridian.simulator.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.simulator.comparison.HttpLoad.Requests;
import dev.meridian.simulator.load.Endpoint;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ItemRequestsTest {
    private static final Endpoint ANYWHERE = new Endpoint("us-east-1", "127.0.0.1", 1, false);

    private static int bytes(JsonObject item) {
        int bytes = 0;
        for (Map.Entry<String, Object> attribute : item) {
            bytes += attribute.getKey().length()
                    + ((JsonObject) attribute.getValue()).getString("S").length();
        }
        return bytes;
    }

    @Test
    void eachItemFromOneOnIsLoadedOnce() {
        ItemRequests items = new ItemRequests(ANYWHERE, "items", 1_300, 10);
        Requests loads = items.loads(300);
        Set<String> keys = new HashSet<>();
        int puts = 0;
        for (long number = 0; number < items.loadCount(300); number++) {
            JsonArray batch = loads.bodies()
                    .apply(number)
                    .toJsonObject()
                    .getJsonObject("RequestItems")
                    .getJsonArray("items");
            assertThat(batch.size()).isBetween(1, 25);
            for (Object each : batch) {
                JsonObject item =
                        ((JsonObject) each).getJsonObject("PutRequest").getJsonObject("Item");
                assertThat(bytes(item)).isEqualTo(10 + ItemRequests.OTHER_BYTES);
                keys.add(item.getJsonObject("pk").getString("S")
                        + item.getJsonObject("sk").getString("S"));
                puts++;
            }
        }
        assertThat(puts).isEqualTo(1_000);
        assertThat(keys).hasSize(1_000).contains("0000000300", "0000001299").doesNotContain("0000000299");
    }

    @Test
    void aBatchOfLargeItemsIsSmall() {
        ItemRequests items = new ItemRequests(ANYWHERE, "items", 100, 400_000);
        assertThat(items.loadCount(0)).isEqualTo(50);
        assertThat(items.loads(0).bodies().apply(0).length()).isLessThan(1 << 20);
    }

    @Test
    void putsGetsAndQueriesAreOfItemsThatThereAre() {
        ItemRequests items = new ItemRequests(ANYWHERE, "items", 200, 5, List.of("index0"));
        for (long number = 0; number < 50; number++) {
            JsonObject put = items.puts().bodies().apply(number).toJsonObject().getJsonObject("Item");
            assertThat(put.fieldNames()).containsExactly("pk", "sk", "index0", "value");
            JsonObject key = items.gets().bodies().apply(number).toJsonObject().getJsonObject("Key");
            assertThat(key.getJsonObject("pk").getString("S")).isIn("00000000", "00000001");
            JsonObject query = items.queries("index0").bodies().apply(number).toJsonObject();
            assertThat(query.getString("IndexName")).isEqualTo("index0");
            assertThat(query.getJsonObject("ExpressionAttributeValues")
                            .getJsonObject(":v")
                            .getString("S"))
                    .isIn("00000000", "00000001");
        }
    }
}
