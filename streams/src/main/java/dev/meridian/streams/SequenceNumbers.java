package dev.meridian.streams;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;

/** Sequence numbers as DynamoDB Streams spells them: 21 digits, so that their order as texts is that of the changes. */
public final class SequenceNumbers {
    private static final BigInteger BASE = BigInteger.TEN.pow(20);

    private SequenceNumbers() {}

    public static String format(SequenceNumber sequence) {
        return String.format(Locale.ROOT, "1%020d", sequence.value());
    }

    /** @return empty if no change can have it */
    public static Optional<SequenceNumber> parse(String text) {
        if (!text.chars().allMatch(letter -> letter >= '0' && letter <= '9')) {
            return Optional.empty();
        }
        BigInteger value = new BigInteger(text).subtract(BASE);
        return value.signum() < 0 || value.bitLength() >= Long.SIZE
                ? Optional.empty()
                : Optional.of(new SequenceNumber(value.longValue()));
    }
}
