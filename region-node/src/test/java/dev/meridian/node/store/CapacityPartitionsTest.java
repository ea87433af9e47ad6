package dev.meridian.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.node.store.TableSettings.Throughput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapacityPartitionsTest {
    private static final long GB = 1L << 30;

    @ParameterizedTest
    @CsvSource({"1,1,1", "5,5,1", "3000,0,1", "1500,500,1", "3000,1,2", "3000,1000,2", "40000,40000,54"})
    void provisionedUnitsOfBothKindsAddUp(long read, long write, int partitions) {
        assertThat(CapacityPartitions.of(TableSettings.ON_DEMAND.provisioned(read, write), 0, 0))
                .isEqualTo(partitions);
    }

    @Test
    void onDemandBeginsWithFourOrWithWhatItIsWarmFor() {
        assertThat(CapacityPartitions.of(TableSettings.ON_DEMAND, 0, 0)).isEqualTo(4);
        TableSettings warm = TableSettings.ON_DEMAND.withWarmThroughput(new Throughput(-1, 6_500));
        assertThat(CapacityPartitions.of(warm, 0, 0)).isEqualTo(7);
    }

    @Test
    void sizeAndLoadCountAsWell() {
        TableSettings small = TableSettings.ON_DEMAND.provisioned(5, 5);
        assertThat(CapacityPartitions.of(small, 10 * GB, 0)).isEqualTo(1);
        assertThat(CapacityPartitions.of(small, 10 * GB + 1, 0)).isEqualTo(2);
        assertThat(CapacityPartitions.of(small, 0, 2_500)).isEqualTo(3);
        assertThat(CapacityPartitions.of(TableSettings.ON_DEMAND, 41 * GB, 2_500))
                .isEqualTo(5);
    }
}
