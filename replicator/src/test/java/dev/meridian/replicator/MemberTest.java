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
}
