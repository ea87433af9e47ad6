package dev.meridian.simulator.world;

import dev.meridian.model.RegionId;
import dev.meridian.node.api.Causality;
import dev.meridian.node.lmdb.DiskFaults;
import dev.meridian.node.store.Store;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.OrderedBus;
import java.io.IOException;
import java.nio.file.Path;

/** What stands between the parts of a region: nothing, unless something is to be watched, or to go wrong. */
public interface Ports {
    /** The product as it is. */
    Ports NONE = new Ports() {};

    /** Called before the store in {@code folder} is opened. */
    default void beforeOpen(RegionId region, Path folder) throws IOException {}

    /** What the store meets when it asks its disk for something. */
    default DiskFaults disk(RegionId region) {
        return DiskFaults.NONE;
    }

    default Store store(RegionId region, Store store) {
        return store;
    }

    /** As the publishers see it. */
    default ChangeLog changes(RegionId region, ChangeLog changes) {
        return changes;
    }

    /** The region's own. */
    default OrderedBus bus(RegionId region, OrderedBus bus) {
        return bus;
    }

    /** Another region's, as this one reads it. */
    default OrderedBus peer(RegionId region, RegionId of, OrderedBus bus) {
        return bus;
    }

    default Causality causality(RegionId region, Causality causality) {
        return causality;
    }

    /** Called behind each turn of a duty that the region turns by hand. */
    default void turned(RegionId region) {}

    /** The first, and within it the second. */
    static Ports both(Ports outer, Ports inner) {
        return new Ports() {
            @Override
            public void beforeOpen(RegionId region, Path folder) throws IOException {
                inner.beforeOpen(region, folder);
                outer.beforeOpen(region, folder);
            }

            @Override
            public DiskFaults disk(RegionId region) {
                DiskFaults first = outer.disk(region);
                DiskFaults second = inner.disk(region);
                return step -> {
                    int errno = first.errno(step);
                    return errno == 0 ? second.errno(step) : errno;
                };
            }

            @Override
            public Store store(RegionId region, Store store) {
                return outer.store(region, inner.store(region, store));
            }

            @Override
            public ChangeLog changes(RegionId region, ChangeLog changes) {
                return outer.changes(region, inner.changes(region, changes));
            }

            @Override
            public OrderedBus bus(RegionId region, OrderedBus bus) {
                return outer.bus(region, inner.bus(region, bus));
            }

            @Override
            public OrderedBus peer(RegionId region, RegionId of, OrderedBus bus) {
                return outer.peer(region, of, inner.peer(region, of, bus));
            }

            @Override
            public Causality causality(RegionId region, Causality causality) {
                return outer.causality(region, inner.causality(region, causality));
            }

            @Override
            public void turned(RegionId region) {
                inner.turned(region);
                outer.turned(region);
            }
        };
    }
}
