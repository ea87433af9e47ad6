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

/** A web site's sessions: most requests read one and touch it; now and then one is begun anew, or ends. */
final class SessionStore implements Workload {
    private final WorkloadSpec spec;

    SessionStore(WorkloadSpec spec) {
        this.spec = spec;
    }

    @Override
    public TableShape table() {
        return TableShape.plain(spec.table());
    }

    @Override
    public Iterator<ItemRequest> preload(RandomGenerator random) {
        return IntStream.range(0, spec.records())
                .<ItemRequest>mapToObj(session -> begin(session, "preload-" + spec.name(), random))
                .iterator();
    }

    private ItemRequest begin(int session, String id, RandomGenerator random) {
        return new ItemRequest.PutItem(
                spec.table(),
                Item.of(Map.of(
                        "pk",
                        new AttributeValue.S("session" + session),
                        "user",
                        new AttributeValue.S("user" + random.nextInt(spec.records())),
                        "requests",
                        AttributeValue.N.of(0),
                        "state",
                        Payload.text(spec.itemBytes().pick(random), random),
                        WRITE_ID,
                        new AttributeValue.S(id))));
    }

    @Override
    public Clients clients(RegionId region, int place, int places, RandomGenerator random) {
        KeyChooser chooser = new KeyChooser(spec.keys(), spec.records());
        return id -> {
            int session = chooser.pick(random);
            Item key = Item.of(Map.of("pk", new AttributeValue.S("session" + session)));
            int choice = random.nextInt(100);
            if (choice < 60) {
                return List.of(new ItemRequest.GetItem(spec.table(), key, false));
            }
            if (choice < 90) {
                return List.of(new ItemRequest.UpdateItem(
                        spec.table(),
                        key,
                        "SET #state = :state, #writeId = :writeId ADD #requests :one",
                        null,
                        Map.of("#state", "state", "#writeId", WRITE_ID, "#requests", "requests"),
                        Map.of(
                                ":state",
                                Payload.text(spec.itemBytes().pick(random), random),
                                ":writeId",
                                new AttributeValue.S(id),
                                ":one",
                                AttributeValue.N.of(1))));
            }
            if (choice < 96) {
                return List.of(begin(session, id, random));
            }
            return List.of(new ItemRequest.DeleteItem(spec.table(), key));
        };
    }
}
