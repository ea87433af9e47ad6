package dev.meridian.node.api;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Item;
import dev.meridian.model.ItemKey;
import dev.meridian.model.KeyAttribute;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.expression.Projection;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.IndexKeys;
import dev.meridian.node.store.IndexProjection;
import dev.meridian.node.store.IndexStatus;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What Query and Scan have in common: a page of the items of a table or an index, filtered and projected. */
final class PageReader {
    /** A page ends with the item that reaches this, in bytes by DynamoDB's rules, before any filter. */
    static final long PAGE_BYTES = 1 << 20;

    /**
     * And with the item that reaches this in JSON: three bytes of a number may be 150 in JSON, and a page of such numbers
     * 50 MB.
     */
    static final int PAGE_JSON_BYTES = 8 << 20;

    /** A page, as it grows and as it is copied. */
    static final long PAGE_HEAP_BYTES = 2L * PAGE_JSON_BYTES;

    private final Parameters parameters;
    private final TableDescriptor table;
    private final @Nullable IndexDescriptor index;
    private final @Nullable Projection projection;
    private final boolean fetchesAll;
    private final Throttle throttle;

    /**
     * What a request says, before the table is looked at.
     *
     * @param select null if it was not given
     * @param isStatement whether this is of a PartiQL statement, which is told in words of its own what is wrong with its
     *     index
     */
    record Parameters(
            String tableName,
            @Nullable String indexName,
            @Nullable String select,
            boolean consistent,
            long limit,
            @Nullable Item exclusiveStart,
            @Nullable Condition filter,
            @Nullable Projection projection,
            Capacity.Asked capacity,
            boolean isStatement) {
        static Parameters of(
                RequestReader request,
                ApiContext context,
                @Nullable Item exclusiveStart,
                @Nullable Condition filter,
                @Nullable Projection projection) {
            Long limit = request.number("Limit");
            return new Parameters(
                    request.tableName("TableName", context.region()),
                    request.text("IndexName"),
                    request.text("Select"),
                    request.flag("ConsistentRead"),
                    limit == null ? Long.MAX_VALUE : limit,
                    exclusiveStart,
                    filter,
                    projection,
                    Capacity.asked(request),
                    false);
        }

        boolean counts() {
            return "COUNT".equals(select);
        }
    }

    /** @throws ApiException if the request does not fit the table */
    PageReader(Parameters parameters, TableDescriptor table, Throttle throttle) {
        this.parameters = parameters;
        this.throttle = throttle;
        this.table = table;
        this.index = index(parameters, table);
        this.fetchesAll = isLocal() && wantsMoreThanIndexShows();
        checkSelect();
        this.projection = parameters.projection();
    }

    private static @Nullable IndexDescriptor index(Parameters parameters, TableDescriptor table) {
        String name = parameters.indexName();
        if (name == null) {
            return null;
        }
        IndexDescriptor index = table.index(name);
        if (index == null || index.status() == IndexStatus.DELETING) {
            throw ApiException.validation(
                    "The table does not have the specified index" + (parameters.isStatement() ? "" : ": " + name));
        }
        if (index.status() == IndexStatus.CREATING) {
            throw ApiException.validation("Cannot read from backfilling global secondary index: " + name);
        }
        if (parameters.consistent() && index.kind() == IndexDescriptor.Kind.GLOBAL) {
            throw ApiException.validation(
                    parameters.isStatement()
                            ? "Strongly consistent read is not supported on Global Secondary Indexes"
                            : "Consistent reads are not supported on global secondary indexes");
        }
        return index;
    }

    /** Null for the table itself. */
    @Nullable
    IndexDescriptor index() {
        return index;
    }

    /** The attributes of the key that is read by: the index's or the table's. */
    List<KeyAttribute> partitionKey() {
        return index == null ? List.of(table.schema().partition()) : index.partition();
    }

    List<KeyAttribute> sortKey() {
        KeyAttribute sort = table.schema().sort();
        return index != null ? index.sort() : sort == null ? List.of() : List.of(sort);
    }

    @Nullable
    IndexKeys indexKeys() {
        return index == null ? null : new IndexKeys(table.schema(), index);
    }

    TableDescriptor table() {
        return table;
    }

    /** As {@link #start(String)}, in the words of a Query. */
    @Nullable
    ItemKey start() {
        return start(Keys.INVALID_START);
    }

