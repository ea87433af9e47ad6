package dev.meridian.node.api.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.meridian.model.Excerpt;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds a request, without its nulls, against its shape, as the service does: a wrong JSON type anywhere is told at once and alone; broken
 * constraints are collected and told together, in the order of the shape's members.
 */
public final class RequestCheck {
    /** The service tells no more than that. */
    private static final int VIOLATIONS_SHOWN = 10;

    private final Wording wording;
    private final List<String> violations = new ArrayList<>();

    private RequestCheck(Wording wording) {
        this.wording = wording;
    }

    /** How an operation words a length or a value out of range: the service has two generations of that check. */
    public enum Wording {
        /** Shows the value and spells the path with small first letters. */
        WITH_VALUE,
        /** Shows no value and spells the path as the request does. */
        WITHOUT_VALUE
    }

    /** @throws MistypedException for a wrong JSON type */
    public static void types(Shape.Structure shape, ObjectNode request) {
        JsonTypes.checkMembers(shape, request);
    }

    /** @return what to answer, or null if all constraints hold; {@link #types} has passed */
    public static @Nullable String violations(Shape.Structure shape, ObjectNode request, Wording wording) {
        for (Shape.Member member : shape.members()) {
            if (member.demanded() && request.path(member.name()).isMissingNode()) {
                return "The parameter '" + member.name() + "' is required but was not present in the request";
            }
        }
        RequestCheck check = new RequestCheck(wording);
        check.members(shape, request, At.TOP);
        return tell(check.violations);
    }

    private static @Nullable String tell(List<String> violations) {
        int count = violations.size();
        return count == 0
                ? null
                : count + " validation error" + (count == 1 ? "" : "s") + " detected: " + String.join("; ", violations);
    }

    private void members(Shape.Structure structure, JsonNode object, At path) {
        for (Shape.Member member : structure.members()) {
            JsonNode value = object.get(member.name());
            if (value != null) {
                check(member.shape(), value, path.member(member.name()));
            } else if (member.required()) {
                violated("Value null at '" + path.member(member.name()).spelled()
                        + "' failed to satisfy constraint: Member must not be null");
            }
        }
    }

    private void check(Shape shape, JsonNode value, At at) {
        if (shape instanceof Shape.Structure structure) {
            members(structure, value, at);
        } else if (shape instanceof Shape.ListOf list) {
            lengths(list.lengths(), value.size(), list, value, at);
            for (int i = 0; i < value.size(); i++) {
                check(list.element(), value.get(i), at.element(i));
            }
        } else if (shape instanceof Shape.MapOf map) {
            map(map, value, at);
        } else if (shape instanceof Shape.Text text) {
            text(text, value, at);
        } else if (shape instanceof Shape.Table table) {
            table(table, value, at);
        } else if (shape instanceof Shape.Enumerated enumerated) {
            if (!enumerated.values().contains(value.asText())) {
                violated(
                        enumerated,
                        value,
                        at,
                        "Member must satisfy enum value set: [" + String.join(", ", enumerated.values()) + "]");
            }
        } else if (shape instanceof Shape.Number number) {
            range(number, value, at);
        }
    }

    private void map(Shape.MapOf map, JsonNode value, At at) {
        lengths(map.lengths(), value.size(), map, value, at);
        boolean keysFit = true;
        boolean valuesFit = true;
        for (Iterator<Map.Entry<String, JsonNode>> all = value.fields(); all.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = all.next();
            keysFit &= fitsKey(map.key(), entry.getKey());
            valuesFit &= !(map.value() instanceof Shape.ListOf list)
                    || fits(list.lengths(), entry.getValue().size());
        }
        if (!keysFit) {
            violated(map, value, at, "Map keys must satisfy constraint: [" + constraints(map.key()) + "]");
        }
        if (!valuesFit && map.value() instanceof Shape.ListOf list) {
            violated(map, value, at, "Map value must satisfy constraint: [" + constraints(list.lengths()) + "]");
        }
        for (Iterator<Map.Entry<String, JsonNode>> all = value.fields(); all.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = all.next();
            At below = at.entry(entry.getKey());
            if (map.value() instanceof Shape.ListOf list) {
                for (int i = 0; i < entry.getValue().size(); i++) {
                    check(list.element(), entry.getValue().get(i), below.element(i));
                }
            } else {
                check(map.value(), entry.getValue(), below);
            }
        }
    }

