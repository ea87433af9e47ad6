package dev.meridian.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.conflict.Decision.Outcome;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConflictRuleTest {
    private static final RegionId A = new RegionId("a");
    private static final RegionId B = new RegionId("b");
    private static final RegionId[] REGIONS = {A, B, new RegionId("c")};

    @Test
    void aWriteThatKnewTheLocalOneReplacesIt() {
        Stamp local = stamp(A, 1);
        Decision decision = ConflictRule.decide(local, local.overwrittenBy(version(B, 2)));
        assertThat(decision.outcome()).isEqualTo(Outcome.CLEAN);
        assertThat(decision.stamp().includes(version(A, 1))).isTrue();
    }

    @Test
    void aWriteThatTheLocalOneKnewIsStale() {
        Stamp earlier = stamp(A, 1);
        assertThat(ConflictRule.decide(earlier.overwrittenBy(version(B, 2)), earlier)
                        .outcome())
                .isEqualTo(Outcome.STALE);
    }

    @Test
    void aRegionsOwnWritesOfAnItemFollowEachOther() {
        assertThat(ConflictRule.decide(stamp(A, 1), stamp(A, 2)).outcome()).isEqualTo(Outcome.CLEAN);
        assertThat(ConflictRule.decide(stamp(A, 2), stamp(A, 1)).outcome()).isEqualTo(Outcome.STALE);
    }

    @Test
    void writesThatDidNotKnowEachOtherConflictAndTheHigherWins() {
        assertThat(ConflictRule.decide(stamp(A, 1), stamp(B, 2)).outcome()).isEqualTo(Outcome.CONFLICT_REMOTE_WINS);
        assertThat(ConflictRule.decide(stamp(A, 3), stamp(B, 2)).outcome()).isEqualTo(Outcome.CONFLICT_LOCAL_WINS);
        assertThat(ConflictRule.decide(stamp(A, 2), stamp(B, 2)).outcome()).isEqualTo(Outcome.CONFLICT_REMOTE_WINS);
    }

    @Test
    void theOrderAndRepetitionOfDeliveryDoNotMatter() {
        Property.holds(2_000, random -> {
            List<Stamp> history = history(random);
            Stamp expected = deliver(history);
            List<Stamp> disordered = new ArrayList<>(history);
            history.forEach(stamp -> {
                if (random.nextInt(3) == 0) {
                    disordered.add(stamp);
                }
            });
            Collections.shuffle(disordered, new Random(random.nextLong()));
            assertThat(deliver(disordered)).isEqualTo(expected);
            assertThat(expected.version())
                    .isEqualTo(history.stream()
                            .map(Stamp::version)
                            .max(Version::compareTo)
                            .orElseThrow());
        });
    }

    /** Writes as regions make them: each upon some earlier state, with a version above it and above its region's last. */
    private static List<Stamp> history(RandomGenerator random) {
        List<Stamp> history = new ArrayList<>();
        long time = 1;
        for (int i = random.nextInt(1, 8); i > 0; i--) {
            time += random.nextInt(3) == 0 ? 0 : 1;
            Version version = version(REGIONS[random.nextInt(REGIONS.length)], time);
            if (history.stream().anyMatch(stamp -> stamp.version().equals(version))) {
                continue;
            }
            List<Stamp> seen = history.stream()
                    .filter(stamp -> stamp.version().compareTo(version) < 0)
                    .filter(stamp -> stamp.version().region().equals(version.region()) || random.nextBoolean())
                    .toList();
            Stamp base = seen.isEmpty() ? null : deliver(seen);
            history.add(base == null ? new Stamp(version, VersionVector.EMPTY) : base.overwrittenBy(version));
        }
        return history;
    }

    private static Stamp deliver(List<Stamp> stamps) {
        @Nullable Stamp held = null;
        for (Stamp stamp : stamps) {
            held = ConflictRule.decide(held, stamp).stamp();
        }
        return Objects.requireNonNull(held);
    }

    private static Stamp stamp(RegionId region, long time) {
        return new Stamp(version(region, time), VersionVector.EMPTY);
    }

    private static Version version(RegionId region, long time) {
        return new Version(new HybridTimestamp(time), region);
    }
}
