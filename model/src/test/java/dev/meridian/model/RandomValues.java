package dev.meridian.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Legal values of every type, small ones and awkward ones. */
public final class RandomValues {
    private static final String[] LETTERS = {"a", "b", "z", "A", "0", "\u0000", "é", "ß", "中", "\uFFFD", "😀", " "};

    private RandomValues() {}

    public static AttributeValue value(RandomGenerator random, int depth) {
        int kinds = depth > 0 ? 10 : 8;
        return switch (random.nextInt(kinds)) {
            case 0 -> new AttributeValue.S(text(random, 12));
            case 1 -> new AttributeValue.N(number(random));
            case 2 -> new AttributeValue.B(bytes(random, 12));
            case 3 -> new AttributeValue.Bool(random.nextBoolean());
            case 4 -> new AttributeValue.Null();
            case 5 -> {
                TreeSet<String> members = new TreeSet<>();
                fill(random, () -> members.add(text(random, 5)));
                yield new AttributeValue.SS(members);
            }
            case 6 -> {
                TreeSet<BigDecimal> members = new TreeSet<>();
                fill(random, () -> members.add(number(random)));
                yield new AttributeValue.NS(members);
            }
            case 7 -> {
                TreeSet<Bytes> members = new TreeSet<>();
                fill(random, () -> members.add(bytes(random, 5)));
                yield new AttributeValue.BS(members);
            }
            case 8 -> {
                List<AttributeValue> elements = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    elements.add(value(random, depth - 1));
                }
                yield new AttributeValue.L(elements);
            }
            default -> new AttributeValue.M(members(random, depth - 1));
        };
    }

    public static Item item(RandomGenerator random) {
        return new Item(members(random, 3));
    }

    public static String text(RandomGenerator random, int maxLetters) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(maxLetters + 1); i > 0; i--) {
            text.append(LETTERS[random.nextInt(LETTERS.length)]);
        }
        return text.toString();
    }

    public static Bytes bytes(RandomGenerator random, int maxLength) {
        byte[] bytes = new byte[random.nextInt(maxLength + 1)];
        random.nextBytes(bytes);
        return Bytes.wrap(bytes);
    }

    /** Any legal number: 1 to 38 digits, over the whole range of exponents, and often small integers. */
    public static BigDecimal number(RandomGenerator random) {
        if (random.nextInt(3) == 0) {
            return BigDecimal.valueOf(random.nextInt(-20, 21)).stripTrailingZeros();
        }
        int digits = random.nextInt(1, DynamoNumber.MAX_SIGNIFICANT_DIGITS + 1);
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "-" : "");
        text.append((char) ('1' + random.nextInt(9)));
        for (int i = 1; i < digits; i++) {
            text.append((char) ('0' + random.nextInt(10)));
        }
        int exponent = random.nextInt(DynamoNumber.MIN_EXPONENT, DynamoNumber.MAX_EXPONENT + 1);
        return DynamoNumber.normalize(new BigDecimal(new BigInteger(text.toString()), digits - 1 - exponent));
    }

    private static TreeMap<String, AttributeValue> members(RandomGenerator random, int depth) {
        TreeMap<String, AttributeValue> members = new TreeMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            members.put("n" + text(random, 4), value(random, depth));
        }
        return members;
    }

    private static void fill(RandomGenerator random, Runnable add) {
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            add.run();
        }
    }
}
