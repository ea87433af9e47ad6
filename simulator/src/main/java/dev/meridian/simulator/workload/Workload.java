package dev.meridian.simulator.workload;

import dev.meridian.model.RegionId;
import dev.meridian.simulator.scenario.WorkloadSpec;
import java.util.Iterator;
import java.util.List;
import java.util.random.RandomGenerator;

/** One kind of clients: the table they need, what is in it before they begin, and what they do. */
public interface Workload {
    /** The attribute that names the operation that wrote an item last. */
    String WRITE_ID = "writeId";

    TableShape table();

    /** What fills the table, in one region, before the load begins. A function of the seed of {@code random}. */
    Iterator<ItemRequest> preload(RandomGenerator random);

    /**
     * The clients of one region.
     *
     * @param place of the region among all regions of the scenario, so that two never make a record of one name
     * @param places how many regions there are
     */
    Clients clients(RegionId region, int place, int places, RandomGenerator random);

    /** What some clients do next, and next; they remember what they have made. */
    @FunctionalInterface
    interface Clients {
        /** @param id of the operation, to be written into items */
        List<ItemRequest> next(String id);
    }

    static Workload of(WorkloadSpec spec) {
        return switch (spec.kind()) {
            case YCSB_A -> new Ycsb(spec, new Ycsb.Mix(50, 50, 0, 0), false);
            case YCSB_B -> new Ycsb(spec, new Ycsb.Mix(95, 5, 0, 0), false);
            case YCSB_C -> new Ycsb(spec, new Ycsb.Mix(100, 0, 0, 0), false);
            case YCSB_D -> new Ycsb(spec, new Ycsb.Mix(95, 0, 5, 0), true);
            case YCSB_E -> new YcsbRanges(spec);
            case YCSB_F -> new Ycsb(spec, new Ycsb.Mix(50, 0, 0, 50), false);
            case SESSION_STORE -> new SessionStore(spec);
            case LEADERBOARD -> new Leaderboard(spec);
            case SHOPPING_CART -> new ShoppingCart(spec);
            case BANK -> new Bank(spec);
        };
    }
}
