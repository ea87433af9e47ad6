package dev.meridian.node.api;

import dev.meridian.model.ItemKey;
import dev.meridian.model.TableId;
import dev.meridian.node.api.ApiException.CancellationReason;
import dev.meridian.node.api.GetItem.ItemRead;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** TransactGetItems: up to 100 items of one snapshot. */
final class TransactGetItems implements Operation {
    private static final long MAX_BYTES = 4L << 20;

    private final ApiContext context;

    TransactGetItems(ApiContext context) {
        this.context = context;
    }

    @Override
    public boolean isHeavy() {
        return true;
    }

    @Override
    public long readBytes() {
        return AnswerSize.HEAP_BYTES;
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        List<ItemRead> reads = new ArrayList<>();
        for (RequestReader each : request.objects("TransactItems")) {
            reads.add(ItemRead.of(each.requiredObject("Get"), context));
        }
        Capacity.Asked capacity = Capacity.asked(request);
        return CompletableFuture.completedFuture(context.store().read(view -> reply(view, reads, capacity)));
    }

    private record Target(TableId table, ItemKey key) {}

    private Reply reply(ReadView view, List<ItemRead> reads, Capacity.Asked capacity) {
        List<TableDescriptor> tables = reads.stream()
                .map(read -> context.serving(view.catalog(), read.tableName()))
                .toList();
        requireFit(reads, tables);
        Map<String, Capacity.Consumed> consumed = new LinkedHashMap<>();
        List<byte @Nullable []> found = new ArrayList<>();
        AnswerSize answer = new AnswerSize();
        long bytes = 0;
        for (int i = 0; i < reads.size(); i++) {
            ItemRead read = reads.get(i);
            TableDescriptor table = tables.get(i);
            StoredItem stored = context.find(view, table, read.keyIn(table), Capacity.Price.TRANSACTED_READ, true);
            long size = stored == null ? 0 : stored.sizeBytes();
            bytes += size;
            if (bytes > MAX_BYTES) {
                throw tooLarge();
            }
            consumed.computeIfAbsent(
                            tables.get(i).name(), name -> new Capacity.Consumed(name, Capacity.Price.TRANSACTED_READ))
                    .add(2 * Capacity.readUnits(size, true));
            byte[] json = stored == null ? null : Reply.value(out -> read.write(stored, out));
            if (json != null) {
                answer.requireRoom(json);
            }
            found.add(json);
        }
        return Reply.later(out -> {
            Capacity.write(consumed.values(), capacity, out);
            out.writeArrayFieldStart("Responses");
            for (byte[] item : found) {
                out.writeStartObject();
                if (item != null) {
                    out.writeFieldName("Item");
                    Reply.writeValue(item, out);
                }
                out.writeEndObject();
            }
            out.writeEndArray();
        });
    }

    private static void requireFit(List<ItemRead> reads, List<TableDescriptor> tables) {
        Set<Target> targets = new HashSet<>();
        List<CancellationReason> reasons = new ArrayList<>();
        boolean cancelled = false;
        for (int i = 0; i < reads.size(); i++) {
            boolean repeated = false;
            try {
                ItemKey key = reads.get(i).keyIn(tables.get(i));
                reasons.add(CancellationReason.NONE);
                repeated = !targets.add(new Target(tables.get(i).id(), key));
            } catch (ApiException refused) {
                if (refused.getMessage().startsWith("One or more parameter values are not valid.")) {
                    throw refused;
                }
                reasons.add(CancellationReason.of(refused));
                cancelled = true;
            }
            if (repeated) {
                throw ApiException.validation("Transaction request cannot include multiple operations on one item");
            }
        }
        if (cancelled) {
            throw ApiException.transactionCancelled(reasons);
        }
    }

    /** Nobody has recorded the service's words: these are of its documentation. */
    static ApiException tooLarge() {
        return ApiException.validation("The aggregate size of the items in the transaction exceeds 4 MB");
    }
}
