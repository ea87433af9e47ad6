package dev.meridian.streams;

import dev.meridian.model.RegionId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The names of Meridian's topics. Published: consumers build on them. */
public final class TopicNames {
    /** Kafka's limit on a topic name. */
    static final int MAX_LENGTH = 249;

    private static final String PREFIX = "meridian.";
    private static final int HASH_DIGITS = 16;

    private TopicNames() {}

    public static String of(Lane lane, RegionId region, String table) {
        return switch (lane) {
            case REPLICATION -> forTable(region, table, "replication");
            case STREAM -> forTable(region, table, "stream");
        };
    }

    /** The topic through which {@code source} hands a copy of a table to a new replica; one for each load. */
    public static String copy(RegionId source, String table, String loadId) {
        return forTable(source, table, "copy." + loadId);
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

    /** A table name that would make the topic's name too long is cut, and a hash of the whole name added. */
    private static String forTable(RegionId region, String table, String suffix) {
        String name = PREFIX + region + "." + table + "." + suffix;
        if (name.length() <= MAX_LENGTH) {
            return name;
        }
        String hash = hash(table);
        int room = MAX_LENGTH - (PREFIX.length() + region.value().length() + suffix.length() + hash.length() + 3);
        return PREFIX + region + "." + table.substring(0, room) + "-" + hash + "." + suffix;
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new AssertionError(everyJdkHasIt);
        }
    }
}
