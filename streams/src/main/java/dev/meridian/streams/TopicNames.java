package dev.meridian.streams;

import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The names of Meridian's topics. Published: consumers build on them, and CONTRACT.md says how they are made. Topics of
 * different tables, lanes and regions never collide by Kafka's rule, which takes {@code .} and {@code _} for the same: a
 * region's name holds neither, plain names end in {@code .<lane>} and marked ones in {@code .<lane>-<hash>}.
 */
public final class TopicNames {
    /** Kafka's limit on a topic name. */
    static final int MAX_LENGTH = 249;

    private static final String PREFIX = "meridian.";

    /** Of plain names that were too long in release 0.1.0. */
    private static final int CUT_HASH_DIGITS = 16;

    /** 128 bits: nobody finds two names of one hash. */
    private static final int MARK_HASH_DIGITS = 32;

    private TopicNames() {}

    public static String of(Lane lane, RegionId region, String table, TableId id) {
        return of(lane, region, table, TopicNaming.of(id));
    }

    /** Of a table of which only the name is known: right unless another table was in its way when it was made. */
    public static String of(Lane lane, RegionId region, String table) {
        return of(lane, region, table, TopicNaming.ofNew(table));
    }

    public static String of(Lane lane, RegionId region, String table, TopicNaming naming) {
        return forTable(region, table, naming, word(lane), "");
    }

    /** What a table's stream topic may be called where only the table's name is known: the likelier name first. */
    public static List<String> ofStream(RegionId region, String table) {
        TopicNaming likely = TopicNaming.ofNew(table);
        TopicNaming other = likely == TopicNaming.PLAIN ? TopicNaming.MARKED : TopicNaming.PLAIN;
        return List.of(of(Lane.STREAM, region, table, likely), of(Lane.STREAM, region, table, other));
    }

    private static String word(Lane lane) {
        return switch (lane) {
            case REPLICATION -> "replication";
            case STREAM -> "stream";
        };
    }

    /** The topic through which {@code source} hands a copy of a table to a new replica; one for each load. */
    public static String copy(RegionId source, String table, TableId id, String loadId) {
        return forTable(source, table, TopicNaming.of(id), "copy", "." + loadId);
    }

    public static String control(RegionId region) {
        return PREFIX + region + ".control";
    }

    public static String heartbeat(RegionId region) {
        return PREFIX + region + ".heartbeat";
    }

    public static String conflicts(RegionId region) {
        return PREFIX + region + ".conflicts";
    }

    /** A text or a topic name as Kafka compares them. */
    public static String unified(String name) {
        return name.replace('.', '_');
    }

    /** A table name that would make the topic's name too long is cut, and a hash of the whole name tells it apart. */
    private static String forTable(RegionId region, String table, TopicNaming naming, String word, String more) {
        String head = PREFIX + region + ".";
        return switch (naming) {
            case PLAIN -> {
                String tail = "." + word + more;
                String name = head + table + tail;
                yield name.length() <= MAX_LENGTH ? name : cut(head, table, "-" + hash(table, CUT_HASH_DIGITS) + tail);
            }
            case MARKED -> cut(head, table, "." + word + "-" + hash(table, MARK_HASH_DIGITS) + more);
        };
    }

    private static String cut(String head, String table, String tail) {
        int room = MAX_LENGTH - head.length() - tail.length();
        return head + table.substring(0, Math.min(room, table.length())) + tail;
    }

    private static String hash(String text, int digits) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, digits);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new AssertionError(everyJdkHasIt);
        }
    }
}
