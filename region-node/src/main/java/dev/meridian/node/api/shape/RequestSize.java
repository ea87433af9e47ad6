package dev.meridian.node.api.shape;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a request takes once it is parsed, and whether it is beyond the service's limits. One pass over the
 * bytes finds both and makes no objects of what they hold: a body of 15 MB of small numbers is 300 MB of objects.
 *
 * <p>The figures are those of a 64-bit JVM with compressed references, and an upper bound: an object that may or may not
 * be made counts. RequestSizeTest holds them against the heap. What is not JSON is read to its first fault and no
 * further, as the parser does it.
 */
public final class RequestSize {
    /** The parser takes no more: {@code RequestTree}. */
    private static final int DEPTH_MAX = 500;

    // The tree of JSON nodes.
    private static final int NODE_BYTES = 24;
    private static final int ONE_MEMBER_BYTES = 32;
    private static final int MEMBERS_BYTES = 56 + 32;
    private static final int MEMBER_BYTES = 40 + 16;
    private static final int ELEMENTS_BYTES = 24 + 24;
    private static final int ELEMENT_BYTES = 8;
    /** A node, its text and the bytes of it, without the letters. */
    private static final int TEXT_BYTES = 16 + 24 + 24;
    /** A name that this request has not had before: its text, and its place in the parser's table. */
    private static final int NAME_BYTES = 48 + 32;
    /** The parser shares these among all requests. */
    private static final int SHARED_NAME_LETTERS = 2;

    // The values that are read from the tree.
    private static final int VALUE_BYTES = 16;
    private static final int NUMBER_BYTES = 40;
    /** More digits than fit a long. */
    private static final int LONG_NUMBER_BYTES = 80;

    private static final int LONG_NUMBER_LETTERS = 18;
    private static final int BINARY_BYTES = 16 + 16;
    private static final int LIST_BYTES = 24 + 24;
    private static final int MAP_BYTES = 32 + 48;
    private static final int ENTRY_BYTES = 40;

    /** A longer text passes through several buffers of the parser. */
    private static final int LONG_TEXT_LETTERS = 512 << 10;

    private static final int LONG_TEXT_FACTOR = 6;

    /** What copying and checking the largest item takes for a moment. */
    private static final long PASSING_BYTES_MAX = 16L << 20;

    private static final int NAMES_KNOWN = 512;

    // The service's sizes: ValueSize has the rules.
    private static final int CONTAINER_SIZE = 3;
    private static final int ELEMENT_SIZE = 1;

    private final byte[] body;
    private final Limits limits;
    private final long[] names = new long[NAMES_KNOWN];
    private int at;
    private int depth;
    private int nameLetters;
    private long tree;
    private long values;
    /** Of places whose tree is let go when its values have been read. */
    private long readOnce;

    private long largestReadOnce;
    private long size;
    private long sizeMax = Long.MAX_VALUE;
    private @Nullable Excess excess;

    /**
     * The service's limits, each with what is beyond it.
     *
     * @param itemBytes of one item, by the service's count
     * @param valuesBytes of the values that are given beside expressions, and of any one value
     * @param nesting of values in values
     */
    public record Limits(long itemBytes, long valuesBytes, int nesting) {}

    /** What a request is beyond. */
    public sealed interface Excess {
        record ItemSize() implements Excess {}

        record ValuesSize(long bytesMax) implements Excess {}

        record Nesting() implements Excess {}

        /** @param member that has too many elements */
        record Elements(String member, long most) implements Excess {}
    }

    /**
     * What was found.
     *
     * @param heapBytes an upper bound; of no meaning if there is an excess, which ends the pass
     */
    public record Found(long heapBytes, @Nullable Excess excess) {}

    private RequestSize(byte[] body, Limits limits) {
        this.body = body;
        this.limits = limits;
    }

    /** @param shape of the request, which says where its items and values are */
    public static Found measure(Shape.Structure shape, byte[] body, Limits limits) {
        RequestSize size = new RequestSize(body, limits);
        size.element(shape, "", 0);
        long parsed = size.readOnce + size.largestReadOnce + size.tree + size.values;
        // The stored form of the values is no larger than their JSON.
        long heap = parsed + Math.min(parsed, PASSING_BYTES_MAX) + body.length;
        return new Found(heap, size.excess);
    }

    /** Nothing behind this counts. */
    private void end() {
        at = body.length;
    }

    private void exceeds(Excess what) {
        if (excess == null) {
            excess = what;
        }
        end();
    }

    /** @return the next byte that is no white space, or 0 at the end */
    private byte next() {
        while (at < body.length) {
            byte b = body[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b;
            }
            at++;
        }
        return 0;
    }

