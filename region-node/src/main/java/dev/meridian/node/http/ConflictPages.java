package dev.meridian.node.http;

import dev.meridian.model.Excerpt;
import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ConflictFeed;
import dev.meridian.node.http.Pages.NothingThereException;
import dev.meridian.node.http.Pages.Page;
import dev.meridian.node.http.Pages.PageRefusedException;
import dev.meridian.node.http.Pages.Query;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@code /-/conflicts} and {@code /-/conflicts/restore}. */
public final class ConflictPages {
    /** For one write of this region's own. */
    private static final long RESTORE_SECONDS = 30;

    private final ConflictFeed feed;

    public ConflictPages(ConflictFeed feed) {
        this.feed = feed;
    }

    public void addTo(Pages pages) {
        pages.with("conflicts", this::list, "table", "since", "after", "limit")
                .action("conflicts/restore", this::restore, "id", "force");
    }

    private Page list(Query query) {
        int limit = (int) query.number("limit", ConflictFeed.LIMIT_DEFAULT, 1, ConflictFeed.LIMIT_MAX);
        long after = query.number("after", 0, 0, Long.MAX_VALUE);
        long since = since(query);
        String table = query.get("table");
        // A reader that goes on has been told already.
        if (table != null && after == 0 && !feed.knows(table)) {
            throw NothingThereException.table(table);
        }
        return json(feed.page(new ConflictFeed.Ask(table, since, after, limit)));
    }

    private static Page json(byte[] body) {
        return Page.json(200, new String(body, StandardCharsets.UTF_8));
    }

    /** Milliseconds since 1970, or a time like 2026-01-31T12:00:00Z. */
    private static long since(Query query) {
        String value = query.get("since", "");
        if (value.isEmpty() || value.matches("[0-9]{1,18}")) {
            return value.isEmpty() ? 0 : Long.parseLong(value);
        }
        try {
            return Instant.parse(value).toEpochMilli();
        } catch (DateTimeException | ArithmeticException wrong) {
            throw new PageRefusedException(
                    "'since' is a time like 2026-01-31T12:00:00Z, or milliseconds since 1970, not '" + Excerpt.of(value)
                            + "'");
        }
    }

    private Page restore(Query query) {
        query.require("id");
        long id = query.number("id", 0, 1, Long.MAX_VALUE);
        boolean force = query.flag("force");
        try {
            return json(feed.restore(id, force).toCompletableFuture().get(RESTORE_SECONDS, TimeUnit.SECONDS));
        } catch (ApiException refused) {
            throw new PageRefusedException(refused.getMessage());
        } catch (java.util.concurrent.ExecutionException failed) {
            if (failed.getCause() instanceof ApiException refused) {
                throw new PageRefusedException(refused.getMessage());
            }
            throw new CompletionException(failed.getCause());
        } catch (TimeoutException late) {
            throw new PageRefusedException("it is not known yet whether it was written: look, and try again");
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            throw new PageRefusedException("interrupted");
        }
    }
}
