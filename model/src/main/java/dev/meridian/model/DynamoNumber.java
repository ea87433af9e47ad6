package dev.meridian.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/**
 * DynamoDB's number: up to 38 significant digits, magnitude 1E-130 to 9.99…E+125, or zero; compared by value.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html">
 *     Data types, Number</a>
 */
public final class DynamoNumber {
    public static final int MAX_SIGNIFICANT_DIGITS = 38;
    /** Exponent of the leading digit in scientific notation. */
    public static final int MAX_EXPONENT = 125;

    public static final int MIN_EXPONENT = -130;

    /** A longer text can only be padding; it bounds the cost of parsing. */
    private static final int MAX_TEXT_LENGTH = 512;

    /** In pairs, and sure to fit. */
    private static final int LONG_DIGITS = 18;

    private static final byte NEGATIVE = 0;
    private static final byte ZERO = 1;
    private static final byte POSITIVE = 2;

    private DynamoNumber() {}

    /**
     * Reads a number as DynamoDB accepts it: digits, an optional point and an optional exponent.
     *
     * @throws InvalidNumberException with DynamoDB's words, if the text is no number or out of range
     */
    public static BigDecimal parse(String text) {
        if (!isNumeric(text)) {
            throw notNumeric(text);
        }
        int mark = Math.max(text.indexOf('e'), text.indexOf('E'));
        BigDecimal digits = new BigDecimal(mark < 0 ? text : text.substring(0, mark));
        if (mark < 0) {
            return normalize(digits);
        }
        long exponent = exponent(text, mark + 1);
        // Zero, too, is held to the range by the exponent that it is written with.
        requireInRange(exponent, digits.signum() == 0 ? 0 : digits.precision() - digits.scale() - 1);
        return normalize(digits.scaleByPowerOfTen((int) exponent));
    }

    private static long exponent(String text, int from) {
        try {
            return Long.parseLong(text, from, text.length(), 10);
        } catch (NumberFormatException outOfLong) {
            throw notNumeric(text);
        }
    }

    /** @param shift of the leading digit, so far less than an int that their sum overflows nothing */
    private static void requireInRange(long exponent, int shift) {
        if (exponent > MAX_EXPONENT - (long) shift) {
            throw overflow();
        }
        if (exponent < MIN_EXPONENT - (long) shift) {
            throw underflow();
        }
    }

    /** The one representative of a value: no trailing zeros, {@link BigDecimal#ZERO} for every zero. */
    public static BigDecimal normalize(BigDecimal value) {
        if (value.signum() == 0) {
            return BigDecimal.ZERO;
        }
        BigDecimal stripped = value.stripTrailingZeros();
        requireInRange((long) stripped.precision() - stripped.scale() - 1, 0);
        if (stripped.precision() > MAX_SIGNIFICANT_DIGITS) {
            throw new InvalidNumberException("Attempting to store more than 38 significant digits in a Number");
        }
        return stripped;
    }

    /**
     * Exact: a sum that is out of range is refused, not rounded. One of too many digits is an overflow to DynamoDB.
     *
     * @throws InvalidNumberException with DynamoDB's words
     */
    public static BigDecimal sum(BigDecimal left, BigDecimal right) {
        BigDecimal sum = left.add(right);
        if (sum.stripTrailingZeros().precision() > MAX_SIGNIFICANT_DIGITS) {
            throw overflow();
        }
        return normalize(sum);
    }

    /** The text that DynamoDB returns: plain notation, no leading or trailing zeros. */
    public static String format(BigDecimal value) {
        return value.toPlainString();
    }

    private static InvalidNumberException notNumeric(String text) {
        return new InvalidNumberException("The parameter cannot be converted to a numeric value: " + text);
    }

    private static InvalidNumberException underflow() {
        return new InvalidNumberException(
                "Number underflow. Attempting to store a number with magnitude smaller than supported range");
    }

    private static InvalidNumberException overflow() {
        return new InvalidNumberException(
                "Number overflow. Attempting to store a number with magnitude larger than supported range");
    }