    /** @param shape null if none is known for this place */
    private void element(@Nullable Shape shape, String member, int level) {
        switch (next()) {
            case '{' -> {
                if (shape instanceof Shape.Value) {
                    value(level + 1);
                } else if (shape instanceof Shape.MapOf map && map.value() instanceof Shape.Value) {
                    valuesByName(map);
                } else {
                    object(shape, member);
                }
            }
            case '[' -> array(shape, member, level);
            case '"' -> text();
            default -> scalar();
        }
    }

    private void scalar() {
        int start = at;
        while (at < body.length && isOfScalar(body[at])) {
            at++;
        }
        if (at == start) {
            end();
        } else {
            tree += NODE_BYTES + 16 + (at - start);
        }
    }

    private static boolean isOfScalar(byte b) {
        return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || b == '-' || b == '+' || b == '.' || b == 'E';
    }

    /** What the opening bracket and each of what it holds have in common. @return false if there is no more */
    private boolean goesOn(char close) {
        byte b = next();
        while (b == ',') {
            at++;
            b = next();
        }
        if (b == close) {
            at++;
            return false;
        }
        return b != 0;
    }

    private boolean isTooDeep() {
        if (++depth > DEPTH_MAX) {
            end();
            return true;
        }
        return false;
    }

    /** Reads a name and its colon. @return where it begins, or -1 if there is none */
    private int name() {
        if (next() != '"') {
            end();
            return -1;
        }
        int start = at + 1;
        nameLetters = letters();
        int length = at - 1 - start;
        if (length > SHARED_NAME_LETTERS) {
            tree += isKnown(start, length) ? 0 : NAME_BYTES + 2L * length;
        }
        if (next() != ':') {
            end();
            return -1;
        }
        at++;
        return start;
    }

    /** Of names that come again and again. */
    private boolean isKnown(int start, int length) {
        long hash = 0xcbf29ce484222325L;
        for (int i = start; i < start + length; i++) {
            hash = (hash ^ body[i]) * 0x100000001b3L;
            hash ^= hash >>> 29;
        }
        int place = (int) (hash >>> 40) & (NAMES_KNOWN - 1);
        boolean known = names[place] == hash;
        names[place] = hash;
        return known;
    }

    /** Moves behind a text. @return the letters that it has at least: an escape is one or more */
    private int letters() {
        at++;
        int escapes = 0;
        int start = at;
        while (at < body.length) {
            byte b = body[at++];
            if (b == '"') {
                return at - 1 - start - escapes;
            }
            if (b == '\\') {
                int length = at < body.length && body[at] == 'u' ? 5 : 1;
                at = Math.min(body.length, at + length);
                escapes += length;
            }
        }
        return 0;
    }

    /** @return the letters that it has at least */
    private int text() {
        int start = at;
        int letters = letters();
        long length = at - start;
        tree += TEXT_BYTES + (length > LONG_TEXT_LETTERS ? LONG_TEXT_FACTOR : 2) * length;
        return letters;
    }

    private void object(@Nullable Shape shape, String member) {
        if (isTooDeep()) {
            return;
        }
        at++;
        long members = 0;
        while (goesOn('}')) {
            int start = name();
            if (start < 0) {
                break;
            }
            members++;
            if (shape instanceof Shape.Structure structure) {
                Shape.Member known = member(structure, start);
                element(known == null ? null : known.shape(), known == null ? "" : known.name(), 0);
            } else {
                element(shape instanceof Shape.MapOf map ? map.value() : null, member, 0);
            }
        }
        tree += objectBytes(members);
        depth--;
    }

    private static long objectBytes(long members) {
        return NODE_BYTES
                + (members == 0 ? 0 : members == 1 ? ONE_MEMBER_BYTES : MEMBERS_BYTES + MEMBER_BYTES * members);
    }

    /** The member whose name begins there. */
    private Shape.@Nullable Member member(Shape.Structure structure, int start) {
        for (Shape.Member each : structure.members()) {
            if (isNamed(start, each.name())) {
                return each;
            }
        }
        return null;
    }

