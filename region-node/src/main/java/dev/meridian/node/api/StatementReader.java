package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.KeyAttribute;
import dev.meridian.node.api.StatementAccess.Read;
import dev.meridian.node.expression.Condition;
import dev.meridian.node.partiql.Columns;
import dev.meridian.node.partiql.Expr;
import dev.meridian.node.partiql.Statement.Select;
import dev.meridian.node.partiql.Translator;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.ScanRange;
import dev.meridian.node.store.StoredItem;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One page of what a SELECT asks for. */
final class StatementReader {
    private static final String MULTI_ATTRIBUTE_KEY = "PartiQL statements cannot be executed on tables with"
            + " multi-attribute HASH keys or multi-attribute RANGE keys.";

    private final Asked asked;
    private final TableDescriptor table;
    private final Throttle throttle;
    private final PageReader keys;
    private final @Nullable IndexDescriptor index;
    private final Columns columns;
    private final @Nullable Condition filter;
    private final @Nullable List<Read> reads;
    private final boolean forward;
    private final boolean fetchesAll;

    /**
     * What a request asks for besides its statement.
     *
     * @param token where to go on; null at the beginning
     * @param digest of the statement, for the next token
     */
    record Asked(
            boolean consistent, long limit, @Nullable StatementToken token, Bytes digest, Capacity.Asked capacity) {}

    /** @throws ApiException if the statement makes no sense, or does not fit the table */
    StatementReader(BoundStatement bound, Select select, Asked asked, TableDescriptor table, Throttle throttle) {
        Translator translator = bound.translator();
        this.asked = asked;
        this.table = table;
        this.throttle = throttle;
        this.keys = keys(select, asked, table, throttle);
        this.index = keys.index();
        requireSingleAttributes(index);
        this.columns = translator.columns(select);
        this.filter = translator.condition(select.where());
        KeyAttribute partition = keys.partitionKey().get(0);
        KeyAttribute sort = keys.sortKey().isEmpty() ? null : keys.sortKey().get(0);
        this.reads = StatementAccess.of(select.where(), partition, sort, translator);
        if (reads != null) {
            StatementAccess.requireTypes(reads, partition, sort);
            StatementAccess.requireSizes(reads, partition, sort);
        }
        this.forward = StatementAccess.order(reads, select.orders(), select.where(), partition, sort);
        List<String> hidden =
                columns.attributes().stream().filter(this::isHidden).toList();
        if (index != null && index.kind() == IndexDescriptor.Kind.GLOBAL && !hidden.isEmpty()) {
            throw Keys.invalid("Global secondary index " + index.name() + " does not project " + hidden);
        }
        this.fetchesAll = !hidden.isEmpty();
        requireProjectedFilter();
    }

    private static PageReader keys(Select select, Asked asked, TableDescriptor table, Throttle throttle) {
        StatementToken token = asked.token();
        return new PageReader(
                new PageReader.Parameters(
                        table.name(),
                        select.target().index(),
                        null,
                        asked.consistent(),
                        asked.limit(),
                        token == null ? null : token.last(),
                        null,
                        null,
                        asked.capacity(),
                        true),
                table,
                throttle);
    }

    static void requireSingleAttributes(@Nullable IndexDescriptor index) {
        if (index != null && (index.partition().size() > 1 || index.sort().size() > 1)) {
            throw ApiException.validation(MULTI_ATTRIBUTE_KEY);
        }
    }

    private boolean isHidden(String attribute) {
        return index != null && !index.projects(table.schema(), attribute);
    }

    /**
     * A query of an index looks at nothing that the index does not show; a scan takes it for missing. The service finds
     * this out when it begins to read: of several queries only the first is looked at.
     */
    private void requireProjectedFilter() {
        IndexDescriptor of = index;
        if (of == null || reads == null || reads.isEmpty()) {
            return;
        }
        // Told in the order of the service's own hash set, which is that of Java's.
        Set<String> hidden = new HashSet<>();
        for (Expr conjunct : reads.get(0).conjuncts()) {
            Translator.attributes(conjunct).stream().filter(this::isHidden).forEach(hidden::add);
        }
        if (!hidden.isEmpty()) {
            throw Keys.invalid(
                    "Secondary index " + of.name() + " does not project one or more filter attributes: " + hidden);
        }
    }

    private static final class Page {
        final List<byte[]> items = new ArrayList<>();
        long scanned;
        long bytes;
        long readBytes;
        long jsonBytes;
        double units;
        double fetchUnits;

        @Nullable
        Item last;

