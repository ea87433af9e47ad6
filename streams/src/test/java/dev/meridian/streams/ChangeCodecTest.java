package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Bytes;
import dev.meridian.model.HybridTimestamp;
import dev.meridian.model.ItemKey;
import dev.meridian.model.Property;
import dev.meridian.model.RandomValues;
import dev.meridian.model.RegionId;
import dev.meridian.model.Stamp;
import dev.meridian.model.TableId;
import dev.meridian.model.Version;
import dev.meridian.model.VersionVector;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangeCodecTest {
    private static Change change(RandomGenerator random) {
        Bytes image = random.nextBoolean() ? null : RandomValues.bytes(random, 999);
        return change(random, image, old(random, image));
    }

    private static Change change(RandomGenerator random, @Nullable Bytes image, @Nullable Bytes old) {
        Version version = new Version(new HybridTimestamp(random.nextLong(1L << 60)), new RegionId("a"));
        Version seen = new Version(new HybridTimestamp(random.nextLong(1, 1L << 60)), new RegionId("b"));
        Lane lane = Lane.values()[random.nextInt(2)];
        return new Change(
                new TableId(new UUID(random.nextLong(), random.nextLong())),
                new SequenceNumber(random.nextLong(1L << 60)),
                random.nextInt(4) == 0 ? EnumSet.noneOf(Lane.class) : EnumSet.of(lane),
                Cause.values()[random.nextInt(3)],
                new Stamp(version, random.nextBoolean() ? VersionVector.EMPTY : VersionVector.EMPTY.with(seen)),
                new ItemKey(RandomValues.bytes(random, 9), random.nextBoolean() ? null : RandomValues.bytes(random, 9)),
                image,
                old,
                random.nextLong(1L << 45),
                random.nextBoolean() ? Change.MILLISECOND : random.nextInt(1_000),
                lane == Lane.STREAM || random.nextBoolean(),
                random.nextBoolean() ? null : new UUID(random.nextLong(), random.nextLong()));
    }

    /** None, any, or what an update changed little of. */
    private static @Nullable Bytes old(RandomGenerator random, @Nullable Bytes image) {
        if (image == null || random.nextInt(3) == 0) {
            return random.nextBoolean() ? null : RandomValues.bytes(random, 99);
        }
        int start = random.nextInt(image.length() + 1);
        int end = random.nextInt(image.length() - start + 1);
        return image.withMiddle(start, RandomValues.bytes(random, 20), end);
    }

    @Test
    void anImageThatChangedLittleIsNotWrittenTwice() {
        byte[] bytes = new byte[3_000];
        new SplittableRandom(1).nextBytes(bytes);
        Bytes image = Bytes.wrap(bytes);
        Bytes old = image.withMiddle(1_000, Bytes.wrap(new byte[] {1, 2, 3}), 1_000);
        Change change = change(new SplittableRandom(1), image, old);
        byte[] row = ChangeCodec.encode(change);
        assertThat(row).hasSizeLessThan(image.length() + 200);
        assertThat(ChangeCodec.decode(ByteBuffer.wrap(row)).oldImage()).isEqualTo(old);
    }

    @Test
    void everyChangeComesBackEqual() {
        Property.holds(1_000, random -> {
            Change change = change(random);
            assertThat(ChangeCodec.decode(ByteBuffer.wrap(ChangeCodec.encode(change))))
                    .isEqualTo(change);
            Bytes noOld = ChangeCodec.decode(ByteBuffer.wrap(ChangeCodec.encodeWithoutOldImage(change)))
                    .oldImage();
            assertThat(noOld).isNull();
        });
    }

    /** Format 1 is format 2 without transactions; neither knows an old image by its difference. */
    @Test
    void rowsOfAnEarlierReleaseAreRead() {
        Property.holds(100, random -> {
            Change made = change(random);
            Change change = new Change(
                    made.tableId(),
                    made.sequence(),
                    made.lanes(),
                    made.cause(),
                    made.stamp(),
                    made.key(),
                    made.newImage(),
                    RandomValues.bytes(random, 20),
                    made.committedMillis());
            byte[] row = ChangeCodec.encode(change);
            row[0] = 1;
            assertThat(ChangeCodec.decode(ByteBuffer.wrap(row))).isEqualTo(change);
        });
    }

    @Test
    void whatIsNoChangeIsRefusedAndNothingElseHappens() {
        Property.holds(3_000, random -> {
            byte[] bytes = ChangeCodec.encode(change(random));
            byte[] broken = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
            if (broken.length > 0 && random.nextBoolean()) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            try {
                ChangeCodec.decode(ByteBuffer.wrap(broken));
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageMatching("(?s).+");
            }
        });
    }
}
