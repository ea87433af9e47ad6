package dev.meridian.simulator.workload;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The core workloads A to D and F of the Yahoo! Cloud Serving Benchmark: records of ten fields under one key.
 *
 * @see <a href="https://github.com/brianfrankcooper/YCSB/wiki/Core-Workloads">Core workloads</a>
 */
final class Ycsb implements Workload {
    static final int FIELDS = 10;

    private final WorkloadSpec spec;
    private final Mix mix;
    private final boolean readsLatest;

    /** In percent. */
    record Mix(int reads, int updates, int inserts, int readModifyWrites) {
        Mix {
            if (reads + updates + inserts + readModifyWrites != 100) {
                throw new IllegalArgumentException("not 100 percent");
            }
        }
    }

    Ycsb(WorkloadSpec spec, Mix mix, boolean readsLatest) {
        this.spec = spec;
        this.mix = mix;
        this.readsLatest = readsLatest;
    }

    @Override
    public TableShape table() {
        return TableShape.plain(spec.table());
    }

    @Override
    public Iterator<ItemRequest> preload(RandomGenerator random) {
        return IntStream.range(0, spec.records())
                .<ItemRequest>mapToObj(record -> insert(record, "preload-" + spec.name(), random))
                .iterator();
    }

    private ItemRequest insert(long record, String id, RandomGenerator random) {
        Map<String, AttributeValue> item = new TreeMap<>(key(record).attributes());
        item.put(WRITE_ID, new AttributeValue.S(id));
        int bytes = spec.itemBytes().pick(random);
        for (int field = 0; field < FIELDS; field++) {
            item.put("field" + field, Payload.text(bytes / FIELDS, random));
        }
        return new ItemRequest.PutItem(spec.table(), Item.of(item));
    }

    private static Item key(long record) {
        return Item.of(Map.of("pk", new AttributeValue.S("user" + record)));
    }

    @Override
    public Clients clients(RegionId region, int place, int places, RandomGenerator random) {
        KeyChooser chooser = new KeyChooser(spec.keys(), spec.records());
        return new Clients() {
            private long inserted;

            @Override
            public List<ItemRequest> next(String id) {
                int choice = random.nextInt(100);
                if (choice < mix.reads()) {
                    return List.of(read(readsLatest ? latest() : chooser.pick(random)));
                }
                if (choice < mix.reads() + mix.updates()) {
                    return List.of(update(chooser.pick(random), id));
                }
                if (choice < mix.reads() + mix.updates() + mix.inserts()) {
                    return List.of(insert(made(inserted++), id, random));
                }
                int record = chooser.pick(random);
                return List.of(read(record), update(record, id));
            }

            /** The number of a record that these clients made themselves. */
            private long made(long number) {
                return spec.records() + number * places + place;
            }

            private long latest() {
                long age = chooser.pickAge(random);
                return age < inserted ? made(inserted - 1 - age) : spec.records() - 1 - (age - inserted);
            }

            private ItemRequest read(long record) {
                return new ItemRequest.GetItem(spec.table(), key(record), false);
            }

            private ItemRequest update(long record, String id) {
                return new ItemRequest.UpdateItem(
                        spec.table(),
                        key(record),
                        "SET #field = :field, #writeId = :writeId",
                        null,
                        Map.of("#field", "field" + random.nextInt(FIELDS), "#writeId", WRITE_ID),
                        Map.of(
                                ":field",
                                Payload.text(spec.itemBytes().pick(random) / FIELDS, random),
                                ":writeId",
                                new AttributeValue.S(id)));
            }
        };
    }
}
