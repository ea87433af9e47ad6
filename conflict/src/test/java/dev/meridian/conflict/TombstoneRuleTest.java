package dev.meridian.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TombstoneRuleTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final RegionId C = new RegionId("c");
    private static final Stamp DELETED = new Stamp(new Version(new HybridTimestamp(10), A), vector(Map.of(B, 4L)));

    private static VersionVector vector(Map<RegionId, Long> entries) {
        VersionVector vector = VersionVector.EMPTY;
        for (Map.Entry<RegionId, Long> entry : entries.entrySet()) {
            vector = vector.with(new Version(new HybridTimestamp(entry.getValue()), entry.getKey()));
        }
        return vector;
    }

    private static boolean mayCollect(Map<RegionId, Long> own, Map<RegionId, Long> ofB) {
        return TombstoneRule.mayCollect(
                DELETED, vector(own), Map.of(A, vector(Map.of(A, Long.MAX_VALUE, B, 4L)), B, vector(ofB)));
    }

    @Test
    void goesWhenAllHaveAppliedItAndAllBeforeItHasBeenAppliedHere() {
        assertThat(mayCollect(Map.of(A, 10L, B, 10L), Map.of(A, 10L, B, 4L))).isTrue();
        assertThat(mayCollect(Map.of(A, 10L, B, 10L), Map.of(A, 9L, B, 4L)))
                .as("another has not applied it")
                .isFalse();
        assertThat(mayCollect(Map.of(A, 9L, B, 10L), Map.of(A, 10L, B, 4L)))
                .as("not known to be applied here")
                .isFalse();
        assertThat(mayCollect(Map.of(A, 10L, B, 9L), Map.of(A, 10L, B, 4L)))
                .as("something older may come once more")
                .isFalse();
    }

    @Test
    void staysWhileWhatItKnewOfHasNotBeenAppliedHere() {
        VersionVector own = vector(Map.of(A, 10L));
        assertThat(TombstoneRule.mayCollect(DELETED, own, Map.of())).isFalse();
        assertThat(TombstoneRule.mayCollect(DELETED, own.join(vector(Map.of(B, 4L))), Map.of()))
                .as("b is no longer a replica, and all of it is here")
                .isTrue();
        assertThat(TombstoneRule.mayCollect(DELETED, own.join(vector(Map.of(C, 4L))), Map.of()))
                .isFalse();
    }

    @Test
    void staysWhileAnotherHasNotAppliedWhatItKnewOf() {
        VersionVector own = vector(Map.of(A, 10L, B, 10L, C, 10L));
        VersionVector all = vector(Map.of(A, 10L, B, 4L));
        VersionVector lacksB = vector(Map.of(A, 10L, B, 3L));
        assertThat(TombstoneRule.mayCollect(DELETED, own, Map.of(B, all, C, lacksB)))
                .as("c may write over the delete, and does not know of what b wrote")
                .isFalse();
        assertThat(TombstoneRule.mayCollect(DELETED, own, Map.of(B, all, C, all)))
                .isTrue();
    }
}
