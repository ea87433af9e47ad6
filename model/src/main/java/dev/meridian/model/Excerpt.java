package dev.meridian.model;

/**
 * What others sent, as messages show it: whole if it is short, else only in part. Who sends megabytes does not get them
 * back, and does not fill logs with them. Lengths are in bytes of UTF-8; no character is cut in two.
 */
public final class Excerpt {
    /** Of one value. The longest name of a table, 255 bytes, is shown whole, and one that is a little too long as well. */
    public static final int VALUE_BYTES_MAX = 300;

    /** Of a message that may show values whole: above, its middle is left out. */
    public static final int MESSAGE_BYTES_MAX = 600;

    private static final int MESSAGE_BEGIN_BYTES = 350;
    private static final int MESSAGE_END_BYTES = 150;
    private static final String CUT = "…";

    private Excerpt() {}

    /** The beginning of a value, and an ellipsis if that is not all of it. */
    public static String of(String value) {
        int end = beginning(value, VALUE_BYTES_MAX);
        return end == value.length() ? value : value.substring(0, end) + CUT;
    }

    /** A message without its middle if it is long: what it begins and ends with says what is wrong. */
    public static String ofMessage(String message) {
        if (beginning(message, MESSAGE_BYTES_MAX) == message.length()) {
            return message;
        }
        return message.substring(0, beginning(message, MESSAGE_BEGIN_BYTES))
                + CUT
                + message.substring(ending(message, MESSAGE_END_BYTES));
    }

    /** How many chars from the start have no more than so many bytes. */
    private static int beginning(String text, int bytesMax) {
        int bytes = 0;
        for (int at = 0; at < text.length(); ) {
            int letter = text.codePointAt(at);
            bytes += bytes(letter);
            if (bytes > bytesMax) {
                return at;
            }
            at += Character.charCount(letter);
        }
        return text.length();
    }

    /** From where on the text has no more than so many bytes. */
    private static int ending(String text, int bytesMax) {
        int bytes = 0;
        for (int at = text.length(); at > 0; ) {
            int letter = text.codePointBefore(at);
            bytes += bytes(letter);
            if (bytes > bytesMax) {
                return at;
            }
            at -= Character.charCount(letter);
        }
        return 0;
    }

    private static int bytes(int letter) {
        return letter < 0x80 ? 1 : letter < 0x800 ? 2 : letter < 0x10000 ? 3 : 4;
    }
}
