package dev.meridian.node.api;

import dev.meridian.model.VersionVector;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** A port: what this region has of all regions' writes, for clients that want to read behind what they have seen. */
public interface Causality {
    /** Knows nothing of other regions and waits for nothing. */
    Causality NONE = new Causality() {
        @Override
        public VersionVector position() {
            return VersionVector.EMPTY;
        }

        @Override
        public CompletionStage<Void> reached(VersionVector asked, Set<String> tables, long waitMillis) {
            return java.util.concurrent.CompletableFuture.allOf();
        }
    };

    /** For each region a clock that none of its writes is above that an answer given by now can have told of. */
    VersionVector position();

    /**
     * Completes when this region has applied all that {@code asked} includes. Of tables that stand still, only those that
     * the request names are waited for.
     *
     * @param tables all that the request names; empty if that is not known, then it waits for every table
     * @return fails with {@link ApiException}: a validation error if {@code asked} names a region whose writes do not come
     *     here, and SERVICE_UNAVAILABLE if it is not reached within {@code waitMillis}
     */
    CompletionStage<Void> reached(VersionVector asked, Set<String> tables, long waitMillis);

    /** As above, for every table. */
    default CompletionStage<Void> reached(VersionVector asked, long waitMillis) {
        return reached(asked, Set.of(), waitMillis);
    }
}
