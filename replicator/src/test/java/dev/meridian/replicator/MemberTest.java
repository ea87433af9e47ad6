package dev.meridian.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.RegionId;
import dev.meridian.model.Version;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MemberTest {
    private static final RegionId A = new RegionId("a");

    private static Version version(long time) {
        return new Version(new HybridTimestamp(time), A);
    }

    @Test
    void withinOneMembershipTheLaterStateWinsWhateverTheClocks() {
        Member creating = Member.created(version(5), A, "load", null);
        Member deleting = creating.with(version(6), Member.State.DELETING);
        Member progress = creating.withPercent(version(9), 50);
        assertThat(Member.later(deleting, progress)).isEqualTo(deleting);
        assertThat(Member.later(progress, deleting)).isEqualTo(deleting);
    }

    @Test
    void aNewMembershipWinsOverTheOldOneAlsoIfThatWasWrittenByAFasterClock() {
        Member removed = Member.created(version(5), A, "first", null).removed(version(100), new TreeMap<>());
        Member again = Member.created(version(50), A, "second", removed);
        assertThat(Member.later(removed, again)).isEqualTo(again);
        assertThat(Member.later(again, removed)).isEqualTo(again);
    }

    @Test
    void whereAnEarlierMembershipEndedIsKeptByTheNext() {
        Member removed =
                Member.created(version(5), A, "first", null).removed(version(6), new TreeMap<>(Map.of(0, 10L, 1, 20L)));
        Member again = Member.created(version(7), A, "second", removed);
        assertThat(again.finalEnds()).isEqualTo(removed.finalEnds());
        assertThat(again.removed(version(8), new TreeMap<>()).finalEnds()).isEqualTo(removed.finalEnds());
        assertThat(again.removed(version(8), new TreeMap<>(Map.of(0, 12L))).finalEnds())
                .isEqualTo(new TreeMap<>(Map.of(0, 12L, 1, 20L)));
    }

    @Test
    void aRegionThatLoadsAnewKeepsWhatItHasItsOwnWay() {
        Overrides overrides = new Overrides(9L, null, "STANDARD_INFREQUENT_ACCESS", null, new TreeMap<>());
        Member before =
                Member.first(version(1)).withOverrides(version(2), overrides).withDeletionProtection(version(3), true);
        Member anew = before.loadingAnew(version(4), A, "load");
        assertThat(anew.state()).isEqualTo(Member.State.CREATING);
        assertThat(Member.later(before, anew)).isEqualTo(anew);
        assertThat(anew.overrides().value()).isEqualTo(overrides);
        assertThat(anew.deletionProtection().value()).isTrue();
    }

    @Test
    void whereAMembershipEndedIsKnownAlsoIfTheNextBeganBeforeThatWasHeard() {
        Member first = Member.created(version(5), A, "first", null);
        Member again = Member.created(version(7), A, "second", first);
        Member removed = first.removed(version(6), new TreeMap<>(Map.of(0, 10L)));
        assertThat(Member.later(removed, again).finalEnds()).isEqualTo(removed.finalEnds());
        assertThat(Member.later(again, removed).loadId()).isEqualTo("second");
    }
}