    /**
     * Where the page begins, in the keys of the table or the index; null at the beginning.
     *
     * @param misfit what to say of a key that does not fit the table; of an index's it is always the same
     */
    @Nullable
    ItemKey start(String misfit) {
        Item start = parameters.exclusiveStart();
        if (start == null) {
            return null;
        }
        if (index == null) {
            return Keys.exclusiveStart(start, table.schema(), misfit);
        }
        Keys.checkIndexStart(start, table, index);
        ItemKey position = new IndexKeys(table.schema(), index).position(start);
        if (position == null) {
            throw ApiException.validation(Keys.INVALID_START);
        }
        return position;
    }

    private boolean isLocal() {
        return index != null && index.kind() == IndexDescriptor.Kind.LOCAL;
    }

    private boolean showsAll() {
        return index == null || index.projection().type() == IndexProjection.Type.ALL;
    }

    private boolean wantsMoreThanIndexShows() {
        Projection asked = parameters.projection();
        boolean all = "ALL_ATTRIBUTES".equals(parameters.select()) && !showsAll();
        return all || (asked != null && !hidden(asked).isEmpty());
    }

    /** Attributes that are asked for and do not lie in the index. */
    private List<String> hidden(Projection asked) {
        IndexDescriptor of = index;
        return of == null
                ? List.of()
                : asked.topLevelAttributes().stream()
                        .filter(name -> !of.projects(table.schema(), name))
                        .toList();
    }

    private void checkSelect() {
        String select = parameters.select();
        if ("ALL_PROJECTED_ATTRIBUTES".equals(select) && index == null) {
            throw Keys.invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
        }
        if (index == null || index.kind() == IndexDescriptor.Kind.LOCAL) {
            return;
        }
        if ("ALL_ATTRIBUTES".equals(select) && !showsAll()) {
            throw Keys.invalid("Select type ALL_ATTRIBUTES is not supported for global secondary index " + index.name()
                    + " because its projection type is not ALL");
        }
        Projection asked = parameters.projection();
        List<String> hidden = asked == null ? List.of() : hidden(asked);
        if (!hidden.isEmpty()) {
            throw Keys.invalid("Global secondary index " + index.name() + " does not project " + hidden);
        }
    }

    /** Paths go into no attribute of a key. */
    void requireScalarKeys() {
        if (projection != null) {
            Keys.requireScalars(projection.documents(), table);
        }
        Condition filter = parameters.filter();
        if (filter != null) {
            Keys.requireScalars(filter.documents(), table);
        }
    }

    /** A filter looks at what the key condition does not. @param parameter as errors name it */
    void refuseKeysInFilter(String parameter) {
        Condition filter = parameters.filter();
        if (filter == null) {
            return;
        }
        List<KeyAttribute> keys = new ArrayList<>(partitionKey());
        keys.addAll(sortKey());
        for (KeyAttribute key : keys) {
            if (filter.topLevelAttributes().contains(key.name())) {
                throw ApiException.validation(parameter + " can only contain non-primary key attributes: Primary key"
                        + " attribute: " + key.name());
            }
        }
    }

    private static final class Page {
        final long readBytesMax;

        /** As they are stored. */
        long readBytes;

        long scanned;
        long count;
        long bytes;
        double fetchUnits;

        @Nullable
        Item last;

        boolean stopped;

        Page(long readBytesMax) {
            this.readBytesMax = readBytesMax;
        }

        boolean isGivenUp() {
            return readBytes > readBytesMax;
        }

        /** Where an element is to be written, which is counted already. */
        ByteSink next(ByteSink json) {
            return count > 1 ? json.put((byte) ',') : json;
        }
    }

    /** @return nothing if more than so many stored bytes would be read; nothing counts as read then */
    Optional<Reply> read(ReadView view, ScanRange range, long readBytesMax) {
        throttle.admitRead(table, index);
        Page page = new Page(readBytesMax);
        Reply reply = ReplyBytes.write(out -> read(page, view, range, out));
        if (page.isGivenUp()) {
            return Optional.empty();
        }
        throttle.read(table, index, Capacity.readUnits(page.bytes, parameters.consistent()));
        return Optional.of(reply);
    }

    private void read(Page page, ReadView view, ScanRange range, ByteSink out) {
        if (!parameters.counts()) {
            ascii("{\"Items\":[", out);
        }
        if (index == null) {
            view.scan(table, range, stored -> add(page, stored, out));
        } else {
            view.scanIndex(table, index, range, stored -> add(page, stored, out));
        }
        ascii(parameters.counts() ? "{" : "],", out);
        end(page, out);
    }

