package dev.meridian.node.api;

import dev.meridian.node.store.ReadView;
import dev.meridian.node.store.StreamViewType;
import dev.meridian.node.store.TableDescriptor;
import dev.meridian.node.store.TableStreams;
import dev.meridian.node.store.WriteView;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What CreateTable and UpdateTable ask of a table's stream. */
final class StreamChange {
    private final boolean asked;
    private final @Nullable StreamViewType viewType;

    /** @param viewType of the stream that is to be; null for none */
    private StreamChange(boolean asked, @Nullable StreamViewType viewType) {
        this.asked = asked;
        this.viewType = viewType;
    }

    static StreamChange ofNewTable(RequestReader request) {
        return read(
                request,
                "Table is being created with a stream enabled, UpdateViewType is required",
                "Table is being created with a stream disabled, UpdateViewType should not be specified");
    }

    static StreamChange ofTable(RequestReader request) {
        return read(
                request,
                "If stream is being enabled then UpdateViewType is required",
                "If stream is being disabled, then UpdateViewType must not be specified");
    }

    private static StreamChange read(RequestReader request, String lacking, String needless) {
        RequestReader specification = request.object("StreamSpecification");
        if (specification == null) {
            return new StreamChange(false, null);
        }
        String viewType = specification.text("StreamViewType");
        if (!specification.flag("StreamEnabled")) {
            if (viewType != null) {
                throw Keys.invalid(needless);
            }
            return new StreamChange(true, null);
        }
        if (viewType == null) {
            throw Keys.invalid(lacking);
        }
        return new StreamChange(true, StreamViewType.valueOf(viewType));
    }

    /** @throws ApiException if the table's stream is already as it is to be, or must stay as it is */
    void check(ReadView view, TableDescriptor table, boolean hasReplicas) {
        boolean enabled = TableStreams.viewType(view, table).isPresent();
        if (asked && viewType != null && enabled) {
            throw ApiException.validation("Table already has an enabled stream: TableName: " + table.name());
        }
        if (asked && viewType == null && !enabled) {
            throw ApiException.validation("Table has no stream to disable: TableName: " + table.name());
        }
        if (asked && viewType == null && hasReplicas) {
            throw Keys.invalid("Disabling Stream is not allowed for a Global Table replica.");
        }
    }

    /** Begins with the next change, or ends with the last one. */
    void apply(WriteView view, TableDescriptor table, long nowMillis) {
        if (asked) {
            TableStreams.change(view, table, Optional.ofNullable(viewType), nowMillis);
        }
    }
}
