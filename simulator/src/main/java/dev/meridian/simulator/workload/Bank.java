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
 * Accounts, and transfers between two of them in one transaction, refused if there is not enough. Transactions hold
 * within a region; across regions each account is replicated by itself and the last writer wins, so that money can be
 * made or lost where two regions move the same account's at once: that is what this workload is there to show.
 */
final class Bank implements Workload {
    static final int OPENING_BALANCE = 1_000;

    private static final int TRANSFER_MAX = 50;

    private final WorkloadSpec spec;

    Bank(WorkloadSpec spec) {
        this.spec = spec;
    }

    @Override
    public TableShape table() {
        return TableShape.plain(spec.table());
    }

    @Override
    public Iterator<ItemRequest> preload(RandomGenerator random) {
        return IntStream.range(0, spec.records())
                .<ItemRequest>mapToObj(account -> new ItemRequest.PutItem(
                        spec.table(),
                        Item.of(Map.of(
                                "pk",
                                account(account),
                                "balance",
                                AttributeValue.N.of(OPENING_BALANCE),
                                "holder",
                                Payload.text(spec.itemBytes().pick(random), random),
                                WRITE_ID,
                                new AttributeValue.S("preload-" + spec.name())))))
                .iterator();
    }

    private static AttributeValue account(int account) {
        return new AttributeValue.S("account" + account);
    }

    @Override
    public Clients clients(RegionId region, int place, int places, RandomGenerator random) {
        KeyChooser chooser = new KeyChooser(spec.keys(), spec.records());
        return id -> {
            int from = chooser.pick(random);
            if (random.nextInt(100) < 30) {
                return List.of(new ItemRequest.GetItem(spec.table(), Item.of(Map.of("pk", account(from))), true));
            }
            int to = chooser.pick(random);
            to = to == from ? (to + 1) % spec.records() : to;
            int amount = random.nextInt(1, TRANSFER_MAX + 1);
            return List.of(new ItemRequest.TransactWriteItems(List.of(
                    move(
                            from,
                            "SET balance = balance - :amount, #writeId = :writeId",
                            "balance >= :amount",
                            amount,
                            id),
                    move(
                            to,
                            "SET balance = balance + :amount, #writeId = :writeId",
                            "attribute_exists(balance)",
                            amount,
                            id))));
        };
    }

    private ItemRequest move(int account, String update, String condition, int amount, String id) {
        return new ItemRequest.UpdateItem(
                spec.table(),
                Item.of(Map.of("pk", account(account))),
                update,
                condition,
                Map.of("#writeId", WRITE_ID),
                Map.of(":amount", AttributeValue.N.of(amount), ":writeId", new AttributeValue.S(id)));
    }
}
