package dev.meridian.simulator.hostile;

import java.util.List;

/**
 * A table that requests are about: as it is made most often.
 *
 * @param keys attribute and type, the partition's first
 * @param indexes by which it can be read, the local ones first
 */
record TableShape(String name, List<Key> keys, List<Index> indexes) {
    record Key(String name, String type) {}

    record Index(String name, boolean local, List<Key> keys) {}

    private static final Key PARTITION = new Key("pk", "S");

    static final List<TableShape> ALL = List.of(
            new TableShape(
                    "tab0",
                    List.of(PARTITION),
                    List.of(new Index("by-a", false, List.of(new Key("a", "S"), new Key("n", "N"))))),
            new TableShape(
                    "tab1",
                    List.of(PARTITION, new Key("sk", "N")),
                    List.of(
                            new Index("by-b", true, List.of(PARTITION, new Key("b", "S"))),
                            new Index("by-n", false, List.of(new Key("n", "N"))))),
            new TableShape("tab2", List.of(new Key("pk", "B"), new Key("sk", "S")), List.of()),
            new TableShape(
                    "tab.3_x-y",
                    List.of(new Key("pk", "N")),
                    List.of(new Index("all", false, List.of(new Key("a", "S"))))));
}
