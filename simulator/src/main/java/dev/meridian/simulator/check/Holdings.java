package dev.meridian.simulator.check;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Version;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.simulator.world.HandTurnedRegion;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What one region holds of a table. @param items without those that are deleted @param tombstones what is left of those */
public record Holdings(SortedMap<ItemKey, Held> items, SortedMap<ItemKey, Version> tombstones) {
    private static final int STEP = 1_000;

    /** An item as it is held. */
    public record Held(Version version, Bytes image) {}

    public static Holdings of(HandTurnedRegion region, TableDescriptor local) {
        SortedMap<ItemKey, Held> items = new TreeMap<>(Ledger.KEYS);
        SortedMap<ItemKey, Version> tombstones = new TreeMap<>(Ledger.KEYS);
        ItemKey after = null;
        List<ReadView.Versioned> step;
        do {
            ItemKey from = after;
            step = region.store.read(view -> view.copy(local, from, STEP, Integer.MAX_VALUE));
            for (ReadView.Versioned entry : step) {
                Bytes image = entry.image();
                if (image == null) {
                    tombstones.put(entry.key(), entry.stamp().version());
                } else {
                    items.put(entry.key(), new Held(entry.stamp().version(), image));
                }
                after = entry.key();
            }
        } while (step.size() == STEP);
        return new Holdings(items, tombstones);
    }
}
