package dev.meridian.node.api;

import dev.meridian.node.api.ContributorInsights.Setting;
import dev.meridian.node.store.IndexDescriptor;
import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.TableDescriptor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * ListContributorInsights: what is enabled, a page at a time: tables by name, each before its indexes. A token names the
 * last one of a page.
 */
final class ListContributorInsights implements Operation {
    private static final int PAGE_DEFAULT = 100;

    private final ApiContext context;

    ListContributorInsights(ApiContext context) {
        this.context = context;
    }

    /** An entry of the list. @param index empty for the table itself */
    private record Enabled(String table, String index, Setting setting) {
        String token() {
            return table + "/" + index;
        }
    }

    /** What the page before ended with. @param index empty for the table itself */
    private record Start(String table, String index) {
        static @Nullable Start of(@Nullable String token) {
            if (token == null || token.isEmpty()) {
                return null;
            }
            int slash = token.indexOf('/');
            return slash < 0 ? new Start(token, "") : new Start(token.substring(0, slash), token.substring(slash + 1));
        }

        boolean isBefore(Enabled entry) {
            int tables = table.compareTo(entry.table());
            return tables < 0 || (tables == 0 && index.compareTo(entry.index()) < 0);
        }
    }

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        Long most = request.number("MaxResults");
        @Nullable Start start = Start.of(request.text("NextToken"));
        int limit = most == null || most <= 0 ? PAGE_DEFAULT : most.intValue();
        String only = request.has("TableName") ? request.tableName("TableName", context.region()) : null;
        return CompletableFuture.completedFuture(context.store().read(view -> {
            Collection<TableDescriptor> tables = only != null
                    ? List.of(ApiContext.existing(view.catalog(), only))
                    : start == null
                            ? view.catalog().tables().values()
                            : view.catalog().tables().tailMap(start.table()).values();
            List<Enabled> found = tables.stream()
                    .flatMap(table -> enabled(view, table).stream())
                    .filter(entry -> start == null || start.isBefore(entry))
                    .limit(limit + 1L)
                    .toList();
            List<Enabled> page = found.subList(0, Math.min(limit, found.size()));
            return Reply.now(out -> {
                out.writeArrayFieldStart("ContributorInsightsSummaries");
                for (Enabled entry : page) {
                    out.writeStartObject();
                    out.writeStringField("TableName", entry.table());
                    if (!entry.index().isEmpty()) {
                        out.writeStringField("IndexName", entry.index());
                    }
                    out.writeStringField("ContributorInsightsStatus", "ENABLED");
                    out.writeStringField(
                            "ContributorInsightsMode", entry.setting().mode());
                    out.writeEndObject();
                }
                out.writeEndArray();
                if (found.size() > page.size()) {
                    out.writeStringField("NextToken", page.get(page.size() - 1).token());
                }
            });
        }));
    }

    private static List<Enabled> enabled(ReadView view, TableDescriptor table) {
        List<Enabled> entries = new ArrayList<>();
        @Nullable Setting ofTable = ContributorInsights.of(view, table, null);
        if (ofTable != null) {
            entries.add(new Enabled(table.name(), "", ofTable));
        }
        table.indexes().stream()
                .sorted(Comparator.comparing(IndexDescriptor::name))
                .forEach(index -> {
                    @Nullable Setting setting = ContributorInsights.of(view, table, index);
                    if (setting != null) {
                        entries.add(new Enabled(table.name(), index.name(), setting));
                    }
                });
        return entries;
    }
}
