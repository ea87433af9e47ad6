package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.StoreHistory;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class StoreIdentityTest {
    private static final Life FIRST = new Life(1);
    private static final StoreHistory HISTORY =
            StoreHistory.begin(new Incarnation(new UUID(3, 4)), FIRST, HybridTimestamp.ZERO);
    private static final SeenHistory SEEN = SeenHistory.NONE.with(FIRST, new HybridTimestamp(9));

    private static StoreIdentity said(StoreHistory history) {
        return new StoreIdentity(
                new RegionId("there"), history, new HybridTimestamp(5), new TreeMap<>(), new TreeMap<>());
    }

    /** A heartbeat says a clock, is sent when all before that is published, and arrives behind what came after. */
    @Test
    void whatWasSeenOfThePresentLifeIsNotLostIfItIsLaterThanTheHeartbeat() {
        assertThat(said(HISTORY).includes(SEEN)).isTrue();
    }

    @Test
    void whatWasSeenOfAnEarlierLifeBehindItsEndIsLost() {
        assertThat(said(HISTORY.opened(new Life(2), new HybridTimestamp(8))).includes(SEEN))
                .isFalse();
        assertThat(said(HISTORY.opened(new Life(2), new HybridTimestamp(9))).includes(SEEN))
                .isTrue();
    }
}
