package dev.meridian.streams;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/**
 * The identity of a topic: Kafka's topic id. A topic that is deleted and made again under its name has another; offsets of
 * the one mean nothing in the other.
 */
public record TopicId(UUID uuid) {
    private static final int BYTES = 16;

    /** @throws IllegalArgumentException if the text is not what {@link #toString} gives */
    public static TopicId parse(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(
                    "a topic id has 22 characters of base64, like Kafka's own: '" + text + "'");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new TopicId(new UUID(buffer.getLong(), buffer.getLong()));
    }

    /** As Kafka's tools print it. */
    @Override
    public String toString() {
        byte[] bytes = ByteBuffer.allocate(BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