    private void text(Shape.Text text, JsonNode value, At at) {
        lengths(text.lengths(), value.textValue().length(), text, value, at);
        if (text.pattern() != null && !text.pattern().matcher(value.textValue()).matches()) {
            violated(
                    text,
                    value,
                    at,
                    "Member must satisfy regular expression pattern: "
                            + text.pattern().pattern());
        }
    }

    private void range(Shape.Number number, JsonNode value, At at) {
        Long least = number.values().least();
        Long most = number.values().most();
        if (least != null && value.asLong() < least) {
            outOfRange(number, value, at, "Member must have value greater than or equal to " + least);
        } else if (most != null && value.asLong() > most) {
            outOfRange(number, value, at, "Member must have value less than or equal to " + most);
        }
    }

    private void lengths(Shape.Range lengths, int length, Shape shape, JsonNode value, At at) {
        if (lengths.least() != null && length < lengths.least()) {
            outOfRange(shape, value, at, "Member must have length greater than or equal to " + lengths.least());
        } else if (lengths.most() != null && length > lengths.most()) {
            outOfRange(shape, value, at, "Member must have length less than or equal to " + lengths.most());
        }
    }

    private void table(Shape.Table table, JsonNode value, At at) {
        String text = value.textValue();
        if (table.isArn(text)) {
            return;
        }
        lengths(table.lengths(), text.length(), table, value, at);
        if (!text.isEmpty() && !Shape.Table.isName(text)) {
            violated(table, value, at, "Member must satisfy regular expression pattern: " + Shape.Table.PATTERN);
        }
    }

    private static boolean fitsKey(Shape key, String value) {
        if (key instanceof Shape.Table table) {
            return table.isArn(value) || (fits(table.lengths(), value.length()) && Shape.Table.isName(value));
        }
        return !(key instanceof Shape.Text text) || fits(text.lengths(), value.length());
    }

    private static boolean fits(Shape.Range lengths, int length) {
        return (lengths.least() == null || length >= lengths.least())
                && (lengths.most() == null || length <= lengths.most());
    }

    private static String constraints(Shape key) {
        return key instanceof Shape.Table table
                ? constraints(table.lengths()) + ", Member must satisfy regular expression pattern: "
                        + Shape.Table.PATTERN
                : key instanceof Shape.Text text ? constraints(text.lengths()) : "";
    }

    private static String constraints(Shape.Range lengths) {
        return "Member must have length less than or equal to " + lengths.most()
                + ", Member must have length greater than or equal to " + lengths.least();
    }

    private void outOfRange(Shape shape, JsonNode value, At at, String constraint) {
        if (wording == Wording.WITHOUT_VALUE) {
            violated("Value at '" + at.sent() + "' failed to satisfy constraint: " + constraint);
        } else {
            violated(shape, value, at, constraint);
        }
    }

    /** A value is shown only in part if it is long; the service shows megabytes. */
    private void violated(Shape shape, JsonNode value, At at, String constraint) {
        String shown = wording == Wording.WITHOUT_VALUE && value.isContainerNode()
                ? value.toString()
                : JavaText.of(shape, value);
        violated("Value '" + Excerpt.of(shown) + "' at '" + at.spelled() + "' failed to satisfy constraint: "
                + constraint);
    }

    private void violated(String violation) {
        if (violations.size() < VIOLATIONS_SHOWN) {
            violations.add(violation);
        }
    }

    /**
     * A place in the request, spelled out only where it is told.
     *
     * @param name of a member of what {@code parent} is, or the key of an entry of it; null for an element
     * @param index of an element
     */
    private record At(@Nullable At parent, @Nullable String name, int index, boolean isMember) {
        static final At TOP = new At(null, null, 0, false);

        At member(String name) {
            return new At(this, name, 0, true);
        }

        At element(int index) {
            return new At(this, null, index, false);
        }

        At entry(String key) {
            return new At(this, key, 0, false);
        }

        /** With small first letters of members. */
        String spelled() {
            return path(true);
        }

        /** As in the request. */
        String sent() {
            return path(false);
        }

        private String path(boolean small) {
            if (parent == null) {
                return "";
            }
            String before = parent.path(small);
            if (!isMember) {
                return before + "." + (name == null ? String.valueOf(index + 1) : Excerpt.of(name)) + ".member";
            }
            String word = String.valueOf(name);
            return (parent == TOP ? "" : before + ".")
                    + (small ? Character.toLowerCase(word.charAt(0)) + word.substring(1) : word);
        }
    }
}
