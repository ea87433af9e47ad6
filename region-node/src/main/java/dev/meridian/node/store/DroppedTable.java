package dev.meridian.node.store;

import dev.meridian.model.Bytes;
import dev.meridian.model.TableId;
import dev.meridian.streams.TopicNaming;
import dev.meridian.streams.TopicNaming.NamedTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A table that was dropped here and whose topics are still there: a document under the table's name.
 *
 * @param emptyAtMillis when the last record of its topics has expired, milliseconds since 1970; {@link Long#MAX_VALUE} if
 *     they are kept for ever
 * @param deleting whether the deletion of its topics has been begun
 */
public record DroppedTable(TableId id, long emptyAtMillis, boolean deleting) {
    /** Documents by table name. */
    public static final String SPACE = "dropped-topics";

    private static final String FORMAT = "1";

    public Bytes encode() {
        String text = String.join("\n", FORMAT, id.toString(), emptyAtMillis + "", deleting + "");
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static DroppedTable decode(Bytes bytes) {
        String[] parts = new String(bytes.toArray(), StandardCharsets.UTF_8).split("\n", -1);
        if (!parts[0].equals(FORMAT)) {
            throw new IllegalArgumentException("dropped topics of format " + parts[0]);
        }
        return new DroppedTable(
                new TableId(UUID.fromString(parts[1])), Long.parseLong(parts[2]), Boolean.parseBoolean(parts[3]));
    }

    public static Optional<DroppedTable> of(ReadView view, String name) {
        return view.document(SPACE, name).map(DroppedTable::decode);
    }

    /** The tables whose topics are, or may be, in this region's Kafka. */
    public static List<NamedTable> withTopics(ReadView view) {
        List<NamedTable> all = new ArrayList<>();
        view.catalog().tables().values().forEach(table -> all.add(new NamedTable(table.name(), table.id())));
        for (String name : view.documentKeys(SPACE)) {
            of(view, name).ifPresent(dropped -> all.add(new NamedTable(name, dropped.id())));
        }
        return all;
    }

    /** What is wrong, if Kafka would refuse the topics of a table that another region has made. */
    public static Optional<String> inTheWay(ReadView view, String name, TableId id) {
        return TopicNaming.inTheWay(new NamedTable(name, id), withTopics(view))
                .map(other ->
                        "The topics of table " + name + " cannot be made in this region's Kafka: their names differ"
                                + " from those of table " + other + " only in . and _; delete table " + other
                                + ", or copy " + name + " into a table of another name");
    }
}
