package dev.meridian.node.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.meridian.model.Bytes;
import dev.meridian.node.http.Pages.NothingThereException;
import dev.meridian.node.http.Pages.Page;
import dev.meridian.node.http.Pages.Query;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.Change;
import dev.meridian.streams.ChangePartition;
import dev.meridian.streams.Lane;
import dev.meridian.streams.SequenceNumber;
import dev.meridian.streams.StreamEvent;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /-/tail?table=T&after=N&limit=L}: the changes of a table that this region applied, in order, from its own change
 * rows. Those are kept for a minute at least; what a table's stream topic has is there for longer. Without {@code after}
 * the latest ones.
 */
public final class TailPage {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 500;

    /** Of all partitions, in one answer; of each one change at least. */
    private static final int BYTES = 4 << 20;

    /** How far back the latest changes are looked for; the rows between may be of other tables. */
    private static final long LOOK_BACK = 5_000;

    private final Store store;

    public TailPage(Store store) {
        this.store = store;
    }

    public Page answer(Query query) {
        TableDescriptor table = store.catalog().table(query.require("table"));
        if (table == null) {
            throw NothingThereException.table(query.require("table"));
        }
        int limit = (int) query.number("limit", LIMIT_DEFAULT, 1, LIMIT_MAX);
        @Nullable String after = query.get("after");
        // Asked for first: all up to here is seen in every partition, whatever is committed meanwhile.
        long last = store.changes().last().value();
        long from = after == null ? Math.max(0, last - LOOK_BACK) : query.number("after", 0, 0, Long.MAX_VALUE);
        List<Change> found = new ArrayList<>();
        long through = last;
        for (int partition = 0; partition < table.partitions(); partition++) {
            through = Math.min(through, read(table, partition, from, after == null ? (int) LOOK_BACK : limit, found));
        }
        long seen = through;
        found.removeIf(change -> change.sequence().value() > seen);
        found.sort(Comparator.comparing(Change::sequence));
        if (found.size() <= limit) {
            return Page.json(200, json(table, found, seen));
        }
        if (after == null) {
            return Page.json(200, json(table, found.subList(found.size() - limit, found.size()), seen));
        }
        List<Change> first = found.subList(0, limit);
        return Page.json(200, json(table, first, first.get(limit - 1).sequence().value()));
    }

    /** @return up to where all of the partition's changes were found */
    private long read(TableDescriptor table, int partition, long from, int most, List<Change> found) {
        ChangePartition at =
                new ChangePartition(table.id(), table.name(), table.schema(), partition, table.partitions());
        List<Change> read =
                store.changes().read(Lane.STREAM, at, new SequenceNumber(from), most, BYTES / table.partitions());
        found.addAll(read);
        if (read.isEmpty()) {
            return Long.MAX_VALUE;
        }
        SequenceNumber end = read.get(read.size() - 1).sequence();
        boolean more = !store.changes().read(Lane.STREAM, at, end, 1, 1).isEmpty();
        return more ? end.value() : Long.MAX_VALUE;
    }

    private static String json(TableDescriptor table, List<Change> changes, long next) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(text)) {
            out.writeStartObject();
            out.writeStringField("table", table.name());
            out.writeArrayFieldStart("changes");
            for (Change change : changes) {
                write(table, change, out);
            }
            out.writeEndArray();
            out.writeNumberField("next", next);
            out.writeEndObject();
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return text.toString();
    }

    private static void write(TableDescriptor table, Change change, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeNumberField("sequence", change.sequence().value());
        out.writeStringField("event", StreamEvent.name(change));
        out.writeStringField("cause", change.cause().wireName());
        out.writeStringField("origin", change.stamp().version().region().value());
        out.writeNumberField("writtenMillis", change.stamp().version().time().millis());
        out.writeNumberField("committedMillis", change.committedMillis());
        out.writeFieldName("key");
        AttributeJson.write(change.key().toItem(table.schema()), out);
        image("new", change.newImage(), out);
        image("old", change.oldImage(), out);
        out.writeEndObject();
    }

    private static void image(String field, @Nullable Bytes image, JsonGenerator out) throws IOException {
        if (image != null) {
            out.writeFieldName(field);
            AttributeJson.write(image.asBuffer(), out);
        }
    }
}
