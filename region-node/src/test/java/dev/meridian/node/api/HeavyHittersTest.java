package dev.meridian.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Property;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeavyHittersTest {
    private static final int RUNS = 200;
    private static final int KEPT = 20;

    @Test
    void fewAreCountedExactlyAndInOrder() {
        HeavyHitters<String> hitters = new HeavyHitters<>(3);
        List.of("b", "a", "c", "a", "c", "a").forEach(hitters::add);
        assertThat(hitters.top(2)).containsExactly(new HeavyHitters.Hit<>("a", 3), new HeavyHitters.Hit<>("c", 2));
    }

    @Test
    void countsAreNeverTooLowAndTheFrequentAreKept() {
        Property.holds(RUNS, random -> {
            HeavyHitters<Integer> hitters = new HeavyHitters<>(KEPT);
            Map<Integer, Long> exact = new HashMap<>();
            int total = 1 + random.nextInt(3_000);
            for (int i = 0; i < total; i++) {
                int key = (int) (Math.pow(random.nextDouble(), 3) * 200);
                hitters.add(key);
                exact.merge(key, 1L, Long::sum);
            }
            List<HeavyHitters.Hit<Integer>> kept = hitters.top(Integer.MAX_VALUE);
            assertThat(kept).hasSizeLessThanOrEqualTo(KEPT);
            for (HeavyHitters.Hit<Integer> hit : kept) {
                assertThat(hit.count()).isGreaterThanOrEqualTo(exact.getOrDefault(hit.key(), 0L));
            }
            List<Integer> keys = kept.stream().map(HeavyHitters.Hit::key).toList();
            exact.forEach((key, count) -> {
                if (count > total / KEPT) {
                    assertThat(keys).contains(key);
                }
            });
        });
    }
}
