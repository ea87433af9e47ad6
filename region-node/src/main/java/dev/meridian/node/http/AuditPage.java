package dev.meridian.node.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.ByteSink;
import dev.meridian.model.Excerpt;
import dev.meridian.model.ItemKey;
import dev.meridian.node.http.Pages.NothingThereException;
import dev.meridian.node.http.Pages.Page;
import dev.meridian.node.http.Pages.PageRefusedException;
import dev.meridian.node.http.Pages.Query;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangeLog;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Headers;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.audit.StreamAudit;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /-/audit}: what is in the store of a table's changes, for a comparison with its stream topic. Large answers come
 * in pages.
 *
 * <ul>
 *   <li>{@code ?table=T}: the table's id, its partitions, the store's last sequence number, and the sequence numbers
 *       between which nothing was published because its destination was disabled
 *   <li>{@code ?table=T&partition=P&after=N}: change rows behind a sequence number: sequence number and version of each
 *   <li>{@code ?table=T&items=true&after=TOKEN}: items: key, version and digest of each
 * </ul>
 */
public final class AuditPage {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** In one answer: some hundred KB, and a read transaction of milliseconds. */
    private static final int ENTRIES = 2_000;

    private static final int BYTES = 4 << 20;

    private final Store store;

    public AuditPage(Store store) {
        this.store = store;
    }

    public Page answer(Query query) {
        TableDescriptor table = store.catalog().table(query.require("table"));
        if (table == null) {
            throw NothingThereException.table(query.require("table"));
        }
        ObjectNode page = JSON.createObjectNode().put("table", table.name());
        page.put("tableId", table.id().toString());
        if (query.get("partition") != null) {
            rows(
                    table,
                    query.number("partition", 0, 0, table.partitions() - 1),
                    query.number("after", 0, 0, Long.MAX_VALUE),
                    page);
        } else if (query.flag("items")) {
            items(table, query.get("after"), page);
        } else {
            page.put("partitions", table.partitions());
            page.put("sequence", store.changes().last().value());
            ArrayNode paused = page.putArray("paused");
            // Asked for behind the number: every pause that began before it is among them.
            TableDescriptor now = store.catalog().table(table.id());
            (now == null ? table : now)
                    .destination()
                    .pausesTillNow()
                    .forEach(pause -> paused.addArray().add(pause.after()).add(pause.last()));
        }
        return Page.json(200, page.toString());
    }

    private void rows(TableDescriptor table, long partition, long after, ObjectNode page) {
        ChangePartition at =
                new ChangePartition(table.id(), table.name(), table.schema(), (int) partition, table.partitions());
        ChangeLog changes = store.changes();
        List<Change> read = changes.read(Lane.STREAM, at, new SequenceNumber(after), ENTRIES, BYTES);
        ArrayNode rows = page.putArray("rows");
        for (Change change : read) {
            rows.addArray()
                    .add(change.sequence().value())
                    .add(Headers.text(change.stamp().version()));
        }
        // Asked for behind the rows: what is kept then was kept when they were read.
        List<Change> first = changes.read(Lane.STREAM, at, SequenceNumber.NONE, 1, 1);
        if (!first.isEmpty()) {
            page.put("first", first.get(0).sequence().value());
        }
    }

    private void items(TableDescriptor table, @Nullable String after, ObjectNode page) {
        ItemKey start = after == null ? null : key(after);
        ArrayNode items = page.putArray("items");
        long[] bytes = {0};
        ItemKey[] last = new ItemKey[1];
        store.read(view -> {
            view.scan(table, ScanRange.table(start), item -> {
                last[0] = item.key();
                items.add(describe(table, item));
                bytes[0] += item.image().remaining();
                return items.size() < ENTRIES && bytes[0] < BYTES;
            });
            return true;
        });
        if (last[0] != null) {
            page.put("next", token(last[0]));
        }
    }

    private static ArrayNode describe(TableDescriptor table, StoredItem item) {
        return JSON.createArrayNode()
                .add(AttributeJson.text(item.key().toItem(table.schema())))
                .add(Headers.text(item.stamp().version()))
                .add(StreamAudit.digest(AttributeJson.text(item.image())));
    }

    private static String token(ItemKey key) {
        ByteSink bytes = new ByteSink();
        key.encode(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toArray());
    }

    private static ItemKey key(String token) {
        try {
            return ItemKey.decode(ByteBuffer.wrap(Base64.getUrlDecoder().decode(token)));
        } catch (RuntimeException not) {
            throw new PageRefusedException("'" + Excerpt.of(token) + "' is no place to go on from");
        }
    }
}