        int lastRead;
    }

    Reply read(ReadView view) {
        Page page = new Page();
        StatementToken token = asked.token();
        int first = token == null ? 0 : token.read();
        int count = reads == null ? 1 : reads.size();
        if (first < 0 || first > count) {
            throw ApiException.validation("Given NextToken is not valid");
        }
        throttle.admitRead(table, index);
        for (int i = first; i < count && page.last == null; i++) {
            page.lastRead = i;
            page.readBytes = 0;
            scan(view, range(i, token != null && i == first), page);
            page.units += Capacity.readUnits(page.readBytes, asked.consistent());
        }
        throttle.read(table, index, page.units);
        return reply(page);
    }

    private ScanRange range(int read, boolean goesOn) {
        return reads == null
                ? ScanRange.segment(0, 1, goesOn ? keys.start() : null)
                : Query.range(keys, reads.get(read).fitted(), forward, goesOn ? keys.start() : null);
    }

    private void scan(ReadView view, ScanRange range, Page page) {
        IndexDescriptor by = index;
        if (by == null) {
            view.scan(table, range, stored -> add(page, stored));
        } else {
            view.scanIndex(table, by, range, stored -> add(page, stored));
        }
    }

    /** @return whether to go on */
    private boolean add(Page page, StoredItem stored) {
        Item whole = stored.item();
        Item shown = index == null ? whole : index.project(table.schema(), whole);
        page.scanned++;
        page.bytes += shown.sizeBytes();
        page.readBytes += shown.sizeBytes();
        if (filter == null || filter.test(shown)) {
            Item from = fetchesAll ? whole : shown;
            if (fetchesAll) {
                page.fetchUnits += Capacity.readUnits(whole.sizeBytes(), asked.consistent());
            }
            byte[] json = Reply.value(out -> AttributeJson.write(columns.of(from), out));
            page.items.add(json);
            page.jsonBytes += json.length;
        }
        if (page.scanned >= asked.limit()
                || page.bytes >= PageReader.PAGE_BYTES
                || page.jsonBytes >= PageReader.PAGE_JSON_BYTES) {
            page.last = keys.lastKey(stored, whole);
            return false;
        }
        return true;
    }

    private Reply reply(Page page) {
        return Reply.later(out -> {
            out.writeArrayFieldStart("Items");
            for (byte[] item : page.items) {
                Reply.writeValue(item, out);
            }
            out.writeEndArray();
            Item last = page.last;
            if (last != null) {
                out.writeStringField("NextToken", new StatementToken(page.lastRead, last).text(asked.digest()));
                out.writeFieldName("LastEvaluatedKey");
                AttributeJson.write(last, out);
            }
            if (asked.capacity() != Capacity.Asked.NONE) {
                out.writeFieldName("ConsumedCapacity");
                consumed(page).write(out, asked.capacity());
            }
        });
    }

    private Capacity.Consumed consumed(Page page) {
        Capacity.Consumed consumed = new Capacity.Consumed(table.name());
        if (index == null) {
            consumed.add(page.units);
        } else {
            consumed.add(Objects.requireNonNull(index), page.units);
            consumed.add(page.fetchUnits);
        }
        return consumed;
    }

    /** One item by its key, in a batch or a transaction. */
    record Single(TableDescriptor table, Item key, Columns columns) {
        /**
         * @param operation as errors name it
         * @throws ApiException if the statement makes no sense, or names more or less than one item by its key
         */
        static Single of(BoundStatement bound, TableDescriptor table, String operation) {
            Select select = (Select) bound.statement();
            Translator translator = bound.translator();
            String indexName = select.target().index();
            requireSingleAttributes(indexName == null ? null : table.index(indexName));
            Columns columns = translator.columns(select);
            translator.condition(select.where());
            StatementAccess.of(
                    select.where(), table.schema().partition(), table.schema().sort(), translator);
            Item key = indexName != null ? null : new StatementKeys(table.schema(), translator).only(select.where());
            if (key == null || !select.orders().isEmpty()) {
                throw ApiException.validation(
                        "Select statements within " + operation + " must specify the primary key in the where clause.");
            }
            return new Single(table, key, columns);
        }

        @Nullable
        StoredItem find(ApiContext context, ReadView view, Capacity.Price price, boolean consistent) {
            return context.find(view, table, Keys.of(key, table.schema()), price, consistent);
        }

        byte[] json(StoredItem found) {
            return Reply.value(out -> AttributeJson.write(columns.of(found.item()), out));
        }
    }
}
