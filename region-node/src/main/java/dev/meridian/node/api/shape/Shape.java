package dev.meridian.node.api.shape;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What one place of a request may hold. */
public sealed interface Shape {
    /** Its name in the service's model. */
    String name();

    /** A range of lengths or values, ends included; null for no bound. */
    record Range(@Nullable Long least, @Nullable Long most) {
        static final Range ANY = new Range(null, null);
    }

    /** @param members in the order in which the service tells broken constraints */
    record Structure(String name, List<Member> members) implements Shape {}

    /** A member of a structure. @param demanded required, and its absence is told first and alone */
    record Member(String name, boolean required, boolean demanded, Shape shape) {}

    record ListOf(String name, Shape element, Range lengths) implements Shape {}

    record MapOf(String name, Shape key, Shape value, Range lengths) implements Shape {}

    record Text(String name, Range lengths, @Nullable Pattern pattern) implements Shape {}

    /** A table's name, or its ARN. @param lengths of the name */
    record Table(String name, Range lengths) implements Shape {
        static final long MOST = 255;

        /** {@link #isName}, as errors tell it. */
        static final String PATTERN = "[a-zA-Z0-9_.-]+";

        /** Of at least {@code least} characters. */
        Table(String name, long least) {
            this(name, new Range(least, MOST));
        }

        /** What each request has, so that no pattern is matched here. */
        static boolean isName(String text) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                if (!letter && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-') {
                    return false;
                }
            }
            return !text.isEmpty();
        }

        /** Fewest characters of a name. */
        public long least() {
            return Objects.requireNonNull(lengths.least());
        }

        boolean isArn(String text) {
            return text.startsWith("arn:");
        }
    }

    record Enumerated(String name, List<String> values) implements Shape {}

    /** @param javaType as errors call it: Integer, Long, Double */
    record Number(String name, String javaType, Range values) implements Shape {}

    record Flag(String name) implements Shape {}

    record Timestamp(String name) implements Shape {}

    record Blob(String name) implements Shape {}

    /** An attribute value, whose own rules are checked where it is read. */
    record Value(String name) implements Shape {}
}
