package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ConflictFeed;
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
        pages.with("conflicts", this::list).action("conflicts/restore", this::restore);
    }

    private Page list(Query query) {
        int limit = (int) number(query, "limit", ConflictFeed.LIMIT_DEFAULT);
        if (limit < 1 || limit > ConflictFeed.LIMIT_MAX) {
            throw new PageRefusedException("'limit' is 1 to " + ConflictFeed.LIMIT_MAX);
        }
        ConflictFeed.Ask ask = new ConflictFeed.Ask(query.get("table"), since(query), number(query, "after", 0), limit);
        return json(feed.page(ask));
    }

    private static Page json(byte[] body) {
        return Page.json(200, new String(body, StandardCharsets.UTF_8));
    }

    private static long number(Query query, String name, long absent) {
        String value = query.get(name, "");
        if (value.isEmpty()) {
            return absent;
        }
        if (!value.matches("[0-9]{1,18}")) {
            throw new PageRefusedException("'" + name + "' is not a number: " + value);
        }
        return Math.min(Long.parseLong(value), name.equals("limit") ? Integer.MAX_VALUE : Long.MAX_VALUE);
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
                    "'since' is a time like 2026-01-31T12:00:00Z, or milliseconds since 1970, not " + value);
        }
    }

    private Page restore(Query query) {
        query.require("id");
        long id = number(query, "id", 0);
        boolean force = query.get("force", "false").equals("true");
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
