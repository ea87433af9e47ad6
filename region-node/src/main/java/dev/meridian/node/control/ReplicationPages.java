package dev.meridian.node.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.VersionVector;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import dev.meridian.streams.OrderedBus;
import java.util.concurrent.CompletionException;

/**
 * The answers of the pages that prove and steer replication. What is asked wrongly is an {@link IllegalArgumentException};
 * what cannot be answered now is a {@link dev.meridian.streams.BusUnavailableException} or what the store throws.
 */
public final class ReplicationPages {
    private static final int CHANGES_MAX = 10_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ControlPlane control;
    private final Store store;
    private final TableDigest digest;
    private final ChangesAbove changes;

    public ReplicationPages(ControlPlane control, Store store, OrderedBus bus) {
        this.control = control;
        this.store = store;
        this.digest = new TableDigest(store);
        this.changes = new ChangesAbove(control.region(), store, bus);
    }

    public String drain(String from, String to) {
        return DrainCertificate.of(control, new RegionId(from), new RegionId(to))
                .json();
    }

    /** A version that everything committed here so far is below and everything later is above. */
    public String committed() {
        ObjectNode json = JSON.createObjectNode().put("region", control.region().value());
        DrainCertificate.put(
                json,
                "committed",
                store.write(WriteView::mark).toCompletableFuture().join());
        return json.toPrettyString();
    }

    public String changes(String above) {
        return changes.json(control.tables().values(), new HybridTimestamp(version(above)), CHANGES_MAX);
    }

    private static long version(String hex) {
        try {
            return Long.parseUnsignedLong(hex, 16);
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException("'" + hex + "' is no version: hexadecimal digits", wrong);
        }
    }

    public String pause(String from, boolean paused) {
        try {
            control.pause(new RegionId(from), paused).toCompletableFuture().join();
        } catch (CompletionException failed) {
            throw new IllegalStateException("not kept: " + failed.getMessage(), failed);
        }
        return JSON.createObjectNode()
                .put("from", from)
                .put("to", control.region().value())
                .put("paused", paused)
                .toPrettyString();
    }

    public String cut(String from, boolean cut) {
        control.cut(new RegionId(from), cut);
        return JSON.createObjectNode()
                .put("from", from)
                .put("to", control.region().value())
                .put("cut", cut)
                .toPrettyString();
    }

    /** @param segment null for the digests of all; else the entries of that one */
    public String digest(String table, String cut, String segments, @org.jspecify.annotations.Nullable String segment) {
        VersionVector at = TableDigest.cut(cut);
        int total = number("segments", segments, 1, TableDigest.SEGMENTS_MAX);
        return segment == null
                ? digest.digests(table, at, total)
                : digest.entries(table, at, number("segment", segment, 0, total - 1), total);
    }

    private static int number(String name, String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException(name + ": '" + text + "' is no number", wrong);
        }
        throw new IllegalArgumentException(name + " is between " + least + " and " + most);
    }
}