    /** {@link BigDecimal} also takes digits of other scripts and texts of any length; DynamoDB does not. */
    private static boolean isNumeric(String text) {
        if (text.isEmpty() || text.length() > MAX_TEXT_LENGTH) {
            return false;
        }
        int digits = 0;
        int i = 0;
        char sign = text.charAt(0);
        if (sign == '+' || sign == '-') {
            i++;
        }
        boolean point = false;
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (c == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        return digits > 0 && (i == text.length() || isExponent(text, i));
    }

    private static boolean isExponent(String text, int from) {
        if (text.charAt(from) != 'e' && text.charAt(from) != 'E') {
            return false;
        }
        int i = from + 1;
        if (i < text.length() && (text.charAt(i) == '+' || text.charAt(i) == '-')) {
            i++;
        }
        if (i == text.length()) {
            return false;
        }
        for (; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /**
     * Bytes whose unsigned order is the numeric order. One byte of sign; then, unless zero, one byte of exponent (biased
     * to 0…255) and the digits in pairs, each pair plus one so that the closing zero sorts below every pair. A negative
     * number has all bytes behind the sign inverted. At most 22 bytes.
     */
    static void encode(BigDecimal value, ByteSink out) {
        int sign = value.signum();
        if (sign == 0) {
            out.put(ZERO);
            return;
        }
        out.put(sign < 0 ? NEGATIVE : POSITIVE);
        int flip = sign < 0 ? 0xFF : 0;
        String digits = value.unscaledValue().abs().toString();
        int exponent = value.precision() - value.scale() - 1;
        out.put((byte) ((exponent - MIN_EXPONENT) ^ flip));
        for (int i = 0; i < digits.length(); i += 2) {
            int pair = (digits.charAt(i) - '0') * 10 + (i + 1 < digits.length() ? digits.charAt(i + 1) - '0' : 0);
            out.put((byte) ((pair + 1) ^ flip));
        }
        out.put((byte) flip);
    }

    /**
     * Reads what {@link #encode} wrote and leaves the buffer behind it.
     *
     * @throws IllegalArgumentException if it is no number, or of more digits than that writes
     */
    static BigDecimal decode(ByteBuffer in) {
        byte sign = in.get();
        if (sign == ZERO) {
            return BigDecimal.ZERO;
        }
        int flip = sign == NEGATIVE ? 0xFF : 0;
        int exponent = ((in.get() & 0xFF) ^ flip) + MIN_EXPONENT;
        // Nearly all numbers fit a long: ItemCodecBenchmark.decode.
        long leading = 0;
        int count = 0;
        int pair = (in.get() & 0xFF) ^ flip;
        for (; pair != 0 && count < LONG_DIGITS; pair = (in.get() & 0xFF) ^ flip) {
            leading = leading * 100 + pair - 1;
            count += 2;
        }
        if (pair == 0) {
            // The last digit may fill up its pair.
            boolean filled = leading % 10 == 0;
            long digits = filled ? leading / 10 : leading;
            int scale = count - (filled ? 1 : 0) - 1 - exponent;
            return BigDecimal.valueOf(sign == NEGATIVE ? -digits : digits, scale);
        }
        StringBuilder all = new StringBuilder(MAX_SIGNIFICANT_DIGITS + 2).append(leading);
        for (; pair != 0; pair = (in.get() & 0xFF) ^ flip) {
            all.append((char) ('0' + (pair - 1) / 10)).append((char) ('0' + (pair - 1) % 10));
            count += 2;
            if (count > MAX_SIGNIFICANT_DIGITS) {
                throw new IllegalArgumentException("a number of more than " + MAX_SIGNIFICANT_DIGITS + " digits");
            }
        }
        BigDecimal value = new BigDecimal(new BigInteger(all.toString()), count - 1 - exponent);
        return (sign == NEGATIVE ? value.negate() : value).stripTrailingZeros();
    }
}
