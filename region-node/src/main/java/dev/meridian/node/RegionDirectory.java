package dev.meridian.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.RegionId;
import dev.meridian.node.config.NodeUrl;
import dev.meridian.node.config.PeerConfig;
import dev.meridian.node.control.ControlPlane;
import dev.meridian.replicator.Heartbeat;
import dev.meridian.replicator.Replicator;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /-/regions} says at a region's own port: the region itself, and each peer with its URL and whether it answers
 * there. A peer's URL is what {@code peers.http} says, else what the peer's last heartbeat told.
 */
final class RegionDirectory {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Supplier<RegionAddress> self;
    private final Supplier<Optional<String>> advertised;
    private final List<PeerConfig> peers;
    private final ControlPlane control;
    private final RegionProbe probe;

    /** @param advertised the URL that the other regions are told of this one */
    RegionDirectory(
            Supplier<RegionAddress> self,
            Supplier<Optional<String>> advertised,
            List<PeerConfig> peers,
            ControlPlane control,
            RegionProbe probe) {
        this.self = self;
        this.advertised = advertised;
        this.peers = peers;
        this.control = control;
        this.probe = probe;
    }

    /**
     * A peer that is asked whether it answers.
     *
     * @param whyNot why it does not; empty if it does
     */
    private record Asked(PeerConfig peer, @Nullable String url, Future<Optional<String>> whyNot) {}

    private Asked ask(PeerConfig peer) {
        String url = url(peer);
        return new Asked(
                peer,
                url,
                url == null
                        ? Future.succeededFuture(Optional.of("its address is not known"))
                        : probe.whyNot(peer.region(), url));
    }

    /** Waits for the peers' answers. */
    String json() {
        List<Asked> asked = peers.stream()
                .sorted(Comparator.comparing((PeerConfig peer) -> peer.region().value()))
                .map(this::ask)
                .toList();
        Future.join(asked.stream().map(Asked::whyNot).toList())
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        RegionAddress here = self.get();
        ObjectNode page = JSON.createObjectNode();
        ArrayNode regions = page.putArray("regions");
        regions.addObject()
                .put("region", here.region().value())
                .put("self", true)
                .put("endpoint", advertised.get().orElse(null))
                .put("kafka", here.kafkaBootstrap())
                .put("answers", true);
        for (Asked each : asked) {
            Optional<String> whyNot = each.whyNot().result();
            ObjectNode region = regions.addObject()
                    .put("region", each.peer().region().value())
                    .put("endpoint", each.url())
                    .put("kafka", each.peer().bootstrap())
                    .put("answers", whyNot.isEmpty());
            whyNot.ifPresent(why -> region.put("reason", why));
        }
        return page.toString();
    }

    private @Nullable String url(PeerConfig peer) {
        return peer.http() != null ? peer.http() : told(peer.region());
    }

    /** What a heartbeat tells may be anything. */
    private static @Nullable String url(@Nullable String told) {
        try {
            return told == null ? null : NodeUrl.typed(told);
        } catch (IllegalArgumentException wrong) {
            return null;
        }
    }

    private @Nullable String told(RegionId region) {
        for (Replicator replicator : control.replicators()) {
            if (replicator.origin().equals(region)) {
                Heartbeat last = replicator.lastHeartbeat();
                return last == null ? null : url(last.http());
            }
        }
        return null;
    }
}
