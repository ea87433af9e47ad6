package dev.meridian.streams;

import dev.meridian.model.TableId;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * How the topics of a table are named. It is decided when the table is made and never changes. The table's id tells it, so
 * that every region, and every later release, makes the same names of the table.
 *
 * <p>Kafka refuses a topic whose name differs from another's only in {@code .} and {@code _}: both are {@code _} in the
 * names of its metrics. Table names may hold both. So a table whose name holds a dot has marked topics. Tables of release
 * 0.1.0 have plain ones, whatever their names hold; a new table that they are in the way of has marked ones too.
 */
public enum TopicNaming {
    /** The table's name and the lane: {@code meridian.eu.orders.stream}. */
    PLAIN,

    /** With a hash of the table's name at the end: {@code meridian.eu.shop.orders.stream-<hash>}. */
    MARKED;

    /** Of a longer name the plain topics would be too long in a region of the longest name. */
    static final int PLAIN_LENGTH_MAX = 195;

    /** The third group of a marked table's id: version 8 of RFC 9562, for uses of one's own, and this use's number. */
    private static final long MARK = 0x8001;

    private static final long THIRD_GROUP = 0xFFFF;
    private static final long VERSION_4 = 0x4000;
    private static final int TEXT_VARIANT = 2;

    /** A table's name with its id. */
    public record NamedTable(String name, TableId id) {}

    public static TopicNaming of(TableId table) {
        UUID id = table.value();
        boolean marked = (id.getMostSignificantBits() & THIRD_GROUP) == MARK && id.variant() == TEXT_VARIANT;
        return marked ? MARKED : PLAIN;
    }

    /** Of a table that is made now, as far as its name alone tells. */
    public static TopicNaming ofNew(String table) {
        return table.indexOf('.') >= 0 || table.length() > PLAIN_LENGTH_MAX ? MARKED : PLAIN;
    }

    /** Of a table that is made now where there are others already. */
    public static TopicNaming ofNew(String table, Collection<NamedTable> others) {
        boolean free = others.stream()
                .filter(other -> of(other.id()) == PLAIN)
                .noneMatch(other -> collide(table, other.name()) && !table.equals(other.name()));
        return free ? ofNew(table) : MARKED;
    }

    /** The name of a table whose topics Kafka takes for the same as those of {@code table}, which was made elsewhere. */
    public static Optional<String> inTheWay(NamedTable table, Collection<NamedTable> others) {
        return others.stream()
                .filter(other -> of(table.id()) == PLAIN && of(other.id()) == PLAIN)
                .map(NamedTable::name)
                .filter(other -> !other.equals(table.name()))
                .filter(other -> TopicNames.unified(other).equals(TopicNames.unified(table.name())))
                .findFirst();
    }

    /**
     * Whether the plain topics of two tables would be in each other's way: in Kafka, or in the folders of an embedded one on
     * a file system that does not tell upper case from lower case.
     */
    private static boolean collide(String table, String other) {
        return TopicNames.unified(table).equalsIgnoreCase(TopicNames.unified(other));
    }

    /** @return {@code random}, changed so that it tells this naming */
    public TableId mark(TableId random) {
        UUID id = random.value();
        return switch (this) {
            case PLAIN -> of(random) == PLAIN ? random : withThirdGroup(id, VERSION_4, id.getLeastSignificantBits());
            case MARKED -> {
                long variant = (id.getLeastSignificantBits() & (-1L >>> 2)) | Long.MIN_VALUE;
                yield withThirdGroup(id, MARK, variant);
            }
        };
    }

    private static TableId withThirdGroup(UUID id, long group, long low) {
        return new TableId(new UUID((id.getMostSignificantBits() & ~THIRD_GROUP) | group, low));
    }
}
