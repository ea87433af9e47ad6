package dev.meridian.node.streamsapi;

import dev.meridian.streams.SequenceNumber;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * A place in a shard. As text, it begins with the stream's ARN like DynamoDB's.
 *
 * @param trimHorizon whether it is the oldest record there is, whatever that is when it is read; else it is behind
 *     {@code after}
 * @param createdMillis milliseconds since 1970
 */
public record ShardIterator(
        String streamArn, String shardId, boolean trimHorizon, SequenceNumber after, long createdMillis) {
    /** How long DynamoDB accepts one. */
    public static final long LIFE_MILLIS = 15 * 60 * 1000;

    private static final byte FORMAT = 1;
    private static final String SEPARATOR = "|" + FORMAT + "|";
    private static final int FIXED_BYTES = 1 + 2 * Long.BYTES + Integer.BYTES;

    public boolean isExpired(long nowMillis) {
        return createdMillis + LIFE_MILLIS < nowMillis;
    }

    public String format() {
        byte[] shard = shardId.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(FIXED_BYTES + shard.length)
                .put((byte) (trimHorizon ? 1 : 0))
                .putLong(after.value())
                .putLong(createdMillis)
                .put(shard);
        bytes.putInt(checksum(streamArn, bytes.array(), bytes.position()));
        return streamArn + SEPARATOR + Base64.getEncoder().encodeToString(bytes.array());
    }

    /** Tells what was cut or changed on its way; it is no secret. */
    private static int checksum(String arn, byte[] bytes, int length) {
        CRC32 sum = new CRC32();
        sum.update(arn.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }

    /** @return empty if it is none of ours */
    public static Optional<ShardIterator> parse(String text) {
        int separator = text.indexOf(SEPARATOR);
        if (separator < 0) {
            return Optional.empty();
        }
        String arn = text.substring(0, separator);
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text.substring(separator + SEPARATOR.length()));
        } catch (IllegalArgumentException unreadable) {
            return Optional.empty();
        }
        int length = bytes.length - Integer.BYTES;
        if (bytes.length < FIXED_BYTES || ByteBuffer.wrap(bytes).getInt(length) != checksum(arn, bytes, length)) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        boolean trimHorizon = in.get() == 1;
        SequenceNumber after = new SequenceNumber(in.getLong());
        long createdMillis = in.getLong();
        byte[] shard = new byte[in.remaining()];
        in.get(shard);
        String shardId = new String(shard, java.nio.charset.StandardCharsets.US_ASCII);
        return Optional.of(new ShardIterator(arn, shardId, trimHorizon, after, createdMillis));
    }
}
