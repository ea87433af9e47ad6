package dev.meridian.simulator.hostile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.random.RandomGenerator;

/** Values that are small and legal, and values that a server has to withstand. */
final class HostileValues {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "-1",
            "2",
            "7",
            "1.5",
            "-0.25",
            "10",
            "1e3",
            "99999999999999999999999999999999999999",
            "9.9999999999999999999999999999999999999E+125",
            "-9.9999999999999999999999999999999999999E+125",
            "1E-130",
            "-1E-130");

    private static final List<String> TEXTS = List.of("a", "b", "c", "ab", "", "1", "é", "😀", "\u0000", "zz");

    private static final List<String> HOSTILE_TEXTS = List.of(
            "",
            " ",
            "\u0000",
            "\n\t\r\u001b[2J",
            "\ufeff\u202e",
            "\ud800",
            "😀",
            "null",
            "NaN",
            "true",
            "-1",
            "1e400",
            "-1E-131",
            "1e2147483648",
            "1e-99999999999999999999",
            "0x10",
            "9".repeat(39),
            "0." + "0".repeat(200) + "1",
            "..",
            "../../etc/passwd",
            ".stream",
            "__consumer_offsets",
            "meridian:stream",
            "%s%n{}",
            "'",
            "\"",
            ":a",
            "#a",
            "#",
            ":",
            "?",
            "SELECT",
            "size",
            "arn:",
            "arn:aws:dynamodb:a:000000000000:table/",
            "arn:aws:dynamodb:b:000000000000:table/t0",
            "arn:aws:dynamodb:a:123456789012:table/t0/stream/2026-01-01T00:00:00.000",
            "arn:aws:kinesis:a:000000000000:stream/x",
            "AAAA",
            "=",
            "[0]",
            "a[99999999999]",
            "x".repeat(255),
            "x".repeat(256),
            "x".repeat(1_025),
            "é".repeat(2_049),
            "(".repeat(500),
            "NOT ".repeat(300) + "a = a",
            "a.".repeat(40) + "a",
            "x".repeat(66_000));

    private static final List<String> HOSTILE_NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "1000001",
            "2147483647",
            "2147483648",
            "-2147483649",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "1.5",
            "-0.0",
            "1e3",
            "1e308",
            "1e400",
            "123456789012345678901234567890");

    private final RandomGenerator random;

    HostileValues(RandomGenerator random) {
        this.random = random;
    }

    <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    String text() {
        return any(TEXTS);
    }

    String number() {
        return oneIn(3) ? any(NUMBERS) : Integer.toString(random.nextInt(20));
    }

    String base64() {
        byte[] bytes = new byte[random.nextInt(4)];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    String hostileText() {
        return any(HOSTILE_TEXTS);
    }

    /** An attribute value of one of the three types that keys may have. */
    ObjectNode scalar(String type) {
        String content =
                switch (type) {
                    case "N" -> number();
                    case "B" -> base64();
                    default -> text();
                };
        return JSON.objectNode().put(type, content);
    }

    ObjectNode value(int depth) {
        return switch (random.nextInt(depth > 0 ? 10 : 7)) {
            case 0, 1 -> scalar("S");
            case 2, 3 -> scalar("N");
            case 4 -> scalar("B");
            case 5 -> set(any(List.of("SS", "NS", "BS")));
            case 6 ->
                random.nextBoolean()
                        ? JSON.objectNode().put("NULL", true)
                        : JSON.objectNode().put("BOOL", random.nextBoolean());
            case 7, 8 -> {
                ArrayNode elements = JSON.arrayNode();
                for (int i = random.nextInt(3); i > 0; i--) {
                    elements.add(value(depth - 1));
                }
                yield JSON.objectNode().set("L", elements);
            }
            default -> {
                ObjectNode members = JSON.objectNode();
                for (int i = random.nextInt(3); i > 0; i--) {
                    members.set(any(List.of("a", "b", "c", "x y", "size")), value(depth - 1));
                }
                yield JSON.objectNode().set("M", members);
            }
        };
    }

    private ObjectNode set(String type) {
        ArrayNode members = JSON.arrayNode();
        for (int i = random.nextInt(1, 3); i > 0; i--) {
            members.add(
                    switch (type) {
                        case "NS" -> Integer.toString(random.nextInt(50) * 3 + i);
                        case "BS" -> Base64.getEncoder().encodeToString(new byte[] {(byte) i});
                        default -> any(TEXTS) + i;
                    });
        }
        return JSON.objectNode().set(type, members);
    }

    /** What is no legal attribute value, or at the edge of it. */
    private JsonNode hostileValue() {
        return switch (random.nextInt(12)) {
            case 0 -> JSON.objectNode();
            case 1 -> JSON.objectNode().put("S", "a").put("N", "1");
            case 2 -> JSON.objectNode().put("NULL", false);
            case 3 -> JSON.objectNode().set(any(List.of("SS", "NS", "BS")), JSON.arrayNode());
            case 4 ->
                JSON.objectNode()
                        .set(
                                any(List.of("SS", "NS", "BS")),
                                JSON.arrayNode().add("1").add("1").add("1.0"));
            case 5 -> JSON.objectNode().put("N", any(HOSTILE_TEXTS));
            case 6 -> JSON.objectNode().put("B", any(HOSTILE_TEXTS));
            case 7 -> JSON.objectNode().put("S", any(HOSTILE_TEXTS));
            case 8 -> JSON.objectNode().put(any(List.of("s", "Q", "", "SS ", "BOOL")), "a");
            case 9 -> nested(any(List.of(15, 31, 32, 33, 61, 62, 63, 100)));
            case 10 -> JSON.objectNode().set("S", JSON.nullNode());
            default -> JSON.objectNode().put("S", "x".repeat(any(List.of(1_024, 1_025, 2_048, 2_049, 410_000))));
        };
    }

    private ObjectNode nested(int levels) {
        ObjectNode value = scalar("S");
        boolean map = random.nextBoolean();
        for (int i = 0; i < levels; i++) {
            value = JSON.objectNode()
                    .set(
                            map ? "M" : "L",
                            map
                                    ? JSON.objectNode().set("a", value)
                                    : JSON.arrayNode().add(value));
        }
        return value;
    }

    /** Spoils a few places of a request. */
    void spoil(ObjectNode request) {
        List<Runnable> places = new ArrayList<>();
        collect(request, places);
        for (int i = random.nextInt(1, 4); i > 0 && !places.isEmpty(); i--) {
            any(places).run();
        }
    }

    /** What may be done to each place: of many requests only a few of these are. */
    private void collect(JsonNode at, List<Runnable> places) {
        if (at instanceof ObjectNode object) {
            object.fieldNames().forEachRemaining(name -> {
                JsonNode member = object.get(name);
                places.add(() -> spoilMember(object, name, member));
                collect(member, places);
            });
        } else if (at instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                int index = i;
                JsonNode element = array.get(i);
                places.add(() -> {
                    if (index < array.size()) {
                        array.set(index, instead(element));
                    }
                });
                collect(element, places);
            }
        }
    }

    private void spoilMember(ObjectNode object, String name, JsonNode member) {
        switch (random.nextInt(12)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(any(HOSTILE_TEXTS), member);
            case 2 -> object.set(name + "x", member.deepCopy());
            default -> object.set(name, instead(member));
        }
    }

    /** Mostly of the same JSON type. */
    private JsonNode instead(JsonNode of) {
        if (oneIn(5)) {
            return switch (random.nextInt(7)) {
                case 0 -> JSON.nullNode();
                case 1 -> JSON.booleanNode(random.nextBoolean());
                case 2 -> JSON.textNode(any(HOSTILE_TEXTS));
                case 3 -> hostileNumber();
                case 4 -> JSON.arrayNode();
                case 5 -> JSON.objectNode();
                default -> hostileValue();
            };
        }
        if (of.isNumber()) {
            return hostileNumber();
        } else if (of.isTextual()) {
            return JSON.textNode(oneIn(3) ? torn(of.asText()) : any(HOSTILE_TEXTS));
        } else if (of instanceof ArrayNode array) {
            return times(array, any(List.of(0, 0, 2, 26, 101)));
        } else if (of.isObject()) {
            return oneIn(5) ? JSON.objectNode() : hostileValue();
        }
        return JSON.booleanNode(!of.asBoolean());
    }

    private ArrayNode times(ArrayNode elements, int times) {
        ArrayNode repeated = JSON.arrayNode();
        for (int i = 0; i < times; i++) {
            elements.forEach(repeated::add);
        }
        return repeated;
    }

    private JsonNode hostileNumber() {
        BigDecimal number = new BigDecimal(any(HOSTILE_NUMBERS));
        if (number.precision() - number.scale() > 100) {
            return JSON.numberNode(number);
        }
        BigInteger whole = number.toBigInteger();
        return number.compareTo(new BigDecimal(whole)) == 0 ? JSON.numberNode(whole) : JSON.numberNode(number);
    }

    /** A text with a piece missing, twice, or replaced. */
    private String torn(String text) {
        if (text.isEmpty()) {
            return any(HOSTILE_TEXTS);
        }
        int from = random.nextInt(text.length());
        int to = Math.min(text.length(), from + random.nextInt(8));
        String piece = text.substring(from, to);
        return text.substring(0, from)
                + any(List.of("", piece + piece, any(HOSTILE_TEXTS), "é", "(", ")", ",", ".", "'", "\""))
                + text.substring(to);
    }
}
