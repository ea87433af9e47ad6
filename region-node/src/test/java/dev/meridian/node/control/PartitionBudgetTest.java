package dev.meridian.node.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many partitions a process can have, by what it may open and map. */
class PartitionBudgetTest {
    @Test
    void followsFromDescriptorsAndMappings() {
        assertThat(PartitionBudget.partitions(20_000, Long.MAX_VALUE)).isEqualTo(9_000);
        assertThat(PartitionBudget.partitions(1_024, 65_530)).isEqualTo(384);
        assertThat(PartitionBudget.partitions(1L << 30, 65_530)).isEqualTo(28_765);
        assertThat(PartitionBudget.partitions(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    }
}
