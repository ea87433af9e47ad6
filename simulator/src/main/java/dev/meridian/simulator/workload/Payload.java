package dev.meridian.simulator.workload;

import dev.meridian.model.AttributeValue;
import java.util.random.RandomGenerator;

/** Text without meaning. */
final class Payload {
    private static final byte[] LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private Payload() {}

    /** One byte a character. */
    static AttributeValue text(int bytes, RandomGenerator random) {
        byte[] text = new byte[bytes];
        long bits = 0;
        for (int i = 0; i < bytes; i++) {
            if (i % 10 == 0) {
                bits = random.nextLong();
            }
            text[i] = LETTERS[(int) (bits & 63)];
            bits >>>= 6;
        }
        return new AttributeValue.S(new String(text, java.nio.charset.StandardCharsets.US_ASCII));
    }
}
