package dev.meridian.node.lmdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowPackTest {
    /** As {@link dev.meridian.streams.ChangeCodec} begins a row. */
    private static byte[] row(int format, int length) {
        byte[] row = new byte[length];
        row[0] = (byte) format;
        return row;
    }

    private static List<Integer> lengths(ByteBuffer pack, long from, int most) {
        List<Integer> lengths = new ArrayList<>();
        RowPack.forEach(pack, from, row -> {
            lengths.add(row.remaining());
            return lengths.size() < most;
        });
        return lengths;
    }

    @Test
    void rowsAreShownFromAnyNumberOn() {
        RowPack pack = new RowPack(1, 0);
        pack.add(3, row(2, 10));
        pack.add(700, row(3, 300));
        pack.add(701, row(2, 30));
        ByteBuffer stored = ByteBuffer.wrap(pack.bytes().toArray());
        assertThat(pack.last()).isEqualTo(701);
        assertThat(lengths(stored, 0, 9)).containsExactly(10, 300, 30);
        assertThat(lengths(stored, 4, 9)).containsExactly(300, 30);
        assertThat(lengths(stored, 701, 9)).containsExactly(30);
        assertThat(lengths(stored, 0, 2)).containsExactly(10, 300);
        assertThat(stored.position()).isZero();
    }

    @Test
    void aRowOfAnEarlierReleaseIsAPackOfOne() {
        assertThat(lengths(ByteBuffer.wrap(row(1, 40)), 5, 9)).containsExactly(40);
        assertThat(lengths(ByteBuffer.wrap(row(2, 40)), 5, 9)).containsExactly(40);
    }

    @Test
    void aPackIsOfFourPagesUnlessOneRowIsLonger() {
        RowPack pack = new RowPack(1, 0);
        assertThat(pack.isFullWith(row(2, 100_000))).isFalse();
        pack.add(1, row(2, 10_000));
        assertThat(pack.isFullWith(row(2, 6_000))).isFalse();
        assertThat(pack.isFullWith(row(2, 6_400))).isTrue();
        pack.clear();
        assertThat(pack.isEmpty()).isTrue();
    }
}