    /** @return whether to go on */
    private boolean add(Page page, StoredItem stored, ByteSink out) {
        page.readBytes += stored.image().remaining();
        if (page.isGivenUp()) {
            return false;
        }
        return index == null && parameters.filter() == null && projection == null
                ? addWhole(page, stored, out)
                : addDecoded(page, stored, out);
    }

    /** From stored bytes to JSON, without a tree of values: StoreBenchmark.scan. */
    private boolean addWhole(Page page, StoredItem stored, ByteSink out) {
        page.scanned++;
        page.count++;
        page.bytes += parameters.counts() ? stored.sizeBytes() : AttributeJson.write(stored.image(), page.next(out));
        if (isFull(page, out)) {
            page.last = stored.key().toItem(table.schema());
        }
        return !page.stopped;
    }

    private boolean addDecoded(Page page, StoredItem stored, ByteSink out) {
        Item whole = stored.item();
        Item shown = index == null ? whole : index.project(table.schema(), whole);
        page.scanned++;
        page.bytes += shown.sizeBytes();
        if (fetchesAll) {
            page.fetchUnits += Capacity.readUnits(whole.sizeBytes(), parameters.consistent());
            shown = whole;
        }
        Condition filter = parameters.filter();
        if (filter == null || filter.test(shown)) {
            page.count++;
            if (!parameters.counts()) {
                write(stored, shown, page.next(out));
            }
        }
        if (isFull(page, out)) {
            page.last = lastKey(stored, whole);
        }
        return !page.stopped;
    }

    /** A page that ended at a limit names its last key even if nothing follows, as DynamoDB does. */
    private boolean isFull(Page page, ByteSink out) {
        page.stopped =
                page.scanned >= parameters.limit() || page.bytes >= PAGE_BYTES || out.length() >= PAGE_JSON_BYTES;
        return page.stopped;
    }

    /** The key that names where a page ended. */
    Item lastKey(StoredItem stored, Item whole) {
        IndexKeys keys = indexKeys();
        return keys == null ? stored.key().toItem(table.schema()) : keys.lastKey(whole);
    }

    private void write(StoredItem stored, Item shown, ByteSink out) {
        if (projection != null) {
            AttributeJson.write(projection.apply(shown), out);
        } else if (showsAll() || fetchesAll) {
            AttributeJson.write(stored.image(), out);
        } else {
            AttributeJson.write(shown, out);
        }
    }

    /** What stands behind the items. */
    private void end(Page page, ByteSink out) {
        ascii("\"Count\":" + page.count + ",\"ScannedCount\":" + page.scanned, out);
        if (page.stopped) {
            ascii(",\"LastEvaluatedKey\":", out);
            AttributeJson.write(Objects.requireNonNull(page.last), out);
        }
        if (parameters.capacity() != Capacity.Asked.NONE) {
            ascii(",\"ConsumedCapacity\":", out);
            out.put(Reply.value(json -> consumed(page).write(json, parameters.capacity())));
        }
        out.put((byte) '}');
    }

    private static void ascii(String text, ByteSink out) {
        out.put(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Capacity.Consumed consumed(Page page) {
        Capacity.Consumed consumed = new Capacity.Consumed(table.name());
        double units = Capacity.readUnits(page.bytes, parameters.consistent());
        if (index == null) {
            consumed.add(units);
        } else {
            consumed.add(index, units);
            consumed.add(page.fetchUnits);
        }
        return consumed;
    }

    /** Checks Select against what the request asks to get, before the table is looked at. */
    static void checkSelection(RequestReader request) {
        String select = request.text("Select");
        String given = request.has("ProjectionExpression")
                ? "ProjectionExpression"
                : request.has("AttributesToGet") ? "AttributesToGet" : null;
        if ("SPECIFIC_ATTRIBUTES".equals(select) && given == null) {
            throw Keys.invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get"
                    + " SPECIFIC_ATTRIBUTES");
        }
        if (select != null && !select.equals("SPECIFIC_ATTRIBUTES") && given != null) {
            throw Keys.invalid("Cannot specify the " + given + " when choosing to get "
                    + (select.equals("COUNT") ? "only the Count" : select));
        }
    }
}
