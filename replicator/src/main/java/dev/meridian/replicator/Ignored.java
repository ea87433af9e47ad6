package dev.meridian.replicator;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.streams.SequenceNumber;
import java.util.List;

/**
 * Which changes of a region are passed over.
 *
 * @param upTo those up to this clock: the region has been evicted, and wrote them anew
 */
public record Ignored(HybridTimestamp upTo, List<Voided> voided) {
    public static final Ignored NOTHING = new Ignored(HybridTimestamp.ZERO, List.of());

    public Ignored {
        voided = List.copyOf(voided);
    }

    boolean covers(SequenceNumber sequence, HybridTimestamp time) {
        return time.compareTo(upTo) <= 0 || voided.stream().anyMatch(each -> each.covers(sequence, time));
    }
}
