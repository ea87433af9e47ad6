package dev.meridian.simulator.workload;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.model.KeySchema;
import dev.meridian.model.RegionId;
import dev.meridian.model.ScalarType;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * YCSB's workload E: short ranges, and inserts. DynamoDB has ranges within a partition key only, so the records lie in
 * threads of messages, as in YCSB's own picture of it: the range is some messages of one thread.
 */
final class YcsbRanges implements Workload {
    private static final int MESSAGES_PER_THREAD = 100;
    private static final int RANGE_MAX = 100;
    private static final int INSERTS_PERCENT = 5;
    private static final KeyAttribute THREAD = new KeyAttribute("thread", ScalarType.S);
    private static final KeyAttribute MESSAGE = new KeyAttribute("message", ScalarType.N);

    private final WorkloadSpec spec;
    private final int threads;

    YcsbRanges(WorkloadSpec spec) {
        this.spec = spec;
        this.threads = Math.max(1, spec.records() / MESSAGES_PER_THREAD);
    }

    @Override
    public TableShape table() {
        return new TableShape(spec.table(), new KeySchema(THREAD, MESSAGE), null, null);
    }

    @Override
    public Iterator<ItemRequest> preload(RandomGenerator random) {
        return IntStream.range(0, spec.records())
                .<ItemRequest>mapToObj(
                        record -> insert(record % threads, record / threads, "preload-" + spec.name(), random))
                .iterator();
    }

    private ItemRequest insert(int thread, long message, String id, RandomGenerator random) {
        return new ItemRequest.PutItem(
                spec.table(),
                Item.of(Map.of(
                        THREAD.name(),
                        thread(thread),
                        MESSAGE.name(),
                        AttributeValue.N.of(message),
                        WRITE_ID,
                        new AttributeValue.S(id),
                        "text",
                        Payload.text(spec.itemBytes().pick(random), random))));
    }

    private static AttributeValue thread(int thread) {
        return new AttributeValue.S("thread" + thread);
    }

    @Override
    public Clients clients(RegionId region, int place, int places, RandomGenerator random) {
        KeyChooser chooser = new KeyChooser(spec.keys(), threads);
        int preloaded = (spec.records() + threads - 1) / threads;
        return new Clients() {
            private long inserted;

            @Override
            public List<ItemRequest> next(String id) {
                int thread = chooser.pick(random);
                if (random.nextInt(100) < INSERTS_PERCENT) {
                    return List.of(insert(thread, preloaded + inserted++ * places + place, id, random));
                }
                return List.of(new ItemRequest.Query(
                        spec.table(),
                        null,
                        "#thread = :thread AND #message >= :from",
                        Map.of("#thread", THREAD.name(), "#message", MESSAGE.name()),
                        Map.of(":thread", thread(thread), ":from", AttributeValue.N.of(random.nextInt(preloaded))),
                        true,
                        random.nextInt(1, RANGE_MAX + 1)));
            }
        };
    }
}