    private boolean isNamed(int start, String name) {
        if (start + name.length() >= body.length || body[start + name.length()] != '"') {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (body[start + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void array(@Nullable Shape shape, String member, int level) {
        if (isTooDeep()) {
            return;
        }
        at++;
        Shape.@Nullable ListOf list = shape instanceof Shape.ListOf known ? known : null;
        Long most = list == null ? null : list.lengths().most();
        long elements = 0;
        while (goesOn(']')) {
            elements++;
            if (most != null && elements > most) {
                exceeds(new Excess.Elements(member, most));
                return;
            }
            element(list == null ? null : list.element(), "", level);
            tree += ELEMENT_BYTES;
        }
        tree += NODE_BYTES + (elements == 0 ? 0 : ELEMENTS_BYTES);
        depth--;
    }

    /** An item, a key, or the values of expressions. */
    private void valuesByName(Shape.MapOf map) {
        boolean isItem = Objects.equals(map.name(), "PutItemInputAttributeMap");
        boolean isRead = isItem || Objects.equals(map.name(), "ExpressionAttributeValueMap");
        long treeBefore = tree;
        long valuesBefore = values;
        size = 0;
        sizeMax = isItem ? limits.itemBytes() : limits.valuesBytes();
        members(0);
        if (size > sizeMax) {
            exceeds(isItem ? new Excess.ItemSize() : new Excess.ValuesSize(sizeMax));
        }
        sizeMax = Long.MAX_VALUE;
        if (isRead) {
            long ofTree = tree - treeBefore;
            long ofValues = values - valuesBefore;
            readOnce += Math.max(ofTree, ofValues);
            largestReadOnce = Math.max(largestReadOnce, Math.min(ofTree, ofValues));
            tree = treeBefore;
            values = valuesBefore;
        }
    }

    /** Values by name. @param level of what holds them */
    private void members(int level) {
        if (isTooDeep()) {
            return;
        }
        at++;
        long members = 0;
        while (goesOn('}') && size <= sizeMax) {
            int start = name();
            if (start < 0) {
                break;
            }
            members++;
            size += nameLetters + (level == 0 ? 0 : ELEMENT_SIZE);
            if (next() == '{') {
                value(level + 1);
            } else {
                element(null, "", 0);
            }
            values += ENTRY_BYTES;
        }
        tree += objectBytes(members);
        values += MAP_BYTES;
        depth--;
    }

    /** A value, at its opening bracket. */
    private void value(int level) {
        if (level > limits.nesting()) {
            exceeds(new Excess.Nesting());
            return;
        }
        if (isTooDeep()) {
            return;
        }
        boolean alone = sizeMax == Long.MAX_VALUE;
        if (alone) {
            size = 0;
            sizeMax = limits.valuesBytes();
        }
        at++;
        long members = 0;
        while (goesOn('}')) {
            int start = name();
            if (start < 0) {
                break;
            }
            members++;
            content(start, level);
        }
        tree += objectBytes(members);
        values += VALUE_BYTES;
        depth--;
        if (alone) {
            if (size > sizeMax) {
                exceeds(new Excess.ValuesSize(sizeMax));
            }
            sizeMax = Long.MAX_VALUE;
        }
    }

    /** What a value holds, by its type, whose name begins at {@code type}. */
    private void content(int type, int level) {
        byte first = next();
        if (first == '"') {
            boolean number = isNamed(type, "N");
            int start = at;
            int letters = text();
            if (number) {
                number(start);
            } else {
                boolean binary = isNamed(type, "B");
                size += binary ? letters * 3L / 4 : letters;
                values += binary ? BINARY_BYTES + letters : 0;
            }
        } else if (first == '[' && isNamed(type, "L")) {
            list(level);
        } else if (first == '[') {
            set(isNamed(type, "NS"));
        } else if (first == '{' && isNamed(type, "M")) {
            size += CONTAINER_SIZE;
            members(level);
        } else {
            size += 1;
            element(null, "", 0);
        }
    }

    /** Of zero the size is one, of all others two at least. @param start of its text, quotes included */
    private void number(int start) {
        int letters = at - start;
        size += 1;
        for (int i = start; i < at; i++) {
            if (body[i] >= '1' && body[i] <= '9') {
                size += 1;
                break;
            }
        }
        values += letters > LONG_NUMBER_LETTERS ? LONG_NUMBER_BYTES + letters : NUMBER_BYTES;
    }

    private void list(int level) {
        if (isTooDeep()) {
            return;
        }
        at++;
        size += CONTAINER_SIZE;
        long elements = 0;
        while (goesOn(']') && size <= sizeMax) {
            elements++;
            size += ELEMENT_SIZE;
            if (next() == '{') {
                value(level + 1);
            } else {
                element(null, "", 0);
            }
            tree += ELEMENT_BYTES;
            values += ELEMENT_BYTES;
        }
        tree += NODE_BYTES + (elements == 0 ? 0 : ELEMENTS_BYTES);
        values += LIST_BYTES;
        depth--;
    }

    private void set(boolean ofNumbers) {
        if (isTooDeep()) {
            return;
        }
        at++;
        while (goesOn(']') && size <= sizeMax) {
            if (next() == '"') {
                int start = at;
                int letters = text();
                if (ofNumbers) {
                    number(start);
                } else {
                    // Of a binary the base64, which is longer.
                    size += letters * 3L / 4;
                    values += letters;
                }
            } else {
                element(null, "", 0);
            }
            tree += ELEMENT_BYTES;
            values += ENTRY_BYTES;
        }
        tree += NODE_BYTES + ELEMENTS_BYTES;
        values += MAP_BYTES;
        depth--;
    }
}
