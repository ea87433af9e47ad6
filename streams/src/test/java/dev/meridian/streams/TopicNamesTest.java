package dev.meridian.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meridian.model.Property;
import dev.meridian.model.RegionId;
import dev.meridian.model.TableId;
import dev.meridian.streams.TopicNaming.NamedTable;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.internals.Topic;
import org.junit.jupiter.api.Test;

class TopicNamesTest {
    private static final int CASES = 4_000;
    private static final int NAME_MIN = 3;
    private static final int NAME_MAX = 255;
    private static final String LEGAL = "abcXYZ019_.-";
    private static final List<RegionId> REGIONS = List.of(
            new RegionId("eu"),
            new RegionId("eu-west"),
            new RegionId("e"),
            new RegionId("abcdefghijklmnopqrstuvwxyz012345"));

    /** As release 0.1.0 made ids, and this release makes those of tables with plain topics. */
    private static TableId randomId(RandomGenerator random) {
        return TopicNaming.PLAIN.mark(new TableId(new UUID(random.nextLong(), random.nextLong())));
    }

    private static NamedTable made(RandomGenerator random, String name, List<NamedTable> others) {
        return new NamedTable(name, TopicNaming.ofNew(name, others).mark(randomId(random)));
    }

    private static String name(RandomGenerator random) {
        int length = random.nextInt(4) == 0 ? random.nextInt(185, NAME_MAX + 1) : random.nextInt(NAME_MIN, 12);
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < length; i++) {
            name.append(LEGAL.charAt(random.nextInt(LEGAL.length())));
        }
        return name.toString();
    }

    /** A name that might have the other's topics: other separators, another case, or made of one of them. */
    private static String near(RandomGenerator random, NamedTable other) {
        String name = other.name();
        String near =
                switch (random.nextInt(6)) {
                    case 0 -> swapped(random, name);
                    case 1 -> name.toUpperCase(java.util.Locale.ROOT);
                    case 2 -> partOfATopic(random, other);
                    case 3 -> name + random.nextInt(10);
                    case 4 ->
                        name
                                + List.of(".stream", "_replication", ".control", "-copy")
                                        .get(random.nextInt(4));
                    default -> name(random);
                };
        String cut = near.substring(0, Math.min(near.length(), NAME_MAX));
        return cut.length() < NAME_MIN || cut.equals(name) ? name(random) + "x".repeat(NAME_MIN) : cut;
    }

    private static String swapped(RandomGenerator random, String name) {
        StringBuilder swapped = new StringBuilder(name);
        for (int i = 0; i < name.length(); i++) {
            if ("._".indexOf(name.charAt(i)) >= 0) {
                swapped.setCharAt(i, random.nextBoolean() ? '.' : '_');
            }
        }
        return swapped.toString();
    }

    private static String partOfATopic(RandomGenerator random, NamedTable other) {
        String topic =
                topics(REGIONS.get(random.nextInt(REGIONS.size())), other).get(random.nextInt(3));
        String inner = topic.substring(topic.indexOf('.', "meridian.".length()) + 1);
        int end = random.nextBoolean() ? inner.lastIndexOf('.') : inner.length();
        return inner.substring(0, end);
    }

    private static List<String> topics(RegionId region, NamedTable table) {
        return List.of(
                TopicNames.of(Lane.STREAM, region, table.name(), table.id()),
                TopicNames.of(Lane.REPLICATION, region, table.name(), table.id()),
                TopicNames.copy(region, table.name(), table.id(), loadId(table.id())));
    }

    /** As a load's is: random, and no other load's. */
    private static String loadId(TableId id) {
        return HexFormat.of().toHexDigits((int) id.value().getLeastSignificantBits());
    }

    private static void doNotCollide(NamedTable first, NamedTable second) {
        List<String> all = new ArrayList<>();
        for (RegionId region : REGIONS) {
            all.addAll(topics(region, first));
            all.addAll(topics(region, second));
            all.add(TopicNames.control(region));
            all.add(TopicNames.heartbeat(region));
            all.add(TopicNames.conflicts(region));
        }
        for (String topic : all) {
            Topic.validate(topic);
        }
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertThat(Topic.hasCollision(all.get(i), all.get(j)))
                        .as("%s and %s: topics %s and %s", first, second, all.get(i), all.get(j))
                        .isFalse();
            }
        }
    }

    @Test
    void topicsOfTwoTablesNeverCollide() {
        assertThat(Property.holds(CASES, random -> {
                    NamedTable first = made(random, name(random), List.of());
                    doNotCollide(first, made(random, near(random, first), List.of(first)));
                }))
                .isPositive();
    }

    @Test
    void topicsOfANewTableNeverCollideWithThoseOfATableOfRelease010() {
        assertThat(Property.holds(CASES, random -> {
                    NamedTable old = new NamedTable(name(random), randomId(random));
                    doNotCollide(old, made(random, near(random, old), List.of(old)));
                }))
                .isPositive();
    }

    @Test
    void tablesWhoseNamesHoldNoDotKeepTheirTopics() {
        RegionId region = new RegionId("eu-west-1");
        TableId id = TopicNaming.ofNew("user_orders-2").mark(new TableId(new UUID(1, 2)));
        assertThat(TopicNames.of(Lane.STREAM, region, "user_orders-2", id))
                .isEqualTo("meridian.eu-west-1.user_orders-2.stream")
                .isEqualTo(TopicNames.of(Lane.STREAM, region, "user_orders-2"));
    }

    @Test
    void aDotInANameIsToldByAHash() {
        RegionId region = new RegionId("eu-west-1");
        TableId id = TopicNaming.ofNew("col.x").mark(new TableId(new UUID(1, 2)));
        assertThat(id.toString()).contains("-8001-");
        assertThat(TopicNames.of(Lane.STREAM, region, "col.x", id))
                .isEqualTo("meridian.eu-west-1.col.x.stream-d28f48b9c255b1867723b55ef0205508")
                .isEqualTo(TopicNames.of(Lane.STREAM, region, "col.x"));
    }

    @Test
    void aTableOfRelease010GoesOnUnderItsName() {
        TableId old = TableId.parse("2f1c6f1e-5b0a-4c53-9a52-0d4c2f0f7a11");
        RegionId region = new RegionId("eu");
        assertThat(TopicNames.of(Lane.REPLICATION, region, "shop.orders", old))
                .isEqualTo("meridian.eu.shop.orders.replication");
        assertThat(TopicNames.ofStream(region, "shop.orders")).contains("meridian.eu.shop.orders.stream");
        String name = "n".repeat(NAME_MAX);
        assertThat(TopicNames.of(Lane.STREAM, region, name, old))
                .endsWith(".stream")
                .hasSize(TopicNames.MAX_LENGTH);
    }

    @Test
    void tablesThatDifferInCaseOnlyHaveTopicsThatDifferInMore() {
        NamedTable first = new NamedTable("Orders", TopicNaming.PLAIN.mark(new TableId(new UUID(1, 2))));
        assertThat(TopicNaming.ofNew("orders", List.of(first))).isEqualTo(TopicNaming.MARKED);
        assertThat(TopicNaming.ofNew("Orders", List.of(first))).isEqualTo(TopicNaming.PLAIN);
    }

    @Test
    void aTableFromElsewhereIsInTheWayOfAnother() {
        TableId id = TopicNaming.PLAIN.mark(new TableId(new UUID(1, 2)));
        List<NamedTable> here = List.of(new NamedTable("col.x", id));
        assertThat(TopicNaming.inTheWay(new NamedTable("col_x", id), here)).contains("col.x");
        assertThat(TopicNaming.inTheWay(new NamedTable("col_x", TopicNaming.MARKED.mark(id)), here))
                .isEmpty();
    }
}
