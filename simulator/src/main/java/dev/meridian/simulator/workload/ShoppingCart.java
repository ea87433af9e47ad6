package dev.meridian.simulator.workload;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Carts with a set of articles: put into, looked at, taken from, and emptied at the check-out. With the last writer
 * winning, an article that another region put in at the same time is lost: the conflict feed names it.
 */
final class ShoppingCart implements Workload {
    private static final int ARTICLES = 500;

    private final WorkloadSpec spec;

    ShoppingCart(WorkloadSpec spec) {
        this.spec = spec;
    }

    @Override
    public TableShape table() {
        return TableShape.plain(spec.table());
    }

    @Override
    public Iterator<ItemRequest> preload(RandomGenerator random) {
        return IntStream.range(0, spec.records())
                .<ItemRequest>mapToObj(cart -> new ItemRequest.PutItem(
                        spec.table(),
                        Item.of(Map.of(
                                "pk",
                                new AttributeValue.S("cart" + cart),
                                "note",
                                Payload.text(spec.itemBytes().pick(random), random),
                                WRITE_ID,
                                new AttributeValue.S("preload-" + spec.name())))))
                .iterator();
    }

    @Override
    public Clients clients(RegionId region, int place, int places, RandomGenerator random) {
        KeyChooser chooser = new KeyChooser(spec.keys(), spec.records());
        return id -> {
            Item key = Item.of(Map.of("pk", new AttributeValue.S("cart" + chooser.pick(random))));
            int choice = random.nextInt(100);
            if (choice < 40) {
                return List.of(change(key, "ADD #articles :article SET #writeId = :writeId", id, random));
            }
            if (choice < 80) {
                return List.of(new ItemRequest.GetItem(spec.table(), key, true));
            }
            if (choice < 92) {
                return List.of(change(key, "DELETE #articles :article SET #writeId = :writeId", id, random));
            }
            return List.of(new ItemRequest.DeleteItem(spec.table(), key));
        };
    }

    private ItemRequest change(Item key, String update, String id, RandomGenerator random) {
        return new ItemRequest.UpdateItem(
                spec.table(),
                key,
                update,
                null,
                Map.of("#articles", "articles", "#writeId", WRITE_ID),
                Map.of(
                        ":article",
                        AttributeValue.SS.of(List.of("article" + random.nextInt(ARTICLES))),
                        ":writeId",
                        new AttributeValue.S(id)));
    }
}
