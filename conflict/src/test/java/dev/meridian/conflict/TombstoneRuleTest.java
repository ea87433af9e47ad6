package dev.meridian.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import java.util.List;
import org.junit.jupiter.api.Test;

class TombstoneRuleTest {
    private static final Version DELETED = new Version(new HybridTimestamp(10), new RegionId("a"));
    private static final VersionVector PASSED = VersionVector.EMPTY.with(DELETED);

    @Test
    void goesOnlyWhenEveryReplicaHasPassedIt() {
        VersionVector behind = VersionVector.EMPTY.with(new Version(new HybridTimestamp(9), new RegionId("a")));
        assertThat(TombstoneRule.mayCollect(DELETED, List.of(PASSED, PASSED))).isTrue();
        assertThat(TombstoneRule.mayCollect(DELETED, List.of(PASSED, behind))).isFalse();
        assertThat(TombstoneRule.mayCollect(DELETED, List.of())).isFalse();
    }
}
