package dev.meridian.node.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Incarnation;
import dev.meridian.model.Life;
import dev.meridian.model.RegionId;
import dev.meridian.model.SeenHistory;
import dev.meridian.model.StoreHistory;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LoadRuleTest {
    private static final RegionId HERE = new RegionId("here");
    private static final RegionId THERE = new RegionId("there");
    private static final RegionId ELSEWHERE = new RegionId("elsewhere");
    private static final Life FIRST = new Life(5);
    private static final StoreHistory WHOLE =
            StoreHistory.begin(new Incarnation(new UUID(3, 4)), FIRST, HybridTimestamp.ofMillis(10));

    /** What its first life wrote behind the copy that was put back, it does not have. */
    private static final StoreHistory PUT_BACK = WHOLE.opened(new Life(6), HybridTimestamp.ofMillis(100));

    private static Version at(RegionId region, long millis) {
        return new Version(HybridTimestamp.ofMillis(millis), region);
    }

    private static VersionVector vector(Version... versions) {
        VersionVector vector = VersionVector.EMPTY;
        for (Version version : versions) {
            vector = vector.with(version);
        }
        return vector;
    }

    private static CopyRecord.Begin copy(StoreHistory history) {
        VersionVector floor = vector(at(ELSEWHERE, 50));
        VersionVector seen = vector(at(THERE, 100), at(ELSEWHERE, 90), at(HERE, 80));
        return new CopyRecord.Begin(1, 0, List.of(), seen, floor, history);
    }

    private static LoadRule rule(boolean rejoins, long seenOfSourceMillis) {
        SeenHistory seen = SeenHistory.NONE.with(FIRST, HybridTimestamp.ofMillis(seenOfSourceMillis));
        return new LoadRule(HERE, THERE, VersionVector.EMPTY, seen, rejoins ? HybridTimestamp.ZERO : null, true);
    }

    private static VersionVector removable(LoadRule rule, CopyRecord.Begin begin) {
        return rule.removable(begin, begin.floor());
    }

    @Test
    void ofASourceThatHasAllThatWasSeenEverythingCountsAsDeleted() {
        assertThat(removable(rule(false, 100), copy(WHOLE)))
                .isEqualTo(copy(WHOLE).seen());
    }

    @Test
    void whatASourceWroteBehindTheBeginningOfTheCopyIsNoSignThatItWasPutBack() {
        assertThat(removable(rule(false, 101), copy(WHOLE)))
                .isEqualTo(copy(WHOLE).seen());
    }

    @Test
    void ofASourceThatWasPutBackOnlyTheFloorDoes() {
        assertThat(removable(rule(false, 101), copy(PUT_BACK)))
                .isEqualTo(copy(PUT_BACK).floor());
        assertThat(removable(rule(true, 101), copy(PUT_BACK)))
                .isEqualTo(copy(PUT_BACK).floor());
    }

    @Test
    void aRegionThatRejoinsAlsoLosesWhatTheSourceWroteItselfAndNoLongerHas() {
        assertThat(removable(rule(true, 100), copy(WHOLE))).isEqualTo(vector(at(ELSEWHERE, 50), at(THERE, 100)));
    }

    @Test
    void ofASourceThatDoesNotSayWhatItHasSeenOnlyTheFloorDoes() {
        CopyRecord.Begin whole = copy(WHOLE);
        CopyRecord.Begin rejoining =
                new CopyRecord.Begin(1, 0, List.of(), whole.floor(), whole.floor(), whole.history());
        VersionVector known = vector(at(HERE, 70));
        for (HybridTimestamp common : new HybridTimestamp[] {null, HybridTimestamp.ZERO}) {
            LoadRule rule = new LoadRule(HERE, THERE, known, SeenHistory.NONE, common, true);
            assertThat(removable(rule, rejoining)).isEqualTo(whole.floor());
        }
    }
}
