package dev.meridian.node.api;

import dev.meridian.model.Bytes;
import dev.meridian.model.ItemCodec;
import dev.meridian.model.Stamp;
import dev.meridian.node.api.ItemAction.Planned;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.streams.AttributeJson;
import dev.meridian.streams.Conflict;
import dev.meridian.streams.ConflictFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The conflicts that this region keeps, page by page; and how a loser is put back. */
public final class ConflictFeed {
    public static final int LIMIT_DEFAULT = 100;
    public static final int LIMIT_MAX = 1_000;

    /** Of the images of one page, as stored. */
    private static final int PAGE_BYTES = 4 << 20;

    /** Conflicts looked at for one page, however few of them are asked for. */
    private static final int LOOKED_AT_MAX = 20_000;

    private static final int READ = 500;

    private final ApiContext context;

    public ConflictFeed(ApiContext context) {
        this.context = context;
    }

    /**
     * What to show.
     *
     * @param table null: of all
     * @param sinceMillis detected then or later
     * @param after go on behind this id
     */
    public record Ask(@Nullable String table, long sinceMillis, long after, int limit) {}

    /** A page as JSON: the conflicts, the newest last, and {@code next}, to be given as {@code after} to go on. */
    public byte[] page(Ask ask) {
        List<Conflict> found = new ArrayList<>();
        long next = ask.after;
        boolean more = true;
        int looked = 0;
        long bytes = 0;
        while (more && found.size() < ask.limit && looked < LOOKED_AT_MAX && bytes < PAGE_BYTES) {
            List<Conflict> read = context.store().conflicts().read(next, READ, PAGE_BYTES);
            more = !read.isEmpty();
            for (Conflict conflict : read) {
                if (found.size() == ask.limit || bytes >= PAGE_BYTES) {
                    break;
                }
                next = conflict.id();
                looked++;
                if (conflict.detectedMillis() >= ask.sinceMillis
                        && (ask.table == null || ask.table.equals(conflict.table()))) {
                    found.add(conflict);
                    bytes += size(conflict.winner()) + size(conflict.loser());
                }
            }
        }
        long cursor = next;
        boolean goesOn = cursor < context.store().conflicts().last();
        return Reply.now(out -> {
                    out.writeStringField("region", context.region().value());
                    out.writeArrayFieldStart("conflicts");
                    for (Conflict conflict : found) {
                        ConflictFormat.write(conflict, out);
                    }
                    out.writeEndArray();
                    out.writeNumberField("next", cursor);
                    out.writeBooleanField("more", goesOn);
                })
                .json();
    }

    /** Whether there is such a table, or was one and a conflict of it is still kept. */
    public boolean knows(String table) {
        if (context.store().catalog().table(table) != null) {
            return true;
        }
        long after = 0;
        while (true) {
            List<Conflict> read = context.store().conflicts().read(after, READ, PAGE_BYTES);
            if (read.isEmpty()) {
                return false;
            }
            if (read.stream().anyMatch(conflict -> conflict.table().equals(table))) {
                return true;
            }
            after = read.get(read.size() - 1).id();
        }
    }

    private static long size(Conflict.Write write) {
        Bytes image = write.image();
        return image == null ? 0 : image.length();
    }

    /**
     * Writes what lost once more, as a put or a delete of now. Answers JSON with the new version.
     *
     * @param force also if the item is no longer what won
     * @return fails with {@link ApiException} if there is no such conflict, or the item has changed
     */
    public CompletionStage<byte[]> restore(long id, boolean force) {
        Conflict conflict = context.store()
                .conflicts()
                .get(id)
                .orElseThrow(
                        () -> ApiException.resourceNotFound("no conflict " + id + " is kept in " + context.region()));
        Bytes image = conflict.loser().image();
        ItemAction action = image == null
                ? new ItemDelete(conflict.table(), conflict.keys(), null, false)
                : new ItemPut(conflict.table(), ItemCodec.decode(image.asBuffer()), null, false);
        return context.store().write(view -> {
            TableDescriptor table = context.serving(view.catalog(), conflict.table());
            if (!table.id().equals(conflict.tableId())) {
                throw ApiException.resourceNotFound("the table " + conflict.table() + " of that conflict is gone");
            }
            Stamp before = view.stamp(table, conflict.key());
            if (!force && !isStill(conflict.winner(), before)) {
                throw new ApiException(
                        ErrorCode.CONDITIONAL_CHECK_FAILED,
                        "the item has changed since that conflict; to write over it, force it");
            }
            context.admitWrite(table, conflict.key().partition());
            boolean counted = context.throttle().counts(table);
            Planned planned = action.plan(context, view, counted);
            planned.write(view);
            if (counted) {
                context.throttle().written(table, Capacity.written(planned));
            }
            Stamp after = view.stamp(table, conflict.key());
            return Reply.now(out -> {
                        out.writeBooleanField("restored", true);
                        out.writeStringField("region", context.region().value());
                        out.writeNumberField("id", id);
                        out.writeStringField("table", table.name());
                        out.writeFieldName("key");
                        AttributeJson.write(conflict.keys(), out);
                        out.writeStringField("version", after == null ? "" : ConflictFormat.text(after.version()));
                    })
                    .json();
        });
    }

    /** What the winner deleted may be forgotten by now. */
    private static boolean isStill(Conflict.Write winner, @Nullable Stamp held) {
        return held == null ? winner.isDelete() : held.version().equals(winner.version());
    }
}
