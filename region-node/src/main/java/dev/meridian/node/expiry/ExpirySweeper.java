package dev.meridian.node.expiry;

import dev.meridian.model.AttributeValue;
import dev.meridian.model.DueTime;
import dev.meridian.model.Duty;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.TableId;
import dev.meridian.node.store.DamagedValueException;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStatus;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.Cause;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Deletes expired items. Walks each table that has a time-to-live attribute, a bounded step per turn, and rests when it
 * has been through all. Every region does it for itself: a delete that another region made first finds nothing here.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html">How time to live
 *     works</a>
 */
public final class ExpirySweeper implements Duty {
    /** Items looked at in one turn: a few milliseconds of reading. */
    private static final int STEP = 500;

    /** Between two rounds over all tables. DynamoDB promises days. */
    private static final Duration REST = Duration.ofSeconds(10);

    /** What lies further back is taken for a mistake and kept, as DynamoDB does: five years of 365 days. */
    private static final Duration OLDEST = Duration.ofDays(5 * 365);

    private final Store store;
    private final InstantSource clock;
    private List<TableDescriptor> round = List.of();
    private @Nullable ItemKey after;
    private @Nullable CompletionStage<?> running;
    private long restUntilMillis;

    public ExpirySweeper(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public int turn() {
        CompletionStage<?> deleting = running;
        if (deleting != null && !deleting.toCompletableFuture().isDone()) {
            return 0;
        }
        running = null;
        if (round.isEmpty()) {
            return startRound();
        }
        TableDescriptor table = round.get(0);
        List<ItemKey> expired = new ArrayList<>();
        ItemKey last = look(table, expired);
        if (!expired.isEmpty()) {
            running = store.write(view -> delete(view, table.id(), expired));
        }
        after = last;
        if (last == null) {
            round = round.subList(1, round.size());
        }
        return 1;
    }

    private int startRound() {
        long now = clock.millis();
        if (!DueTime.isReached(restUntilMillis, REST.toMillis(), now)) {
            return 0;
        }
        restUntilMillis = now + REST.toMillis();
        round = store.catalog().tables().values().stream()
                .filter(table -> table.settings().timeToLive() != null && table.status() == TableStatus.ACTIVE)
                .toList();
        return round.size();
    }

    /** @return where to go on; null at the end of the table */
    private @Nullable ItemKey look(TableDescriptor table, List<ItemKey> expired) {
        int[] seen = {0};
        ItemKey[] last = {null};
        store.read(view -> {
            view.scan(table, ScanRange.table(after).passingDamaged(), stored -> {
                if (isExpired(table, stored.item())) {
                    expired.add(stored.key());
                }
                seen[0]++;
                last[0] = stored.key();
                return seen[0] < STEP;
            });
            return seen[0];
        });
        return seen[0] < STEP ? null : last[0];
    }

    /** Only what is still expired, in a table that still says so. */
    private int delete(WriteView view, TableId id, List<ItemKey> keys) {
        TableDescriptor table = view.catalog().table(id);
        if (table == null) {
            return 0;
        }
        List<ItemKey> expired = new ArrayList<>();
        for (ItemKey key : keys) {
            StoredItem stored = undamaged(view, table, key);
            if (stored != null && isExpired(table, stored.item())) {
                expired.add(key);
            }
        }
        expired.forEach(key -> view.delete(table, key, Cause.TTL));
        return expired.size();
    }

    private static @Nullable StoredItem undamaged(WriteView view, TableDescriptor table, ItemKey key) {
        try {
            return view.get(table, key);
        } catch (DamagedValueException known) {
            return null;
        }
    }

    private boolean isExpired(TableDescriptor table, Item item) {
        String attribute = table.settings().timeToLive();
        if (attribute == null || !(item.get(attribute) instanceof AttributeValue.N expiry)) {
            return false;
        }
        long now = clock.instant().getEpochSecond();
        return expiry.value().compareTo(BigDecimal.valueOf(now)) <= 0
                && expiry.value().compareTo(BigDecimal.valueOf(now - OLDEST.toSeconds())) >= 0;
    }
}
